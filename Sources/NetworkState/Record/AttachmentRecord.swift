// SPDX-License-Identifier: Apache-2.0

/// What an owner has, or has changed, that has no room for a mark: the steps that take it back, in their order.
///
/// A file below /run for each owner that has something of the kind; most have none. Each plugin of a chain has its own, so
/// that its DEL takes back what it has done itself and no more. It is written before the steps that it takes back are
/// done, so that a process that dies leaves a record of something that may not be there, never the other way round.
struct AttachmentRecord: Hashable, Sendable {
    /// The attachment's key; for what attachments share, the network's part of it.
    let owner: String
    /// The plugin of the chain; nil for what attachments share, and for agents.
    let plugin: String?
    /// The steps back.
    var steps: [Change]
    /// Where the namespace of the container was that a link is lent to, so that a GC can bring it back; nil without one.
    var container: String?

    /// Whether it is about what a network's attachments share.
    var isOfNetwork: Bool { !owner.utf8.contains(UInt8(ascii: "/")) }

    /// Whether a link of the host's is in the container.
    var lends: Bool { steps.contains { $0.place == .container && $0.returnsLink } }
}

extension NetworkState {
    /// The steps back of an attachment's changes that no mark in the kernel tells of.
    func recorded(_ changes: [Change]) -> [Change] {
        let links = ownLinks
        var steps: [Change] = []
        for change in changes where change.lifetime == .attachment && !isDisplacement(change) {
            guard isUnmarked(change, links), let inverse = change.inverse else { continue }
            steps.insert(inverse, at: 0)
        }
        return steps
    }

    /// Whether the object of a step is neither marked nor on a link of the attachment's own.
    private func isUnmarked(_ change: Change, _ links: [LinkState.Peer]) -> Bool {
        switch change.action {
        case .create(.link(let link)): link.parent.map { $0.place != change.place } ?? false
        // A new name for a link of the attachment's own tells nothing.
        case .move(_, _, let target): target != change.place
        case .remove(let object):
            isGivenBack(object, in: change.place) && !goes(with: object.link, in: change.place, links)
        case .create(.firewall), .removeRule, .announce, .keep: false
        case .create(.sysctl), .create(.feature): false
        case .create(let object): !goes(with: object.link, in: change.place, links)
        case .modify(.firewall, _): false
        case .modify(.link(let link), _): !goes(with: link.name, in: change.place, links)
        case .modify(let object, _): !goes(with: object.link, in: change.place, links)
        }
    }

    /// Whether something that is taken away comes back with the attachment's end: not what was ours already.
    private func isGivenBack(_ object: Object, in place: Place) -> Bool {
        switch object {
        case .route, .address: break
        default: return false
        }
        return !sweeps.contains { $0.place == place && $0.sweep.covers(object) }
            && !displacements.contains { $0.place == place && $0.link.name == object.link }
    }

    /// The links that are the attachment's own.
    var ownLinks: [LinkState.Peer] {
        items.compactMap { item in
            guard item.lifetime == .attachment, case .link(let link) = item.object, link.kind != nil else {
                return nil
            }
            return LinkState.Peer(item.place, link.name)
        }
    }

    private func goes(with name: String?, in place: Place, _ links: [LinkState.Peer]) -> Bool {
        guard let name else { return false }
        return links.contains { $0.place == place && $0.name == name }
    }

    /// The shared objects of which nothing in the kernel tells which networks use them: what carries no mark and is not on
    /// a link that goes with the network, and links that attachments are neither ports of nor on top of.
    var unmarkedShared: [Item] {
        items.filter { item in
            guard item.lifetime == .network, item.isPresent, item.place == .host else { return false }
            switch item.object {
            case .route, .rule, .neighbour, .address, .forwarding, .vlan, .sysctl: break
            case .link(let link): return link.kind != nil && !isUsedByAttachment(link.name)
            case .firewall, .feature, .qdisc, .redirection: return false
            }
            guard let link = item.object.link else { return true }
            return self.link(link, in: item.place)?.kind == nil
        }
    }

    /// Whether the attachment's own links have a shared one as their master, or rest on it.
    private func isUsedByAttachment(_ name: String) -> Bool {
        items.contains { item in
            guard item.lifetime == .attachment, case .link(let link) = item.object else { return false }
            return link.master == name || link.parent == LinkState.Peer(.host, name)
        }
    }

    /// The shared objects that these steps put on a shared link that was there: it may be somebody else's, and stay.
    func onSharedLinks(_ changes: [Change]) -> [Item] {
        if !changes.contains(where: { $0.lifetime == .network }) { return [] }
        let created = changes.compactMap(\.createdLink)
        return items.filter { item in
            guard item.lifetime == .network, item.isPresent, item.place == .host, !item.object.isSetting,
                let link = item.object.link, self.link(link, in: item.place)?.kind != nil,
                !created.contains(link)
            else { return false }
            return changes.contains { $0.creates(item.object.key) && $0.place == item.place }
        }
    }

    /// The steps back of shared objects that are made now, or that another network of ours has.
    func sharedSteps(of shared: [Item], _ changes: [Change], others: [Change]) -> [Change] {
        var steps: [Change] = []
        for item in shared {
            let key = item.object.key
            if item.object.isSetting {
                // What it was before the first network's.
                let known = others.first { $0.place == item.place && $0.object?.key == key }
                let change = changes.first { $0.place == item.place && $0.object?.key == key }
                if let step = known ?? change?.inverse { steps.append(step) }
                continue
            }
            guard
                changes.contains(where: { $0.place == item.place && $0.creates(key) })
                    || others.contains(where: { $0.place == item.place && $0.object?.key == key })
            else { continue }
            steps.append(Change(.remove(item.object), in: item.place, lifetime: .network))
        }
        return steps
    }
}

extension Change {
    fileprivate func creates(_ key: Object.Key) -> Bool {
        if case .create(let object) = action { object.key == key } else { false }
    }
}
