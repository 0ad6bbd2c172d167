// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

extension NetworkState {
    /// The steps from what was found to what is described, in the order in which the kernel can take them.
    ///
    /// A pure function; no step means that everything is as described. Each step knows its inverse.
    public func changes(from observed: ObservedState) -> [Change] {
        let displacing = displacing(in: observed)
        let observed = withoutDisplaced(observed)
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
        changes += assertions(after: changes, found)
        changes += crossings(with: changes, found)
        return displacing + (leftovers + changes).sortedByPhase()
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
        case (.firewall(.element(let element, let set)), .firewall(.element(let old, _))):
            if item.object.isSatisfied(by: .firewall(.element(old, in: set))) { return [] }
            // Owners that leave no room are dead ones: a living one's claim is refused before.
            let joined = element.joined(by: old)
            let new = element.data == old.data && joined.isStorable ? joined : element
            return [step(.modify(.firewall(.element(new, in: set)), from: .firewall(.element(old, in: set))))]
        case (.firewall(.guestRule), .firewall(.guestRule(let old))) where old.standing == .missing:
            return [step(.create(item.object))]
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
        if let loan = link.loan { return borrowing(of: link, from: loan, in: item, found) }
        if let parent = link.parent, parent.place != item.place { return creation(of: link, elsewhere: item) }
        var later = LinkState(link.name)
        guard let peer = link.peer else {
            var made = link.asMade()
            guard item.place == .container, made.attributes.isUp == true else {
                return [step(.create(.link(made)))]
            }
            // As with a pair: settings count from the moment it comes up.
            (made.attributes.isUp, later.attributes.isUp) = (nil, true)
            return [
                step(.create(.link(made))), step(.modify(.link(later), from: .link(LinkState(link.name)))),
            ]
        }
        let whole = link.madeWith
        if isFirst(peer, of: LinkState.Peer(item.place, link.name)) {
            // The creation has given it its MAC address, its MTU and its queue's length, and nothing else.
            later.attributes = whole
            later.attributes.mac = nil
            later.attributes.mtu = nil
            later.attributes.transmitQueueLength = nil
            later.attributes.alias = link.alias
            later.master = link.master
            later.port = link.port
            let isCreatedByPeer = found.link(peer.name, in: peer.place) == nil
            var steps: [Change] = []
            if !isCreatedByPeer { steps.append(step(.create(.link(link.asMade())))) }
            if later != LinkState(link.name) {
                steps.append(step(.modify(.link(later), from: .link(LinkState(link.name)))))
            }
            return steps
        }
        later.peer = peer
        later.attributes.isUp = whole.isUp
        later.port = link.port
        let pair = link.asMade(with: self.link(peer.name, in: peer.place)?.madeWith ?? LinkAttributes())
        // The other end comes up first: then the bridge opens the port at once (NETDEV_UP in br_device_event()).
        return [step(.create(.link(pair))), step(.modify(.link(later), from: .link(LinkState(link.name))))]
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
            guard let link = link(name, in: .container), link.isAnnounced,
                link.madeWith.announcesIPv4 == true,
                link.madeWith.isUp == true, let mac = link.madeWith.mac
            else { return nil }
            return Change(.announce(name, mac), in: .container)
        }
    }

    /// A bridge that gets a gateway's address keeps its MAC address, which containers remember with that.
    private func assertions(after changes: [Change], _ found: ObservedState) -> [Change] {
        var steps: [Change] = []
        for item in items where item.isPresent {
            guard case .link(let link) = item.object, link.keepsMAC,
                let mac = found.link(link.name, in: item.place)?.attributes.mac
            else { continue }
            let isAddressed = changes.contains { change in
                if case .create(.address(_, link.name)) = change.action {
                    change.place == item.place
                } else {
                    false
                }
            }
            if isAddressed { steps.append(Change(.keep(link.name, mac), in: item.place, lifetime: .network)) }
        }
        return steps
    }
}

extension LinkState {
    /// The link as it is created: with all that it is made with, and for a pair with what the other end is made with.
    fileprivate func asMade(with other: LinkAttributes? = nil) -> LinkState {
        var link = self
        link.attributes = madeWith
        link.initial = LinkAttributes()
        link.kind = initialKind ?? kind
        link.initialKind = nil
        if let other, let peer {
            link.kind = .veth(Veth(peer: Veth.Peer(name: peer.name, attributes: other)))
        }
        return link
    }
}

extension [Change] {
    /// Stable: steps of one phase keep their order.
    func sortedByPhase() -> [Change] {
        let phases = map(\.phase)
        return indices.sorted { (phases[$0], $0) < (phases[$1], $1) }.map { self[$0] }
    }
}
