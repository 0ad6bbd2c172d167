// SPDX-License-Identifier: Apache-2.0

import CNITesting
import Namespaces
import Netlink
import NetworkState
import TestSupport
import Testing

/// What the kernel refuses says in which namespace and on which link, for every kind of object.
@Suite(.needsNamespaces, .needsProgram("/usr/sbin/ip"))
struct RefusalTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let action: Change.Action
        /// What the error begins with.
        let expected: String

        init(_ name: String, _ action: Change.Action, _ expected: String) {
            (testDescription, self.action, self.expected) = (name, action, expected)
        }
    }

    private static let mac = MACAddress(bits: 0x0200_0000_0007)
    private static let host = IPAddress(.v4, bits: 0xc000_0207)
    private static let prefix = IPPrefix("192.0.2.1/24") ?? IPPrefix(host: host)

    private static let table = NFTables.TableName(.inet, "none")

    static let cases = [
        Case(
            "link", .create(.link(LinkState("eth0", .bridge(Netlink.Bridge())))),
            "container: link add eth0 type bridge: File exists"),
        Case(
            "settings of a link",
            .modify(
                .link(LinkState("eth0", nil, LinkAttributes(mac: MACAddress("01:00:5e:00:00:01")))),
                from: .link(LinkState("eth0"))), "container: link set eth0: "),
        Case(
            "a link that goes", .remove(.link(LinkState("lo"))),
            "container: link delete lo: Operation not supported"),
        Case(
            "a link that moves", .move(LinkState("eth0"), as: LinkState("lo"), to: .host),
            "container: link set eth0 netns host name lo: File exists"),
        Case(
            "address", .create(.address(InterfaceAddress(prefix), link: "eth0")),
            "container: address add 192.0.2.1/24 dev eth0: File exists"),
        Case(
            "route",
            .create(.route(Route(IPPrefix(host: host), via: IPAddress("198.51.100.1")), link: "eth0")),
            "container: route prepend 192.0.2.7/32 via 198.51.100.1 dev eth0: "),
        Case(
            "a route that goes", .remove(.route(Route(IPPrefix(host: host)), link: "eth0")),
            "container: route delete 192.0.2.7/32 dev eth0: No such process"),
        Case(
            "rule", .remove(.rule(Rule(.v4, priority: 4242, table: 7))),
            "container: rule delete priority 4242 lookup 7: No such file or directory"),
        Case(
            "neighbour", .create(.neighbour(Neighbour(host, mac: mac), link: "eth0")),
            "container: neighbour add 192.0.2.7 dev eth0: File exists"),
        Case(
            "entry of a forwarding database", .create(.forwarding(ForwardingEntry(mac), link: "eth0")),
            "container: fdb add 02:00:00:00:00:07 dev eth0: File exists"),
        Case(
            "VLAN of a port", .create(.vlan(BridgeVLAN(7), link: "eth0")),
            "container: bridge vlan add dev eth0 vid 7: "),
        Case(
            "setting",
            .create(.sysctl(Sysctl("net/ipv4/conf/eth0/rp_filter", "none"))),
            "container: write /proc/sys/net/ipv4/conf/eth0/rp_filter: Invalid argument"),
        Case(
            "feature", .create(.feature(LinkFeature(.transmitChecksum, of: "eth7", false))),
            "container: ethtool --features eth7 "),
        Case(
            "ruleset", .create(.firewall(.chain(NFTables.Chain(table, "c"), rules: []))),
            "container: "),
    ]

    @Test(arguments: cases) func `a refusal names the namespace and the link`(_ test: Case) throws {
        let network = try TestNetwork()
        let container = try network.container()
        for words in [
            "link add eth0 type veth peer name eth1", "link set eth0 up", "address add 192.0.2.1/24 dev eth0",
            "neighbour add 192.0.2.7 lladdr 02:00:00:00:00:07 dev eth0",
        ] { try container.ip(words) }
        try container.bridge("fdb add 02:00:00:00:00:07 dev eth0 self permanent")
        let error = #expect(throws: StateError.self) {
            try network.run {
                try NetworkSession(
                    container: container.namespace(), recordPath: "\(network.dataDir.path)/records"
                )
                .apply([Change(test.action, in: .container)], of: NetworkState(owner: "net/c/eth0")) {}
            }
        }
        let text = error?.description ?? ""
        #expect(text.hasPrefix(test.expected), "\(text)")
        #expect(!text.contains("index"), "\(text)")
        #expect(error?.place == .container)
    }
}
