// SPDX-License-Identifier: Apache-2.0

extension Variable {
    /// All variables that are known: those of the pool, of the network, and of the agent itself.
    package static let all: [Variable] = pool + network + agent + meaningless

    private static let pool: [Variable] = [
        .option(
            "WARM_ENI_TARGET", \.warmENITarget, .integer(0...1000), default: "1",
            "Whole ENIs' worth of addresses to keep free, unless addresses or prefixes are counted."),
        .option(
            "WARM_IP_TARGET", \.warmIPTarget, .optionalInteger(0...10000), default: "unset",
            "Addresses to keep free; WARM_ENI_TARGET then counts for nothing."),
        .option(
            "MINIMUM_IP_TARGET", \.minimumIPTarget, .optionalInteger(0...10000), default: "unset",
            "Addresses to have at least, free or not; WARM_ENI_TARGET then counts for nothing."),
        .option(
            "WARM_PREFIX_TARGET", \.warmPrefixTarget, .integer(0...1000), default: "1",
            "With prefixes, /28 prefixes' worth of addresses to keep free."),
        .option(
            "ENABLE_PREFIX_DELEGATION", \.usesPrefixes, .bool, default: "false",
            "Get IPv4 addresses as /28 prefixes; single ones where subnets are fragmented or the type is not Nitro."
        ),
        .option(
            "MAX_ENI", \.maxENI, .optionalInteger(1...1000), default: "what the type allows",
            "ENIs that the node may have, the primary and foreign ones among them."),
        .option(
            "RESERVED_ENIS", \.reservedENIs, .integer(0...1000), default: "0",
            "ENIs of the type's limit that are left to others."),
        .option(
            "IP_COOLDOWN_PERIOD", \.cooldown, .seconds(0...3600), default: "30",
            "Seconds for which an address that was handed back is not handed out; conntrack's longest wait is 120."
        ),
        .option(
            "VPC_AGENT_ADD_WAIT", \.addWait, .seconds(0...120), default: "20",
            "Seconds for which an ADD waits for an address before it fails and is tried again later."),
        .option(
            "VPC_AGENT_RESERVED_ADDRESSES", \.reservedAddresses, .addresses, default: "none",
            "Secondary addresses of this node's ENIs that are an operator's own and not for pods."),
        .option("ENABLE_IPv4", \.isIPv4Enabled, .bool, default: "true", "Give pods IPv4 addresses."),
        .option(
            "ENABLE_IPv6", \.isIPv6Enabled, .bool, default: "false",
            "Give pods IPv6 addresses of a /80 prefix; together with ENABLE_IPv4 both (dual stack)."),
        .option(
            "ENABLE_IMDS_ONLY_MODE", \.isIMDSOnly, .bool, default: "false",
            "Ask EC2 nothing: what the instance metadata show is what there is."),
        .option(
            "DISABLE_NETWORK_RESOURCE_PROVISIONING", \.isProvisioningDisabled, .bool, default: "false",
            "Change nothing in EC2: somebody else attaches ENIs and assigns addresses."),
        .option(
            "DISABLE_LEAKED_ENI_CLEANUP", \.isLeakSweepDisabled, .bool, default: "false",
            "Do not delete ENIs that were made for nodes of this cluster and are attached to none."),
        .option(
            "MANAGE_UNTAGGED_ENI", \.managesUntaggedENIs, .bool, default: "true",
            "Use attached ENIs, too, that do not have this agent's or the reference's tags."),
        .option(
            "AWS_MANAGE_ENIS_NON_SCHEDULABLE", \.managesNonSchedulableNodes, .bool, default: "false",
            "Keep the warm pool also while the node is cordoned."),
    ]

