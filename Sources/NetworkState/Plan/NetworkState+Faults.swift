// SPDX-License-Identifier: Apache-2.0

internal import Netlink

extension NetworkState {
    /// What is not as described, in words for people; empty if all is well.
    ///
    /// Later plugins of a chain may do what they are for: a route of the container's may be in another table than it was
    /// put into (sbr), or be one way of several.
    public func faults(in found: ObservedState) -> [String] {
        var faults: [String] = []
        var missing: [LinkState.Peer] = []
        for change in changes(from: found) {
            let place = change.place.rawValue
            switch change.action {
            case .create(.link(let link)):
                missing.append(LinkState.Peer(change.place, link.name))
                faults.append("missing: \(place): \(Object.link(link))")
            case .create(let object):
                if let link = object.link, missing.contains(LinkState.Peer(change.place, link)) { continue }
                if !isMoved(object, in: change.place, found) { faults.append("missing: \(place): \(object)") }
            case .move(_, let link, let target):
                missing.append(LinkState.Peer(target, link.name))
                faults.append("missing: \(target.rawValue): \(Object.link(link))")
            case .modify(.link(let link), _):
                if missing.contains(LinkState.Peer(change.place, link.name)) { continue }
                faults.append("differs: \(change)")
            // Others' rules that come first may be about other packets; an ADD and a repair put ours in front of them.
            case .modify(.firewall(.guestRule), .firewall(.guestRule(let old))) where old.standing == .behind:
                continue
            case .modify: faults.append("differs: \(change)")
            case .remove(let object): faults.append("in the way: \(place): \(object)")
            case .removeRule, .announce, .keep: continue
            }
        }
        return faults + pairFaults(in: found) + parentFaults(in: found)
    }

    /// Whether a route is there in another table.
    private func isMoved(_ object: Object, in place: Place, _ found: ObservedState) -> Bool {
        guard place == .container, case .route(let wanted, let link) = object else { return false }
        return found.all(in: place).contains { other in
            guard case .route(let route, let otherLink) = other else { return false }
            return route.destination == wanted.destination && route.gateway == wanted.gateway
                && otherLink == link
        }
    }

    /// A link has to rest on the one that it was made on, where that is described, too.
    private func parentFaults(in found: ObservedState) -> [String] {
        items.compactMap { item in
            guard item.lifetime == .attachment, case .link(let link) = item.object, let parent = link.parent,
                let identity = found.link(link.name, in: item.place)?.identity,
                let lower = found.link(parent.name, in: parent.place)?.identity
            else { return nil }
            let isThere =
                identity.peer == lower.index
                && identity.isPeerElsewhere == (parent.place != item.place)
            return isThere ? nil : "link \(link.name) rests on another link than \(parent.name)"
        }
    }

    /// The two ends of a pair have to belong together, and to be the attachment's.
    private func pairFaults(in found: ObservedState) -> [String] {
        var faults: [String] = []
        for item in items where item.place == .host && item.lifetime == .attachment {
            guard case .link(let link) = item.object, let old = found.link(link.name, in: .host) else {
                continue
            }
            if let mark = link.alias, let alias = old.alias, !alias.isEmpty, alias != mark {
                faults.append("link \(link.name) belongs to \(alias)")
            }
            guard let peer = link.peer, peer.place == .container,
                let other = found.link(peer.name, in: .container),
                let one = old.identity, let two = other.identity
            else { continue }
            if one.peer != two.index || two.peer != one.index {
                faults.append("link \(peer.name) in the container is not the other end of \(link.name)")
            }
        }
        return faults
    }
}
