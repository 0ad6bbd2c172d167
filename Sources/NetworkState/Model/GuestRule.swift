// SPDX-License-Identifier: Apache-2.0

public import Netlink

/// A rule of ours at the start of a chain that somebody else has made, such as iptables' FORWARD.
///
/// Where there is no such chain there is nothing to be done. The rule is there as long as the table of ours is that it is
/// needed for.
public struct GuestRule: Hashable, Sendable {
    /// The rule; its comment begins with ``Ownership/sharedMark``.
    public let rule: NFTables.Rule
    /// The table of ours that it is needed for.
    public let table: NFTables.TableName
    /// Where the rule is.
    var standing = Standing.first

    /// Where a rule is in somebody else's chain.
    enum Standing: Hashable, Sendable {
        /// Before all others.
        case first
        /// Behind others, which decide over packets first.
        case behind
        /// Nowhere.
        case missing
        /// There is no such chain.
        case withoutChain
    }

    /// Creates a description of a rule that comes before all others.
    public init(_ rule: NFTables.Rule, of table: NFTables.TableName) {
        self.rule = rule
        self.table = table
    }

    /// Whether a rule of the chain is this one: as it was made here, or as iptables-restore(8) has written it anew, with a
    /// counter, and the comment among the matches.
    func isSame(as other: NFTables.Rule) -> Bool {
        let expressions = other.expressions.filter { expression in
            if case .other(name: "match", _) = expression { false } else { expression != .counter }
        }
        return Ownership.isShared(comment: other.remark) && expressions == rule.expressions
    }

    /// The rule as it was found among those of its chain.
    func found(among rules: [NFTables.Rule]) -> GuestRule {
        var guest = self
        let place = rules.firstIndex { isSame(as: $0) }
        guest.standing = place.map { $0 == 0 ? .first : .behind } ?? .missing
        return guest
    }
}
