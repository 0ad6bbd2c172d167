// SPDX-License-Identifier: Apache-2.0

internal import Netlink

extension Object {
    /// The object with what says in the kernel whose it is, where its author has said nothing else.
    func marked(for lifetime: Lifetime, owner: String) -> Object {
        if lifetime == .host { return self }
        switch self {
        case .route(var route, let link):
            if route.protocol == .boot { route.protocol = Ownership.routingProtocol }
            return .route(route, link: link)
        case .rule(var rule):
            if rule.protocol == .boot { rule.protocol = Ownership.routingProtocol }
            return .rule(rule)
        case .address(var address, let link):
            if address.protocol == .unspecified { address.protocol = Ownership.routingProtocol }
            return .address(address, link: link)
        case .firewall(let object): return .firewall(object.marked(for: lifetime, owner: owner))
        default: return self
        }
    }

    /// Whether an object of the kernel says by its protocol that it was made here; nil for one that has none.
    var isMarkedByProtocol: Bool? {
        switch self {
        case .route(let route, _): route.protocol == Ownership.routingProtocol
        case .rule(let rule): rule.protocol == Ownership.routingProtocol
        case .address(let address, _): address.protocol == Ownership.routingProtocol
        default: nil
        }
    }
}

extension FirewallObject {
    fileprivate func marked(for lifetime: Lifetime, owner: String) -> FirewallObject {
        switch self {
        case .openTable(var table) where lifetime == .network:
            if table.comment == nil { table.comment = Ownership.sharedMark }
            return .openTable(table)
        case .table(var table) where lifetime == .network:
            if !Ownership.isShared(comment: table.comment) {
                table.comment = table.comment.map { "\(Ownership.sharedMark): \($0)" } ?? Ownership.sharedMark
            }
            return .table(table)
        case .chain(var chain, let rules) where lifetime == .network:
            if chain.comment == nil { chain.comment = Ownership.sharedMark }
            return .chain(chain, rules: rules)
        case .openChain(var chain) where lifetime == .network:
            if chain.comment == nil { chain.comment = Ownership.sharedMark }
            return .openChain(chain)
        case .set(var set) where lifetime == .network:
            if set.comment == nil { set.comment = Ownership.sharedMark }
            return .set(set)
        case .element(var element, let set) where lifetime == .attachment:
            if element.comment == nil { element.comment = owner }
            return .element(element, in: set)
        default: return self
        }
    }
}

extension NFTables.Element {
    /// Whose the element is.
    var owners: [String] { Ownership.owners(ofComment: comment) }

    /// Whether the kernel has room for its owners.
    var isStorable: Bool { (comment?.utf8.count ?? 0) <= Ownership.longestComment }

    /// The element with other owners.
    func with(owners: [String]) -> NFTables.Element {
        var element = self
        element.comment = Ownership.comment(of: owners)
        return element
    }

    /// The element with the owners of another one besides its own.
    func joined(by other: NFTables.Element) -> NFTables.Element {
        var all = other.owners
        for owner in owners where !all.contains(owner) { all.append(owner) }
        return with(owners: all)
    }
}
