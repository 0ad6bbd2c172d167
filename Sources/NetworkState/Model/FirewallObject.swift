// SPDX-License-Identifier: Apache-2.0

public import Netlink

/// A part of an nf_tables ruleset.
///
/// See nft(8).
public enum FirewallObject: Hashable, Sendable {
    /// A table.
    case table(NFTables.Table)
    /// A chain with all of its rules in their order.
    case chain(NFTables.Chain, rules: [NFTables.Rule])
    /// A table for others as well, such as iptables' `filter`, no matter who has made it.
    case openTable(NFTables.Table)
    /// A chain in a table for others, for their rules, such as an administrator's, which are left alone.
    case openChain(NFTables.Chain)
    /// A rule of ours in a chain for others, which the description has, too.
    case guestRule(GuestRule)
    /// A set or map without its elements.
    case set(NFTables.Set)
    /// An element of a set or map, whose comment is its owner's key.
    case element(NFTables.Element, in: NFTables.Set)

    /// What tells one from another.
    public enum Key: Hashable, Sendable {
        /// A table's name.
        case table(NFTables.TableName)
        /// A chain's name in its table.
        case chain(NFTables.TableName, String)
        /// The name of somebody else's chain that has a rule of ours, and the chain that the rule asks.
        case guestRule(NFTables.TableName, String, asking: String?)
        /// A set's name in its table.
        case set(NFTables.TableName, String)
        /// An element's key in its set.
        case element(NFTables.TableName, String, [NFTables.Value])
    }

    /// The object's key.
    public var key: Key {
        switch self {
        case .table(let table), .openTable(let table): .table(table.name)
        case .chain(let chain, _), .openChain(let chain): .chain(chain.table, chain.name)
        case .guestRule(let guest):
            .guestRule(guest.rule.table, guest.rule.chain, asking: guest.rule.targets.first)
        case .set(let set): .set(set.table, set.name)
        case .element(let element, let set): .element(set.table, set.name, element.key)
        }
    }

    /// The table that the object is or is in.
    var table: NFTables.TableName {
        switch self {
        case .table(let table), .openTable(let table): table.name
        case .chain(let chain, _), .openChain(let chain): chain.table
        case .guestRule(let guest): guest.table
        case .set(let set), .element(_, let set): set.table
        }
    }

    /// Whether it is for others as well: only what was made here goes, once nobody uses it.
    var isOpen: Bool {
        switch self {
        case .openTable, .openChain: true
        case .table, .chain, .guestRule, .set, .element: false
        }
    }

    /// The question that finds it.
    var query: NFTables.Query {
        switch self {
        case .table(let table), .openTable(let table): .table(table.name)
        case .chain(let chain, _), .openChain(let chain): .chain(chain.table, chain.name)
        case .guestRule(let guest): .chain(guest.rule.table, guest.rule.chain)
        case .set(let set): .set(set.table, set.name)
        case .element(let element, let set): .element(element.key, in: set)
        }
    }
}

extension FirewallObject: CustomStringConvertible {
    /// The object in the words of nft(8).
    public var description: String {
        switch self {
        case .table(let table), .openTable(let table): "table \(table.name)"
        case .chain(let chain, _), .openChain(let chain): "chain \(chain)"
        case .guestRule(let guest):
            "rule \(guest.rule)" + (guest.rule.targets.first.map { " jump \($0)" } ?? "")
        case .set(let set): "set \(set)"
        case .element(let element, let set): "element \(set) { \(element) }"
        }
    }
}