    private static let network: [Variable] = [
        .option(
            "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", \.isCustomNetworking, .bool, default: "false",
            "Take subnet and security groups of pods' ENIs from ENIConfig objects or the file; the primary ENI is then not for pods."
        ),
        .option(
            "ENI_CONFIG_LABEL_DEF", \.eniConfigLabel, .text, default: "k8s.amazonaws.com/eniConfig",
            "The node's label whose value names its ENIConfig."),
        .option(
            "ENI_CONFIG_ANNOTATION_DEF", \.eniConfigAnnotation, .text, default: "k8s.amazonaws.com/eniConfig",
            "The node's annotation whose value names its ENIConfig; it comes before the label."),
        .option(
            "ENABLE_SUBNET_DISCOVERY", \.discoversSubnets, .bool, default: "true",
            "Make ENIs also in other subnets of the zone that have the tag kubernetes.io/role/cni."),
        .option(
            "ADDITIONAL_ENI_TAGS", \.additionalTags, .tags, default: "{}",
            "A JSON object of tags for ENIs that are made."),
        .option(
            "AWS_VPC_K8S_CNI_EXTERNALSNAT", \.externalSNAT, .bool, default: "false",
            "Leave translation to a NAT gateway: pods go out of the VPC with their own addresses."),
        .option(
            "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS", \.excludedSNATPrefixes, .prefixes, default: "none",
            "Networks that see pods' own addresses, beside the VPC's; commas between."),
        .option(
            "AWS_EXTERNAL_SERVICE_CIDRS", \.externalServicePrefixes, .prefixes, default: "none",
            "Networks that are reached by the main table, and so by the primary ENI; commas between."),
        .option(
            "AWS_VPC_K8S_CNI_RANDOMIZESNAT", \.randomizeSNAT, .word(among: ["prng", "hashrandom", "none"]),
            default: "prng",
            "How ports are chosen for translation: prng and hashrandom at random, none in order."),
        .option(
            "AWS_VPC_K8S_CNI_CONNMARK", \.connmark, .mark, default: "0x80",
            "The bit of packets' and connections' marks that sends replies back by the primary ENI."),
        .option(
            "AWS_VPC_CNI_NODE_PORT_SUPPORT", \.supportsNodePorts, .bool, default: "true",
            "Send replies of connections that came by the primary ENI (NodePort) back by it."),
        .option(
            "AWS_VPC_K8S_CNI_VETHPREFIX", \.vethPrefix, .interfacePrefix, default: "eni",
            "The prefix of the names of pods' interfaces on the host."),
        .option(
            "AWS_VPC_ENI_MTU", \.eniMTU, .integer(576...9001), default: "9001", "The MTU of ENIs in bytes."),
        .option(
            "POD_MTU", \.podMTU, .optionalInteger(576...9001), default: "that of ENIs",
            "The MTU of pods in bytes."),
        .option(
            "ENABLE_POD_ENI", \.isPodENIEnabled, .bool, default: "false",
            "Attach pods with the annotation vpc.amazonaws.com/pod-eni to branches of the trunk ENI."),
        .option(
            "POD_SECURITY_GROUP_ENFORCING_MODE", \.podSecurityGroupMode,
            .word(among: ["strict", "standard"]),
            default: "strict",
            "Whether all traffic of such pods passes their security groups, or only what leaves the node."),
    ]

