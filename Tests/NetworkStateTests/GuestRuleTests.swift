// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Netlink
@testable import NetworkState

/// Where rules of ours stand among others' in a chain, and how they get to its start.
struct GuestRuleTests {
    private static let table = NFTables.TableName(.ip, "filter")
    private static let own = NFTables.Rule(table, chain: "FORWARD", comment: Ownership.sharedMark)
    private static let others = NFTables.Rule(table, chain: "FORWARD")
    private static let asks = own.jump("CNI-ADMIN")
    private static let asksAnother = own.jump("OUR-OWN")
    private static let decides = own.mark(0x1000, mask: 0x1000).accept()
    private static let narrow = others.iifname("others0").drop()
    private static let wide = others.counter().drop()

    private func guest(_ rule: NFTables.Rule) -> GuestRule {
        GuestRule(rule, of: NFTables.TableName(.inet, "cni_firewall"))
    }

    private func installed(_ rules: [NFTables.Rule]) -> [NFTables.InstalledRule] {
        rules.enumerated().map { NFTables.InstalledRule(rule: $1, handle: UInt64($0 + 1), position: nil) }
    }

    @Test(
        arguments: [
            ([], .missing), ([narrow], .missing), ([decides, narrow], .first), ([asks, decides], .first),
            ([asks, asksAnother, decides, wide], .first), ([narrow, decides], .behind),
            ([asks, narrow, decides], .behind), ([wide, decides], .unreached),
            ([narrow, wide, asks, decides], .unreached), ([others.accept(), decides], .behind),
            ([others.jump("OTHERS"), decides], .behind),
        ] as [([NFTables.Rule], GuestRule.Standing)])
    func `a rule that accepts is behind others, and unreached behind one that drops everything`(
        rules: [NFTables.Rule], standing: GuestRule.Standing
    ) {
        #expect(guest(Self.decides).found(among: rules).standing == standing)
    }

    @Test(
        arguments: [
            ([decides], .missing), ([asks, decides], .first), ([asksAnother, asks, decides], .first),
            ([decides, asks], .unreached), ([others.accept(), asks], .unreached),
            ([narrow, asks, decides], .behind),
        ] as [([NFTables.Rule], GuestRule.Standing)])
    func `a rule that asks is unreached behind every one that decides over its packets`(
        rules: [NFTables.Rule], standing: GuestRule.Standing
    ) {
        #expect(guest(Self.asks).found(among: rules).standing == standing)
    }

    @Test(
        arguments: [
            ([], []), ([decides, narrow], [1]), ([narrow, decides, asksAnother, decides], [2, 3, 4]),
            ([asksAnother, narrow], [1]),
        ] as [([NFTables.Rule], [UInt64])])
    func `all of ours come to the start, those first that ask, each once`(
        rules: [NFTables.Rule], removed: [UInt64]
    ) {
        let wanted = [guest(Self.asks), guest(Self.decides)]
        let moves = GuestRules(among: installed(rules), wanted: wanted, unwanted: [])
        #expect(moves.removed.map(\.handle) == removed)
        let asked = rules.contains(Self.asksAnother) ? [Self.asks, Self.asksAnother] : [Self.asks]
        #expect(moves.placed == asked + [Self.decides])
        let all = moves.placed + rules.filter { $0.comment == nil }
        for rule in wanted { #expect(rule.found(among: all).standing == .first) }
    }

    @Test func `what is to go goes alone`() {
        let rules = installed([Self.asks, Self.decides, Self.narrow])
        let moves = GuestRules(among: rules, wanted: [], unwanted: [guest(Self.asks)])
        #expect(moves.removed.map(\.handle) == [1])
        #expect(moves.placed.isEmpty)
    }
}
