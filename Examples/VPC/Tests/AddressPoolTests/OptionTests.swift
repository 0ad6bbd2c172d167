// SPDX-License-Identifier: Apache-2.0

import AddressPool
import Addressing
import Testing

@Suite("Variables")
struct OptionTests {
    @Test("Nothing set gives the defaults")
    func defaults() {
        let read = AgentOptions.read(["PATH": "/bin"])
        #expect(read == ReadOptions())
        #expect(read.options.families == .v4)
    }

    @Test("Every variable of the reference is known, once")
    func complete() {
        let names = Variable.all.map(\.name)
        #expect(Set(names).count == names.count)
        let reference = """
            ADDITIONAL_ENI_TAGS ANNOTATE_POD_IP AWS_EC2_ENDPOINT AWS_EXTERNAL_SERVICE_CIDRS AWS_MANAGE_ENIS_NON_SCHEDULABLE
            AWS_VPC_CNI_NODE_PORT_SUPPORT AWS_VPC_ENI_MTU POD_MTU AWS_VPC_K8S_CNI_BACKING_STORE
            AWS_VPC_K8S_CNI_CONFIGURE_RPFILTER AWS_VPC_K8S_CNI_CONNMARK AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG
            AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS AWS_VPC_K8S_CNI_EXTERNALSNAT AWS_VPC_K8S_CNI_LOGLEVEL
            AWS_VPC_K8S_CNI_LOG_FILE AWS_VPC_K8S_CNI_RANDOMIZESNAT AWS_VPC_K8S_CNI_VETHPREFIX AWS_VPC_K8S_PLUGIN_LOG_FILE
            AWS_VPC_K8S_PLUGIN_LOG_LEVEL AWS_VPC_K8S_EGRESS_V4_PLUGIN_LOG_FILE AWS_VPC_K8S_EGRESS_V6_PLUGIN_LOG_FILE
            CLUSTER_ENDPOINT CLUSTER_NAME DISABLE_INTROSPECTION DISABLE_METRICS DISABLE_LEAKED_ENI_CLEANUP
            DISABLE_NETWORK_RESOURCE_PROVISIONING DISABLE_POD_V6 DISABLE_TCP_EARLY_DEMUX ENABLE_BANDWIDTH_PLUGIN
            ENABLE_IMDS_ONLY_MODE ENABLE_IPv4 ENABLE_IPv6 ENABLE_MULTI_NIC ENABLE_NFTABLES ENABLE_POD_ENI
            ENABLE_PREFIX_DELEGATION ENABLE_SUBNET_DISCOVERY ENABLE_V4_EGRESS ENABLE_V6_EGRESS ENI_CONFIG_ANNOTATION_DEF
            ENI_CONFIG_LABEL_DEF HOST_CNI_BIN_PATH HOST_CNI_CONFDIR_PATH HTTP_TIMEOUT INTROSPECTION_BIND_ADDRESS
            IP_COOLDOWN_PERIOD MANAGE_UNTAGGED_ENI MAX_ENI MINIMUM_IP_TARGET WARM_IP_TARGET WARM_ENI_TARGET
            WARM_PREFIX_TARGET NETWORK_POLICY_ENFORCING_MODE POD_SECURITY_GROUP_ENFORCING_MODE MY_NODE_NAME MY_POD_NAME
            VPC_CNI_VERSION USE_CLOUDWATCH USE_PROMETHEUS METRIC_UPDATE_INTERVAL AWS_CLUSTER_ID AWS_REGION RESERVED_ENIS
            """
        for name in reference.split(whereSeparator: \.isWhitespace) {
            #expect(names.contains(String(name)), "\(name)")
        }
        for variable in Variable.all { #expect(variable.documentation.count > 10, "\(variable.name)") }
    }

    @Test("Values are read")
    func values() throws {
        let read = AgentOptions.read([
            "WARM_IP_TARGET": "5", "MINIMUM_IP_TARGET": "10", "ENABLE_PREFIX_DELEGATION": "true",
            "MAX_ENI": "4",
            "IP_COOLDOWN_PERIOD": "130", "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS": "10.0.0.0/8, 192.168.0.0/16",
            "ADDITIONAL_ENI_TAGS": #"{"team": "net"}"#, "AWS_VPC_K8S_CNI_CONNMARK": "0x100",
            "ENABLE_IPv6": "1",
            "VPC_AGENT_RESERVED_ADDRESSES": "10.0.0.9",
        ])
        #expect(read.errors.isEmpty && read.warnings.isEmpty)
        #expect(read.options.targets.warmAddresses == 5)
        #expect(read.options.targets.minimumAddresses == 10)
        #expect(read.options.usesPrefixes)
        #expect(read.options.maxENI == 4)
        #expect(read.options.cooldown == .seconds(130))
        #expect(read.options.excludedSNATPrefixes.map(\.description) == ["10.0.0.0/8", "192.168.0.0/16"])
        #expect(read.options.additionalTags == ["team": "net"])
        #expect(read.options.connmark == 0x100)
        #expect(read.options.families == [.v4, .v6])
        #expect(read.options.reservedAddresses == [try Sample.address("10.0.0.9")])
    }

    @Test(
        "What cannot be is refused with its name",
        arguments: [
            ("WARM_IP_TARGET", "five"), ("WARM_IP_TARGET", "-1"), ("WARM_ENI_TARGET", "+1"), ("MAX_ENI", "0"),
            ("ENABLE_PREFIX_DELEGATION", "yes"), ("AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS", "10.0.0.1/8"),
            ("ADDITIONAL_ENI_TAGS", "{"), ("ADDITIONAL_ENI_TAGS", #"{"a": 1}"#),
            ("ADDITIONAL_ENI_TAGS", #"{"aws:x": "1"}"#),
            ("AWS_VPC_K8S_CNI_CONNMARK", "0x81"), ("AWS_VPC_K8S_CNI_VETHPREFIX", "vlan"),
            ("AWS_VPC_ENI_MTU", "9002"),
            ("AWS_VPC_K8S_CNI_RANDOMIZESNAT", "random"), ("VPC_AGENT_RESERVED_ADDRESSES", "10.0.0"),
        ])
    func refused(name: String, value: String) {
        let read = AgentOptions.read([name: value])
        #expect(read.errors.count == 1)
        #expect(read.errors.first?.hasPrefix(name) == true)
    }

    @Test("What does not go together is refused")
    func combinations() {
        #expect(AgentOptions.read(["ENABLE_IPv4": "false"]).errors.count == 1)
        #expect(AgentOptions.read(["POD_MTU": "9001", "AWS_VPC_ENI_MTU": "1500"]).errors.count == 1)
        #expect(AgentOptions.read(["ENABLE_IPv6": "true", "POD_MTU": "1279"]).errors.count == 1)
        #expect(
            AgentOptions.read(["ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "0"]).errors.count
                == 1)
    }

    @Test("Variables without a meaning and unknown ones are named")
    func warnings() {
        let read = AgentOptions.read([
            "ENABLE_MULTI_NIC": "true", "WARM_ENI_TARGETS": "2", "AWS_VPC_K8S_CNI_NOVEL": "1", "HOME": "/",
        ])
        #expect(read.errors.isEmpty)
        #expect(
            read.warnings == [
                "ENABLE_MULTI_NIC has no meaning here: only network card 0 is used",
                "AWS_VPC_K8S_CNI_NOVEL is not known",
                "WARM_ENI_TARGETS is not known; is WARM_ENI_TARGET meant?",
            ])
    }
}