    private static let agent: [Variable] = [
        .option(
            "CLUSTER_NAME", \.clusterName, .text, default: "empty",
            "The cluster, for tags of ENIs; the sweep of leaked ENIs touches only this cluster's."),
        .option(
            "CLUSTER_ENDPOINT", \.clusterEndpoint, .text, default: "that of the service account",
            "The API server, in place of the service's address, which kube-proxy has to know first."),
        .option(
            "MY_NODE_NAME", \.nodeName, .text, default: "the host's name", "The name of the node's object."),
        .option(
            "ANNOTATE_POD_IP", \.annotatesPodIP, .bool, default: "false",
            "Write pods' addresses into their annotation vpc.amazonaws.com/pod-ips; needs to patch pods."),
        .option(
            "AWS_EC2_ENDPOINT", \.ec2Endpoint, .text, default: "that of the region",
            "The URL of EC2's API."),
        .option("AWS_REGION", \.region, .text, default: "that of the instance metadata", "The region."),
        .option(
            "HTTP_TIMEOUT", \.httpTimeout, .seconds(1...300), default: "10",
            "Seconds for a call of EC2's API."),
        .option(
            "AWS_VPC_K8S_CNI_BACKING_STORE", \.checkpoint, .text, default: "/var/run/aws-node/ipam.json",
            "The reference's checkpoint, which is read once when the node is taken over."),
        .option(
            "AWS_VPC_K8S_CNI_LOGLEVEL", \.logLevel,
            .word(among: [
                "trace", "debug", "info", "notice", "warning", "warn", "error", "DEBUG", "INFO", "WARN",
                "ERROR",
            ]),
            default: "info", "What is logged, to the standard error stream."),
        .option(
            "INTROSPECTION_BIND_ADDRESS", \.introspectionAddress, .text, default: "127.0.0.1:61679",
            "Where the pool is to be read as JSON."),
        .option(
            "DISABLE_INTROSPECTION", \.isIntrospectionDisabled, .bool, default: "false",
            "Do not serve the pool."),
        .option("DISABLE_METRICS", \.areMetricsDisabled, .bool, default: "false", "Do not serve /metrics."),
    ]

    private static let meaningless: [Variable] = [
        .without(
            "AWS_VPC_K8S_CNI_CONFIGURE_RPFILTER",
            because: "the reference has given it up, too; loose mode is always set"),
        .without(
            "AWS_VPC_K8S_CNI_LOG_FILE",
            because: "the log is the standard error stream, which the container's runtime keeps"),
        .without(
            "AWS_VPC_K8S_PLUGIN_LOG_FILE",
            because: "the plugin's messages are in its answers, which the runtime logs"),
        .without("AWS_VPC_K8S_PLUGIN_LOG_LEVEL", because: "the plugin has no log of its own"),
        .without(
            "AWS_VPC_K8S_EGRESS_V4_PLUGIN_LOG_FILE",
            because: "there is no egress plugin: pods have both families"),
        .without(
            "AWS_VPC_K8S_EGRESS_V6_PLUGIN_LOG_FILE",
            because: "there is no egress plugin: pods have both families"),
        .without(
            "AWS_VPC_K8S_EGRESS_V4_PLUGIN_LOG_LEVEL",
            because: "there is no egress plugin: pods have both families"),
        .without(
            "AWS_VPC_K8S_EGRESS_V6_PLUGIN_LOG_LEVEL",
            because: "there is no egress plugin: pods have both families"),
        .without("DISABLE_POD_V6", because: "ENABLE_IPv6 alone says whether pods have IPv6"),
        .without(
            "DISABLE_TCP_EARLY_DEMUX",
            because: "tcp_early_demux is switched off wherever branches are strict, and else left alone"),
        .without("ENABLE_BANDWIDTH_PLUGIN", because: "the conflist names the plugins that are chained"),
        .without("ENABLE_MULTI_NIC", because: "only network card 0 is used"),
        .without("ENABLE_NFTABLES", because: "nf_tables is always used"),
        .without("ENABLE_V4_EGRESS", because: "there is no egress plugin: pods have both families"),
        .without("ENABLE_V6_EGRESS", because: "there is no egress plugin: pods have both families"),
        .without("HOST_CNI_BIN_PATH", because: "the installing container copies the plugin"),
        .without("HOST_CNI_CONFDIR_PATH", because: "the installing container writes the conflist"),
        .without("NETWORK_POLICY_ENFORCING_MODE", because: "network policies are another program's"),
        .without("VPC_CNI_VERSION", because: "the version is built in"),
        .without("USE_CLOUDWATCH", because: "metrics are read by Prometheus"),
        .without("USE_PROMETHEUS", because: "metrics are always served, unless DISABLE_METRICS is true"),
        .without("METRIC_UPDATE_INTERVAL", because: "metrics are what is at the moment they are read"),
        .without("AWS_CLUSTER_ID", because: "CLUSTER_NAME is used"),
        .without("MY_POD_NAME", because: "events are about the node"),
    ]
}
