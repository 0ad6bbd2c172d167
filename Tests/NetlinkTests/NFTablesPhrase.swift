// SPDX-License-Identifier: Apache-2.0

import Addressing
import Netlink
import Testing

/// A rule in the words of nft(8), and in ours.
struct NFTablesPhrase: Sendable, CustomTestStringConvertible {
    let text: String
    let rule: @Sendable (NFTables.Rule) -> NFTables.Rule

    init(_ text: String, _ rule: @escaping @Sendable (NFTables.Rule) -> NFTables.Rule) {
        self.text = text
        self.rule = rule
    }

    var testDescription: String { text }

    /// Rules for an inet table with a chain `x`, sets `s4`, `s6`, `ifs` and `pairs`, and maps `v4`, `v6` and `ports`.
    static var inet: [NFTablesPhrase] {
        matches + lookups + statements
    }

    private static func prefix(_ text: String) -> IPPrefix {
        IPPrefix(text) ?? .everything(.v4)
    }

    private static func address(_ text: String) -> IPAddress {
        IPAddress(text) ?? .unspecified(.v4)
    }

    private static var matches: [NFTablesPhrase] {
        [
            .init("ip daddr 10.1.0.0/24 return") { $0.daddr(prefix("10.1.0.0/24")).return() },
            .init("ip daddr 224.0.0.0/4 return") { $0.daddr(prefix("224.0.0.0/4")).return() },
            .init("ip daddr 10.1.2.3 drop") { $0.daddr(prefix("10.1.2.3/32")).drop() },
            .init("ip saddr != 10.1.0.0/17 drop") { $0.saddr(prefix("10.1.0.0/17"), isNot: true).drop() },
            .init("ip6 daddr fd00::/64 return") { $0.daddr(prefix("fd00::/64")).return() },
            .init("ip6 daddr fd00::/63 return") { $0.daddr(prefix("fd00::/63")).return() },
            .init("ip6 saddr fd00::1 accept") { $0.saddr(prefix("fd00::1/128")).accept() },
            .init("ip saddr 10.1.0.0/24 ip daddr 10.2.0.0/24 accept") {
                $0.saddr(prefix("10.1.0.0/24")).daddr(prefix("10.2.0.0/24")).accept()
            },
            .init("iifname \"eth0\" accept") { $0.iifname("eth0").accept() },
            .init("oifname != \"eth0\" accept") { $0.oifname("eth0", isNot: true).accept() },
            .init("tcp dport 80 accept") { $0.tcpDport(80).accept() },
            .init("udp dport 53 accept") { $0.udpDport(53).accept() },
            .init("ct state established,related accept") { $0.ctState([.established, .related]).accept() },
            .init("fib daddr type local accept") { $0.fibDaddrType(.local).accept() },
            .init("meta mark 0x00002000 accept") { $0.mark(0x2000).accept() },
            .init("meta mark & 0x00002000 == 0x00002000 accept") { $0.mark(0x2000, mask: 0x2000).accept() },
        ]
    }

    private static var lookups: [NFTablesPhrase] {
        [
            .init("ip saddr vmap @v4") { $0.saddr(.v4, vmap: "v4") },
            .init("ip6 daddr vmap @v6") { $0.daddr(.v6, vmap: "v6") },
            .init("ip daddr @s4 return") { $0.daddr(.v4, in: "s4").return() },
            .init("ip6 saddr != @s6 drop") { $0.saddr(.v6, in: "s6", isNot: true).drop() },
            .init("iifname @ifs drop") { $0.iifname(in: "ifs").drop() },
            .init("oifname != @ifs drop") { $0.oifname(in: "ifs", isNot: true).drop() },
            .init("iifname . ether saddr @pairs accept") { $0.iifnameEtherSaddr(in: "pairs").accept() },
        ]
    }

    private static var statements: [NFTablesPhrase] {
        [
            .init("masquerade") { $0.masquerade() },
            .init("masquerade random") { $0.masquerade(.random) },
            .init("counter packets 0 bytes 0 drop") { $0.counter().drop() },
            .init("jump x") { $0.jump("x") },
            .init("goto x") { $0.goto("x") },
            .init("snat ip to 192.0.2.1") { $0.snat(to: address("192.0.2.1")) },
            .init("meta mark set 0x00002000") { $0.setMark(0x2000) },
            .init("meta mark set ct mark") { $0.restoreMark() },
            .init("ct mark set meta mark") { $0.saveMark() },
        ]
    }

    /// Rules that only a prerouting chain takes.
    static var destinations: [NFTablesPhrase] {
        [
            .init("dnat ip to 10.1.0.2") { $0.dnat(to: address("10.1.0.2")) },
            .init("tcp dport 80 dnat ip to 10.1.0.2:8080") {
                $0.tcpDport(80).dnat(to: address("10.1.0.2"), port: 8080)
            },
            .init("tcp dport 80 dnat ip6 to [fd00::2]:8080") {
                $0.tcpDport(80).dnat(to: address("fd00::2"), port: 8080)
            },
            .init("dnat ip to meta l4proto . th dport map @ports") {
                $0.dnat(.v4, toAddressAndPortOf: [.l4proto, .thDport], in: "ports")
            },
        ]
    }
}
