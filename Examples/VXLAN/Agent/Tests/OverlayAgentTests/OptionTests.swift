// SPDX-License-Identifier: Apache-2.0

import AgentTestSupport
import ArgumentParser
import CNITesting
import CNITypes
import NodeAgent
import NodeAgentTesting
import OverlayAgent
import Testing

@testable import vxlan_agent

/// The options of the command line, as they are documented.
@Suite struct OptionTests {
    /// Each option of `run` with a value; nil for a switch.
    private static let options: [(name: String, value: String?)] = [
        ("--store", "etcd"), ("--file", "/f.json"), ("--etcd-endpoints", "http://192.0.2.1:2379"),
        ("--etcd-prefix", "/x"), ("--etcd-cafile", "/ca"), ("--etcd-certfile", "/c"),
        ("--etcd-keyfile", "/k"),
        ("--etcd-username", "u"), ("--etcd-password-file", "/p"), ("--lease-ttl", "60"),
        ("--kubeconfig", "/k"), ("--node-name", "n"), ("--network-config", "/n"),
        ("--annotation-prefix", "a.b"), ("--set-node-network-unavailable", nil),
        ("--no-set-node-network-unavailable", nil), ("--iface", "eth0"), ("--iface-regex", "e.*"),
        ("--iface-can-reach", "192.0.2.9"), ("--public-ip", "203.0.113.1"),
        ("--public-ipv6", "2001:db8::1"), ("--ip-masq", nil), ("--no-ip-masq", nil),
        ("--forward-rules", nil), ("--no-forward-rules", nil), ("--checksum-offload", nil),
        ("--ip-blackhole-route", nil), ("--no-ip-blackhole-route", nil),
        ("--kube-api-url", "https://192.0.2.1:6443"), ("--conflist", "/c"), ("--write-conflist", "/w"),
        ("--record-file", "/r"), ("--subnet-file", "/s"), ("--route-protocol", "99"), ("--resync", "5"),
        ("--contact-limit", "7"), ("--status-address", "off"), ("--log-level", "debug"),
        ("--log-format", "json"),
    ]

    /// Those that need another one beside them.
    private static let companions = [
        "--etcd-certfile": ["--etcd-keyfile", "/k"], "--etcd-keyfile": ["--etcd-certfile", "/c"],
        "--conflist": ["--write-conflist", "/w"], "--write-conflist": ["--conflist", "/c"],
        "--etcd-username": ["--etcd-password-file", "/p"],
    ]

    @Test(arguments: options.map(\.name))
    func `an option is taken under its name`(name: String) throws {
        let option = try #require(Self.options.first { $0.name == name })
        var words = name == "--store" ? [] : ["--store", "file"]
        words += [name] + (option.value.map { [$0] } ?? []) + (Self.companions[name] ?? [])
        #expect(throws: Never.self) { try Run.parse(words) }
    }

    @Test func `the help names those options, and no others`() {
        #expect(
            OptionNames.documented(by: Run.self)
                == Set(Self.options.map(\.name)))
        #expect(
            OptionNames.documented(by: Cleanup.self)
                == ["--vni", "--route-protocol", "--record-file", "--subnet-file"])
    }

    @Test func `no name is torn to letters, and one that is not there is not taken`() {
        for command in [Run.self, Cleanup.self] as [any ParsableCommand.Type] {
            #expect(OptionNames.torn(OptionNames.documented(by: command)) == [])
            let required = command == Run.self ? ["--store", "file"] : []
            #expect(!OptionNames.isTaken("--public-i-pv6", by: command, beside: required))
            #expect(OptionNames.isTaken("--route-protocol", by: command, beside: required))
        }
    }

    @Test func `the documentation names no option that there is not`() throws {
        let tests = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        let root = tests.dropLast(6).joined(separator: "/")
        let page = try TemporaryFolder.read("\(root)/Documentation/VXLANAgent.md")
        // kube-controller-manager's.
        let others: Set = ["--help", "--allocate-node-cidrs", "--cluster-cidr"]
        let documented = OptionNames.named(in: page).subtracting(others)
        #expect(documented.count > 20)
        #expect(documented.subtracting(Self.options.map(\.name)) == [])
    }

    @Test func `flannel's variables set our options, and those that mean nothing here are named`() throws {
        let (variables, notes) = FlannelVariables.translated([
            "FLANNELD_IFACE": "eth1", "FLANNELD_IP_MASQ": "T", "FLANNELD_KUBE_SUBNET_MGR": "1",
            "FLANNELD_HEALTHZ_PORT": "8081", "FLANNELD_KUBECONFIG_FILE": "/k",
            "FLANNELD_IP_BLACKHOLE_ROUTE": "true",
            "FLANNELD_IPTABLES_RESYNC": "5", "FLANNELD_PUBLIC_IP": "192.0.2.1", "FLANNELD_EVENTS": "1",
            "VXLAN_AGENT_PUBLIC_IP": "192.0.2.2", "HOME": "/",
        ])
        #expect(
            variables.filter { $0.key.hasPrefix("VXLAN_AGENT_") } == [
                "VXLAN_AGENT_IFACE": "eth1", "VXLAN_AGENT_IP_MASQ": "true", "VXLAN_AGENT_STORE": "kubernetes",
                "VXLAN_AGENT_STATUS_ADDRESS": "0.0.0.0:8081", "VXLAN_AGENT_KUBECONFIG": "/k",
                "VXLAN_AGENT_IP_BLACKHOLE_ROUTE": "true", "VXLAN_AGENT_PUBLIC_IP": "192.0.2.2",
            ])
        #expect(
            notes == [
                "the variable FLANNELD_EVENTS has no effect: it is not known here",
                "the variable FLANNELD_IPTABLES_RESYNC has no effect: what others change is repaired at once",
            ])
        #expect(FlannelVariables.translated(["HOME": "/"]).variables == ["HOME": "/"])
        #expect(
            FlannelVariables.translated(["FLANNELD_ETCD_PREFIX": "/x"]).variables["VXLAN_AGENT_STORE"]
                == "etcd")
    }

    @Test func `each of flannel's variables that has an effect sets an option that there is`() throws {
        let names = [
            "IFACE", "IFACE_REGEX", "IFACE_CAN_REACH", "PUBLIC_IP", "PUBLIC_IPV6", "SUBNET_FILE",
            "ETCD_ENDPOINTS",
            "ETCD_PREFIX", "ETCD_CAFILE", "ETCD_CERTFILE", "ETCD_KEYFILE", "ETCD_USERNAME", "KUBECONFIG_FILE",
            "KUBE_API_URL", "KUBE_ANNOTATION_PREFIX", "NET_CONFIG_PATH", "IP_MASQ", "IPTABLES_FORWARD_RULES",
            "IP_BLACKHOLE_ROUTE", "SET_NODE_NETWORK_UNAVAILABLE", "KUBE_SUBNET_MGR", "HEALTHZ_PORT",
        ]
        for name in names {
            let (variables, notes) = FlannelVariables.translated(["FLANNELD_\(name)": "1"])
            #expect(notes == [], "\(name)")
            let environment = AgentEnvironment(prefix: "VXLAN_AGENT", variables: variables)
            #expect(environment.unknown(for: VXLANAgent.self) == [], "\(name)")
        }
    }

    @Test func `both public addresses get to the agent`() throws {
        let run = try Run.parse([
            "--store", "file", "--public-ip", "203.0.113.1", "--public-ipv6", "2001:db8:ffff::1",
        ])
        #expect(run.node.options.publicIPv4?.description == "203.0.113.1")
        #expect(run.node.options.publicIPv6?.description == "2001:db8:ffff::1")
    }
}
