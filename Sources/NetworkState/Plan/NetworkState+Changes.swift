// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

extension NetworkState {
    /// The steps from what was found to what is described, in the order in which the kernel can take them.
    ///
    /// A pure function; no step means that everything is as described. Each step knows its inverse.
    public func changes(from observed: ObservedState) -> [Change] {
        var changes = replacedLinks(in: observed)
        // What is on a link goes with it.
        let found = (changes.isEmpty ? observed : observed.without(changes.compactMap(\.removedPlace)))
            .withJoinedPorts(of: self)
        for item in items {
            guard item.isPresent else {
                if let object = found[item.object.key, in: item.place], item.object.mayRemove(object) {
                    changes.append(Change(.remove(object), in: item.place, lifetime: item.lifetime))
                }
                continue
            }
            changes += steps(to: item, from: found)
        }
        changes += sweepings(from: found)
        changes += announcements(after: changes)
        return changes.sortedByPhase()
    }

    /// Whether there are steps about objects that attachments share.
    func hasSharedChanges(from found: ObservedState) -> Bool {
        if sweepings(from: found).contains(where: { $0.lifetime != .attachment }) { return true }
        return items.contains { item in
            if item.lifetime == .attachment { return false }
            return item.isPresent
                ? !steps(to: item, from: found).isEmpty : found[item.object.key, in: item.place] != nil
        }
    }

    private func steps(to item: Item, from found: ObservedState) -> [Change] {
        func step(_ action: Change.Action) -> Change {
            Change(action, in: item.place, lifetime: item.lifetime)
        }
        let old = found[item.object.key, in: item.place]
        switch (item.object, old) {
        case (.link(let link), nil):
            return creation(of: link, in: item, from: found)
        case (.link(let link), .link(let old)):
            guard let (wanted, had) = link.differences(from: old) else { return [] }
            return [step(.modify(.link(wanted), from: .link(had)))]
        case (let object, .some(let old)):
            return object.isSatisfied(by: old) ? [] : [step(.modify(object, from: old))]
        case (let object, nil):
            return [step(.create(object))]
        }
    }

    /// A veth pair is one creation, by its first end.
    ///
    /// Its ends are brought up later, when the settings that count at that moment are in place.
    private func creation(of link: LinkState, in item: Item, from found: ObservedState) -> [Change] {
        func step(_ action: Change.Action) -> Change {
            Change(action, in: item.place, lifetime: item.lifetime)
        }
        guard let peer = link.peer else { return [step(.create(.link(link)))] }
        var later = LinkState(link.name)
        if isFirst(peer, of: LinkState.Peer(item.place, link.name)) {
            // The creation has given it its MAC address and its largest packet, and nothing else.
            later.attributes = link.attributes
            later.attributes.mac = nil
            later.attributes.mtu = nil
            later.attributes.alias = link.mark
            later.master = link.master
            later.port = link.port
            let isCreatedByPeer = found.link(peer.name, in: peer.place) == nil
            let settings =
                later == LinkState(link.name)
                ? [] : [Change.Action.modify(.link(later), from: .link(LinkState(link.name)))]
            return ((isCreatedByPeer ? [] : [.create(.link(link))]) + settings).map(step)
        }
        later.peer = peer
        later.attributes.isUp = link.attributes.isUp
        later.port = link.port
        let opening =
            link.master == nil || link.attributes.isUp != true ? [] : [Change.Action.forward(link.name)]
        return ([.create(.link(link)), .modify(.link(later), from: .link(LinkState(link.name)))] + opening)
            .map(step)
    }

    /// Which end of a pair makes both: the one on the host, or of two in one namespace the one that is described first.
    private func isFirst(_ end: LinkState.Peer, of other: LinkState.Peer) -> Bool {
        if end.place != other.place { return end.place == .host }
        for item in items where item.place == end.place {
            if case .link(let link) = item.object, link.name == end.name || link.name == other.name {
                return link.name == end.name
            }
        }
        return false
    }

    /// A link that gets a new address tells the neighbours, who may remember the address's last owner.
    private func announcements(after changes: [Change]) -> [Change] {
        var links: [String] = []
        for change in changes where change.place == .container {
            if case .create(.address(_, let link)) = change.action, !links.contains(link) {
                links.append(link)
            }
        }
        return links.compactMap { name in
            guard let link = link(name, in: .container), link.attributes.announcesIPv4 == true,
                link.attributes.isUp == true, let mac = link.attributes.mac
            else { return nil }
            return Change(.announce(name, mac), in: .container)
        }
    }

    /// What has to be observed for ``removals(from:)``: not what stays, nor what is on a link that goes.
    public var removable: NetworkState {
        let links = items.compactMap { item -> LinkState.Peer? in
            guard item.lifetime == .attachment, case .link(let link) = item.object, link.kind != nil else {
                return nil
            }
            return LinkState.Peer(item.place, link.name)
        }
        var part = NetworkState(owner: owner)
        for item in items where item.lifetime == .attachment && item.isPresent {
            if item.object.isSetting { continue }
            if let link = item.object.link, links.contains(LinkState.Peer(item.place, link)) { continue }
            part.add(item.object, in: item.place)
        }
        return part
    }

    /// The steps that take apart what belongs to the attachment; what is gone already takes none.
    ///
    /// Objects on a link that goes away need no step. Shared objects stay: see ``NetworkSession``.
    public func removals(from found: ObservedState) -> [Change] {
        var changes: [Change] = []
        var removedLinks: [LinkState.Peer] = []
        for item in items where item.lifetime == .attachment {
            guard case .link(let link) = item.object, let kind = link.kind,
                let old = found.link(link.name, in: item.place), old.kind?.name == kind.name,
                !removedLinks.contains(LinkState.Peer(item.place, link.name)),
                link.mark == nil || old.mark == nil || old.mark == link.mark
            else { continue }
            changes.append(Change(.remove(.link(old)), in: item.place))
            removedLinks.append(LinkState.Peer(item.place, link.name))
            if let peer = link.peer { removedLinks.append(peer) }
        }
        for item in removable.items {
            if case .link = item.object { continue }
            guard let old = found[item.object.key, in: item.place], item.object.isSatisfied(by: old) else {
                continue
            }
            changes.append(Change(.remove(old), in: item.place))
        }
        return changes.sortedByPhase()
    }
}

extension [Change] {
    /// Stable: steps of one phase keep their order.
    fileprivate func sortedByPhase() -> [Change] {
        let phases = map(\.phase)
        return indices.sorted { (phases[$0], $0) < (phases[$1], $1) }.map { self[$0] }
    }
}
