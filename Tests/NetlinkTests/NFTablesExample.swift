// SPDX-License-Identifier: Apache-2.0

import Addressing
import Netlink

/// A ruleset with something of everything, in our words and in nft(8)'s.
enum NFTablesExample {
    static var name: NFTables.TableName { NFTables.TableName(.inet, "cni") }
    static var table: NFTables.Table { NFTables.Table(name, comment: "everything of the pods") }

    static var chains: [NFTables.Chain] {
        [
            NFTables.Chain(name, "pod", comment: "what a pod may not see"),
            NFTables.Chain(
                name, "postrouting",
                base: .init(.nat, .postrouting, priority: NFTables.Priority.sourceNAT)),
            NFTables.Chain(name, "guard", base: .init(.filter, .input, priority: -5, policy: .drop)),
        ]
    }

    static var rules: [NFTables.Rule] {
        [
            NFTables.Rule(in: chains[0], comment: "local").daddr(IPPrefix(host: address("10.1.0.1")))
                .return(),
            NFTables.Rule(in: chains[0]).masquerade(),
            NFTables.Rule(in: chains[1], comment: "pods").saddr(.v4, vmap: "pods4"),
            NFTables.Rule(in: chains[2]).iifnameEtherSaddr(in: "allowed").accept(),
            NFTables.Rule(in: chains[2]).iifname(in: "guarded").drop(),
        ]
    }

    static func address(_ text: String) -> IPAddress { IPAddress(text) ?? .unspecified(.v4) }

    private static func mac(_ bits: UInt64) -> NFTables.Value { .ether(MACAddress(bits: bits)) }

    /// One element in each set that the kernel keeps in no particular order.
    static var sets: [(NFTables.Set, [NFTables.Element])] {
        [
            (
                NFTables.Set(name, "pods4", key: [.ipv4Address], kind: .verdictMap, comment: "who is there"),
                [
                    .init([.address(address("10.1.0.2"))], .goto("pod"), comment: "cbr0/abc/eth0")
                ]
            ),
            (
                NFTables.Set(name, "pods6", key: [.ipv6Address], kind: .verdictMap),
                [.init([.address(address("fd00::2"))], .return, comment: "six")]
            ),
            (
                NFTables.Set(name, "allowed", key: [.ifname, .etherAddress]),
                [.init([.ifname("veth1"), mac(0x0200_0000_0001)], comment: "mac of abc")]
            ),
            (NFTables.Set(name, "guarded", key: [.ifname]), [.init([.ifname("veth1")], comment: "abc")]),
            (
                NFTables.Set(name, "networks", key: [.ipv4Address], isInterval: true),
                [
                    .init(IPPrefix("10.2.0.0/16") ?? .everything(.v4), comment: "two"),
                    .init(
                        [.address(address("10.9.0.1"))], through: [.address(address("10.9.0.5"))]),
                    .init([.address(address("10.9.0.9"))]),
                    .init(IPPrefix("240.0.0.0/4") ?? .everything(.v4)),
                ]
            ),
            (
                NFTables.Set(name, "services", key: [.ipv4Address, .inetService], isInterval: true),
                [
                    .init(
                        [.address(address("10.3.0.0")), .service(80)],
                        through: [.address(address("10.3.0.255")), .service(90)], comment: "three")
                ]
            ),
            (
                NFTables.Set(
                    name, "ports", key: [.inetProtocol, .inetService],
                    kind: .map([.ipv4Address, .inetService])),
                [
                    .init(
                        [.inetProtocol(6), .service(80)],
                        data: .values([.address(address("10.1.0.2")), .service(8080)]), comment: "web")
                ]
            ),
            (
                NFTables.Set(name, "marks", key: [.mark], kind: .map([.mark])),
                [.init([.mark(1)], data: .values([.mark(0x2000)]))]
            ),
            (
                NFTables.Set(name, "macs", key: [.etherAddress], kind: .map([.ifname])),
                [.init([mac(0x0200_0000_0002)], data: .values([.ifname("veth2")]))]
            ),
            (NFTables.Set(name, "open", key: [.inetService]), [.init([.service(443)])]),
        ]
    }

    /// What `nft list ruleset` says of it.
    static let listing = """
        table inet cni {
        \tcomment "everything of the pods"
        \tmap pods4 {
        \t\ttype ipv4_addr : verdict
        \t\tcomment "who is there"
        \t\telements = { 10.1.0.2 comment "cbr0/abc/eth0" : goto pod }
        \t}

        \tmap pods6 {
        \t\ttype ipv6_addr : verdict
        \t\telements = { fd00::2 comment "six" : return }
        \t}

        \tset allowed {
        \t\ttype ifname . ether_addr
        \t\telements = { "veth1" . 02:00:00:00:00:01 comment "mac of abc" }
        \t}

        \tset guarded {
        \t\ttype ifname
        \t\telements = { "veth1" comment "abc" }
        \t}

        \tset networks {
        \t\ttype ipv4_addr
        \t\tflags interval
        \t\telements = { 10.2.0.0/16 comment "two", 10.9.0.1-10.9.0.5,
        \t\t\t     10.9.0.9, 240.0.0.0/4 }
        \t}

        \tset services {
        \t\ttype ipv4_addr . inet_service
        \t\tflags interval
        \t\telements = { 10.3.0.0/24 . 80-90 comment "three" }
        \t}

        \tmap ports {
        \t\ttype inet_proto . inet_service : ipv4_addr . inet_service
        \t\telements = { tcp . 80 comment "web" : 10.1.0.2 . 8080 }
        \t}

        \tmap marks {
        \t\ttype mark : mark
        \t\telements = { 0x00000001 : 0x00002000 }
        \t}

        \tmap macs {
        \t\ttype ether_addr : ifname
        \t\telements = { 02:00:00:00:00:02 : "veth2" }
        \t}

        \tset open {
        \t\ttype inet_service
        \t\telements = { 443 }
        \t}

        \tchain pod {
        \t\tcomment "what a pod may not see"
        \t\tip daddr 10.1.0.1 return comment "local"
        \t\tmasquerade
        \t}

        \tchain postrouting {
        \t\ttype nat hook postrouting priority srcnat; policy accept;
        \t\tip saddr vmap @pods4 comment "pods"
        \t}

        \tchain guard {
        \t\ttype filter hook input priority filter - 5; policy drop;
        \t\tiifname . ether saddr @allowed accept
        \t\tiifname @guarded drop
        \t}
        }

        """

    /// Creates all of it.
    static var batch: NFTablesBatch {
        var batch = NFTablesBatch()
        batch.add(table)
        for chain in chains { batch.add(chain) }
        for (set, elements) in sets {
            batch.add(set)
            for element in elements { batch.add(element, to: set) }
        }
        for rule in rules { batch.add(rule) }
        return batch
    }
}
