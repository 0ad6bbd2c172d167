// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITypes
import Netlink
import Testing

@testable import Topology

/// By which link a container's packets leave, as the host's rules have it.
struct WayTests {
    /// What is changed of a node with two network cards, and by which table and link the second container's packets leave.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let way: String
        var empty: [UInt32] = []
        let change: @Sendable (inout Node.Namespace) -> Void
        var testDescription: String { name }
    }

    static func rule(
        _ priority: UInt32, _ table: UInt32 = 3, _ change: (inout Rule) -> Void = { _ in }
    ) -> Rule {
        var rule = Rule(.v4, priority: priority, table: table)
        change(&rule)
        return rule
    }

    static let cases = [
        Case(name: "as it is", way: "1536 table 2 link 3") { _ in },
        Case(name: "an earlier rule for all", way: "100 table 254 link 2") {
            $0.rules.insert(rule(100, 254), at: 0)
        },
        Case(name: "an earlier rule without its default route", way: "1536 table 2 link 3") {
            $0.rules.insert(rule(100, 254) { $0.suppressedPrefixLength = 0 }, at: 0)
        },
        Case(name: "rules for another destination, mark, protocol or link", way: "1536 table 2 link 3") {
            let others: [Rule] = [
                rule(100, 254) { $0.destination = IPPrefix("192.0.2.0/24") },
                rule(101, 254) { $0.fwmark = 1 },
                rule(102, 254) { $0.ipProtocol = 6 }, rule(103, 254) { $0.input = "eni1" },
                rule(104, 254) { $0.output = "eth0" }, rule(105, 254) { $0.looksUpDomain = true },
                rule(106, 254) { $0.family = .v6 }, rule(107, 254) { $0.source = IPPrefix("10.0.0.0/24") },
            ]
            $0.rules.insert(contentsOf: others, at: 0)
        },
        Case(name: "a rule for its link", way: "10 table 254 link 2") {
            $0.rules.insert(rule(10, 254) { $0.input = "eni2" }, at: 0)
        },
        Case(name: "a rule for all but marked packets", way: "100 table 254 link 2") {
            $0.rules.insert(
                rule(100, 254) {
                    $0.fwmark = 1
                    $0.isInverted = true
                }, at: 0)
        },
        Case(name: "a rule that goes on behind its own", way: "32766 table 254 link 2") {
            $0.rules.insert(
                rule(100) {
                    $0.action = .goto
                    $0.target = 32766
                }, at: 0)
        },
        Case(name: "a rule that does nothing", way: "1536 table 2 link 3") {
            $0.rules.insert(rule(100) { $0.action = .nop }, at: 0)
        },
        Case(name: "a rule that forbids", way: "100 nowhere") {
            $0.rules.insert(rule(100) { $0.action = .prohibit }, at: 0)
        },
        Case(name: "its table is empty", way: "32766 table 254 link 2", empty: [2]) { $0.tables = [] },
        Case(name: "its table drops", way: "1536 nowhere") {
            $0.tables[0].routes[0].route.type = .blackhole
        },
        Case(name: "no default route at all", way: "nowhere", empty: [2]) {
            $0.tables = []
            $0.routes.removeFirst()
        },
        Case(name: "no rules are known", way: "table 254 link 2") { $0.rules = [] },
    ]

    @Test(arguments: cases) func `rules are looked up as the kernel does`(_ example: Case) throws {
        var node = try Example.policyRouted()
        example.change(&node.namespaces[0])
        let way = try #require(node.ways.first { $0.address == IPAddress("10.0.1.100") })
        #expect(way.link == 5)
        let words = [
            way.rule.map { "\($0.priority)" }, way.table.map { "table \($0)" } ?? "nowhere",
            (way.route?.link).map { "link \($0)" },
        ]
        #expect(words.compactMap { $0 }.joined(separator: " ") == example.way)
        #expect(way.emptyTables == example.empty)
    }

    @Test func `the containers of each table are a section, and lent links are another`() throws {
        let picture = try Example.policyRouted().terminalPicture(TerminalOptions(width: 90))
        #expect(
            picture == """
                ┌─ node cloud ───────────────────────────────────────────────────────────────────┐
                │                                                                                │
                │ ┌─ link eth0 ──────────────────┐  ┌─ link eth1 ──────────────────┐             │
                │ │ 10.0.0.10/24                 │  │ 10.0.1.10/24                 │             │
                │ │ default via 10.0.0.1         │  │ default via 10.0.1.1 table 2 │             │
                │ │ mtu 1500                     │  │ mtu 1500                     │             │
                │ └──────────────────────────────┘  └──────────────────────────────┘             │
                │                                                                                │
                │ ┌─ routed by eth0  table main ───────────────────────────────────────────────┐ │
                │ │ 1 address  rule 32766 → table main → default via 10.0.0.1 dev eth0         │ │
                │ └─┬──────────────────────────────────────────────────────────────────────────┘ │
                │   │ eni1                                                                       │
                │   │ ┌─ one ───────────────┐                                                    │
                │   └─┤ eth0  10.0.0.100/32 │                                                    │
                │     │ via   169.254.1.1   │                                                    │
                │     └─────────────────────┘                                                    │
                │                                                                                │
                │ ┌─ routed by eth1  table 2 ──────────────────────────────────────────────────┐ │
                │ │ 2 addresses  rule 1536 from each → table 2 → default via 10.0.1.1 dev eth1 │ │
                │ └─┬──────────────────────────┬───────────────────────────────────────────────┘ │
                │   │ eni3                     │ eni2                                            │
                │   │ ┌─ three ─────────────┐  │ ┌─ two ───────────────┐                         │
                │   └─┤ eth0  10.0.1.101/32 │  └─┤ eth0  10.0.1.100/32 │                         │
                │     │ via   169.254.1.1   │    │ via   169.254.1.1   │                         │
                │     └─────────────────────┘    └─────────────────────┘                         │
                │                                                                                │
                │ lent  to containers, as links of their own                                     │
                │ ┌─ four ─────────────┐                                                         │
                │ │ eth0  10.0.2.10/24 │                                                         │
                │ │       mtu 1500     │                                                         │
                │ │ via   10.0.2.1     │                                                         │
                │ └────────────────────┘                                                         │
                │                                                                                │
                └────────────────────────────────────────────────────────────────────────────────┘

                """, "\n\(picture)")
    }

    @Test func `a rule that leads to an empty table is named`() throws {
        var node = try Example.policyRouted()
        node.namespaces[0].tables = []
        #expect(node.terminalPicture().contains("table 2 has no default route"))
        node.namespaces[0].rules.insert(Self.rule(100) { $0.action = .prohibit }, at: 0)
        #expect(node.terminalPicture().contains("10.0.1.100: no way out by rule 100"))
    }

    @Test func `rules, tables and ways are in JSON`() throws {
        let json = JSON(try Example.policyRouted())
        let host = json["namespaces"]?.array?.first
        #expect(
            host?["tables"] == [
                ["table": 2, "routes": [["destination": "0.0.0.0/0", "gateway": "10.0.1.1", "link": 3]]]
            ])
        #expect(
            host?["rules"]?.array?[2] == [
                "family": "IPv4", "priority": 1536, "source": "10.0.1.100/32", "action": "lookup", "table": 2,
                "text": "priority 1536 from 10.0.1.100/32 lookup 2",
            ])
        #expect(
            json["ways"]?.array?[1] == [
                "address": "10.0.1.100", "link": 5, "rule": 1536, "table": 2, "leavesBy": 3,
                "gateway": "10.0.1.1",
            ])
        #expect(json["namespaces"]?.array?[1]["rules"] == nil)
    }
}
