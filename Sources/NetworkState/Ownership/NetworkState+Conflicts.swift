// SPDX-License-Identifier: Apache-2.0

internal import Netlink

/// Something of somebody else's that has the name, or the place, of something that an ADD would make.
struct Conflict: Hashable, Sendable {
    /// What is taken and by whom, for people.
    let text: String
    /// The owners of an element that has other contents: if none of them is alive, it is nobody's.
    var elementOwners: [String]?

    init(_ text: String) { self.text = text }
}

extension NetworkState {
    /// What stands in the way of an ADD, found out before anything is made.
    ///
    /// Not what attachments share and somebody else has made as described: that is used, and stays.
    ///
    /// - Parameters:
    ///   - isBegun: Whether the attachment's own links have been made before.
    ///   - isRepeated: Whether links that have the attachment's mark are in nobody's way.
    func conflicts(
        with found: ObservedState, isBegun: Bool = false, isRepeated: Bool = false
    ) -> [Conflict] {
        var conflicts: [Conflict] = []
        let found = withoutDisplaced(found)
        for item in items where item.isPresent && item.concern != .inspection && item.canConflict {
            guard let old = found[item.object.key, in: item.place],
                let conflict = item.conflict(with: old), !hasOurContents(old, in: item.place, found)
            else { continue }
            if case .link(let link) = old, isBegun || isRepeated && link.alias == owner { continue }
            conflicts.append(conflict)
        }
        return conflicts
    }

    /// Whether a table without a comment, as kernels before 5.10 have them, has just what this describes in it.
    private func hasOurContents(_ object: Object, in place: Place, _ found: ObservedState) -> Bool {
        guard case .firewall(.table(let table)) = object, table.comment == nil else { return false }
        var isThere = false
        for item in items where item.place == place && item.lifetime == .network {
            guard case .firewall(let part) = item.object, part.table == table.name,
                let old = found[item.object.key, in: place]
            else { continue }
            switch part {
            case .table, .guestRule: continue  // a rule in another table
            default: break
            }
            if !item.object.isSatisfied(by: old) { return false }
            isThere = true
        }
        return isThere
    }
}

extension NetworkState.Item {
    /// Whether there can be something in the way: looking that up costs more than asking.
    fileprivate var canConflict: Bool {
        switch object {
        case .link(let link): link.kind != nil && lifetime != .host
        case .firewall(.chain), .firewall(.openTable), .firewall(.openChain), .firewall(.guestRule): false
        case .firewall: true
        case .route, .rule, .neighbour, .address, .forwarding: place == .host && lifetime == .attachment
        case .vlan, .sysctl, .feature, .qdisc, .redirection: false
        }
    }

    fileprivate func conflict(with old: Object) -> Conflict? {
        switch (object, old) {
        case (.link(let link), .link(let old)): return conflict(of: link, with: old)
        case (.firewall(let object), .firewall(let old)): return conflict(of: object, with: old)
        case (.route, .route), (.rule, .rule), (.neighbour, .neighbour), (.address, .address),
            (.forwarding, .forwarding):
            // In a container, and for the network as a whole, what is there already is as good.
            guard place == .host, lifetime == .attachment, old.isMarkedByProtocol == false else { return nil }
            return Conflict("\(old) exists already and was not made here")
        default: return nil
        }
    }

    private func conflict(of link: LinkState, with old: LinkState) -> Conflict? {
        guard let kind = link.kind else { return nil }
        switch lifetime {
        case .attachment: return Conflict("link \(old.name) exists already\(old.ownerText)")
        case .network:
            if kind.name == old.kind?.name { return nil }
            return Conflict(
                "\(old.name) exists and is not a \(kind.name)\(old.kind.map { ", but a \($0.name)" } ?? "")")
        case .host: return nil
        }
    }

    private func conflict(of object: FirewallObject, with old: FirewallObject) -> Conflict? {
        switch (object, old) {
        case (.element(let element, let set), .element(let old, _)):
            let joined = element.joined(by: old)
            if element.data == old.data, joined.isStorable { return nil }
            let others = old.owners.filter { !element.owners.contains($0) }
            if others.isEmpty, !old.owners.isEmpty { return nil }
            let whose = others.isEmpty ? "has no owner" : "belongs to \(others.joined(separator: " and "))"
            var conflict = Conflict("element \(old) of \(set) \(whose)")
            conflict.elementOwners = others
            return conflict
        case (.table(let table), .table(let old)):
            if Ownership.isShared(comment: old.comment) || old.comment == table.comment { return nil }
            return Conflict("table \(old.name) exists already and was not made here")
        case (.set(let set), .set(let old)):
            return set.isAlike(old) ? nil : Conflict("set \(old) exists already and is another one")
        default: return nil
        }
    }
}

extension LinkState {
    /// Whose a link is, after its name.
    var ownerText: String {
        switch alias {
        case nil, "": return " and was not made here"
        case .some(let alias) where Ownership.isShared(alias: alias): return " and is shared by attachments"
        case .some(let owner): return " and belongs to \(owner)"
        }
    }
}

extension NFTables.Set {
    /// Whether a set of the kernel is one that this describes: regardless of its comment.
    func isAlike(_ other: NFTables.Set) -> Bool {
        key == other.key && kind == other.kind && isInterval == other.isInterval
            && otherFlags == other.otherFlags
    }
}
