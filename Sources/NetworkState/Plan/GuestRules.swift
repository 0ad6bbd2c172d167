// SPDX-License-Identifier: Apache-2.0

internal import Netlink

/// How rules of ours get to the start of a chain for others, and out of it.
struct GuestRules {
    /// The rules that go; those that stay come anew, if they have to be elsewhere.
    let removed: [NFTables.InstalledRule]
    /// The rules that come, in their order, before all others.
    let placed: [NFTables.Rule]

    /// Finds out how.
    ///
    /// With one that is wanted all of ours come to the start, another network's too: one that asks must not get behind one
    /// that decides.
    ///
    /// - Parameters:
    ///   - installed: The chain's rules.
    ///   - wanted: The rules that are to be there.
    ///   - unwanted: The rules that are not.
    init(among installed: [NFTables.InstalledRule], wanted: [GuestRule], unwanted: [GuestRule]) {
        if wanted.isEmpty {
            removed = installed.filter { entry in unwanted.contains { $0.isSame(as: entry.rule) } }
            placed = []
            return
        }
        removed = installed.filter(\.rule.isGuest)
        var rules = wanted.map(\.rule)
        for entry in removed where !unwanted.contains(where: { $0.isSame(as: entry.rule) }) {
            if !rules.contains(where: { $0.essence == entry.rule.essence }) { rules.append(entry.rule) }
        }
        placed = rules.filter { !$0.targets.isEmpty } + rules.filter(\.targets.isEmpty)
    }
}
