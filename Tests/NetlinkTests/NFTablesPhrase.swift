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

    /// Rules for an inet table with a chain `x`, sets `s4`, `s6`, `ifs` and `pairs`, and maps `v4`, `v6`,
    /// `egress` and `ports`.
    static var inet: [NFTablesPhrase] {
        matches + lookups + statements
    }

    /// All of them.
    static var all: [NFTablesPhrase] { inet + destinations + refusals }

    private static func prefix(_ text: String) -> IPPrefix {
        IPPrefix(text) ?? .everything(.v4)
    }

    private static func range(_ first: String, _ last: String) -> IPRange {
        IPRange(address(first), address(last)) ?? IPPrefix.everything(.v4).range
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
            .init("meta mark & 0x0000ff00 != 0x00001200 accept") {
                $0.mark(0x1200, mask: 0xff00, isNot: true).accept()
            },
            .init("meta mark != 0x00001200 accept") { $0.mark(0x1200, isNot: true).accept() },
            .init("ct mark 0x00000001 accept") { $0.ctMark(1).accept() },
            .init("ct mark & 0x000000ff != 0x00000001 accept") {
                $0.ctMark(1, mask: 0xff, isNot: true).accept()
            },
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
            // nft(8) shows the bits that are set among those that are kept, too.
            .init("meta mark set meta mark & 0xffff12ff | 0x00001200") { $0.setMark(0x1200, mask: 0xff00) },
            .init("meta mark set meta mark | 0x00002000") { $0.setMark(0x2000, mask: 0x2000) },
            .init("meta mark set meta mark & 0xffff00ff") { $0.setMark(0, mask: 0xff00) },
            .init("ct mark set 0x00000005") { $0.setCTMark(5) },
            .init("ct mark set ct mark & 0xffff12ff | 0x00001200") { $0.setCTMark(0x1200, mask: 0xff00) },
            .init("ct mark set meta mark & 0x0000ff00") { $0.saveMark(mask: 0xff00) },
            .init("meta mark set ct mark & 0x0000ff00") { $0.restoreMark(mask: 0xff00) },
            .init("snat ip to 192.0.2.1-192.0.2.9 random,persistent") {
                $0.snat(to: range("192.0.2.1", "192.0.2.9"), flags: [.random, .persistent])
            },
            .init("snat ip to ip saddr map @egress") {
                $0.snat(.v4, toAddressOf: [.saddr(.v4)], in: "egress")
            },
            .init("tcp dport 80 snat ip to 192.0.2.1:1024-2047") {
                $0.tcpDport(80).snat(to: range("192.0.2.1", "192.0.2.1"), ports: 1024...2047)
            },
            .init("limit rate 10/second accept") { $0.limit(10, per: .second).accept() },
            .init("limit rate over 10/minute burst 20 packets drop") {
                $0.limit(10, per: .minute, burst: 20, isOver: true).drop()
            },
        ]
    }

    /// Rules that a chain of nat does not take.
    static var refusals: [NFTablesPhrase] {
        [
            .init("reject") { $0.reject() },
            .init("limit rate 1/day reject") { $0.limit(1, per: .day).reject() },
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
            .init("dnat ip to 10.1.0.2-10.1.0.9 persistent") {
                $0.dnat(to: range("10.1.0.2", "10.1.0.9"), flags: .persistent)
            },
            .init("tcp dport 80 dnat ip to 10.1.0.2-10.1.0.9:1000-2000 random") {
                $0.tcpDport(80).dnat(
                    to: range("10.1.0.2", "10.1.0.9"), ports: 1000...2000, flags: .random)
            },
            .init("tcp dport 80 dnat ip6 to [fd00::2]-[fd00::9]:1000-2000") {
                $0.tcpDport(80).dnat(to: range("fd00::2", "fd00::9"), ports: 1000...2000)
            },
            .init("dnat ip to ip daddr map @egress persistent") {
                $0.dnat(.v4, toAddressOf: [.daddr(.v4)], in: "egress", flags: .persistent)
            },
            .init("dnat ip to meta l4proto . th dport map @ports") {
                $0.dnat(.v4, toAddressAndPortOf: [.l4proto, .thDport], in: "ports")
            },
        ]
    }
}
