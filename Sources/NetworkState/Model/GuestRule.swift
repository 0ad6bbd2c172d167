// SPDX-License-Identifier: Apache-2.0

public import Netlink

/// A rule of ours at the start of a chain that is for others, too, such as iptables' FORWARD.
///
/// Those of one chain stand together: the ones that ask chains of others' come before those that decide. A rule is there as
/// long as the table of ours is that it is needed for.
public struct GuestRule: Hashable, Sendable {
    /// The rule; its comment is ``Ownership/sharedMark``.
    public let rule: NFTables.Rule
    /// The table of ours that it is needed for.
    public let table: NFTables.TableName
    /// Where the rule is.
    var standing = Standing.first

    /// Where a rule is in its chain.
    enum Standing: Hashable, Sendable {
        /// Before all others.
        case first
        /// Behind others, which may decide over some packets first.
        case behind
        /// Behind one that decides over all packets: this one gets none.
        case unreached
        /// Nowhere.
        case missing
    }

    /// Creates a description of a rule that comes before all others.
    public init(_ rule: NFTables.Rule, of table: NFTables.TableName) {
        self.rule = rule
        self.table = table
    }

    /// Whether a rule of the chain is this one: as it was made here, or as iptables-restore(8) has written it anew, with a
    /// counter, and the comment among the matches.
    func isSame(as other: NFTables.Rule) -> Bool {
        other.isGuest && other.essence == rule.essence
    }

    /// The rule as it was found among those of its chain.
    func found(among rules: [NFTables.Rule]) -> GuestRule {
        var guest = self
        guard let place = rules.firstIndex(where: { isSame(as: $0) }) else {
            guest.standing = .missing
            return guest
        }
        let before = rules[..<place]
        if before.contains(where: { decidesBefore($0) }) {
            guest.standing = .unreached
        } else {
            guest.standing = before.allSatisfy(\.isGuest) ? .first : .behind
        }
        return guest
    }

    /// The rules of others that come before some rule of ours in a chain.
    package static func rulesBefore(allIn rules: [NFTables.Rule]) -> [NFTables.Rule] {
        guard let last = rules.lastIndex(where: \.isGuest) else { return [] }
        return rules[..<last].filter { !$0.isGuest }
    }

    /// Whether a rule that comes before this one leaves it nothing to do.
    private func decidesBefore(_ other: NFTables.Rule) -> Bool {
        if other.isGuest { return asks && other.targets.isEmpty }
        // What somebody lets through needs no accept of ours, but nobody is asked any more.
        return other.decidesOverAll.map { asks || $0 != .accept } ?? false
    }

    /// Whether the rule asks a chain for others.
    private var asks: Bool { !rule.targets.isEmpty }
}

extension NFTables.Rule {
    /// Whether the rule says that it is one of ours in a chain for others.
    var isGuest: Bool { remark == Ownership.sharedMark }
}
