// SPDX-License-Identifier: Apache-2.0

internal import Netlink

extension NetworkState {
    /// The steps that rename the displaced links, which come before all others.
    ///
    /// Before Linux 6.2 a link is renamed only while it is down (dev_change_name()), and one that goes down loses its
    /// routes: they are taken off before, and put back afterwards. So each step knows its inverse.
    func displacing(in found: ObservedState) -> [Change] {
        var changes: [Change] = []
        for displacement in displacements {
            let (link, place) = (displacement.link, displacement.place)
            guard found.link(link.name, in: place)?.alias == link.alias else { continue }
            func step(_ action: Change.Action) { changes.append(Change(action, in: place)) }
            guard let name = displacement.name else {
                for rule in displacement.rules { step(.remove(.rule(rule))) }
                step(.remove(.link(link)))
                continue
            }
            let routes = found.all(in: place).compactMap { object -> Route? in
                guard case .route(let route, link.name) = object, route.protocol != RoutingProtocol.kernel
                else {
                    return nil
                }
                return route
            }
            for route in routes { step(.remove(.route(route, link: link.name))) }
            let isUp = link.attributes.isUp == true
            if isUp {
                step(.modify(.link(.init(link.name, isUp: false)), from: .link(.init(link.name, isUp: true))))
            }
            step(.move(LinkState(link.name), as: LinkState(name), to: place))
            if isUp { step(.modify(.link(.init(name, isUp: true)), from: .link(.init(name, isUp: false)))) }
            for route in routes { step(.create(.route(route, link: name))) }
        }
        return changes
    }

    /// What is there once the displaced links have other names.
    func withoutDisplaced(_ found: ObservedState) -> ObservedState {
        if displacements.isEmpty { return found }
        return found.without(displacements.map { LinkState.Peer($0.place, $0.link.name) })
    }

    /// Whether a step is about a link that makes room, and so none of the attachment's own to take back.
    func isDisplacement(_ change: Change) -> Bool {
        displacements.contains { displacement in
            guard displacement.place == change.place else { return false }
            switch change.action {
            case .modify(.link(let link), _):
                return link.name == displacement.name
                    || link.name == displacement.link.name && link.attributes.isUp == false
            case .create(.route(_, let link)): return link == displacement.name
            default: return false
            }
        }
    }
}

extension LinkState {
    fileprivate init(_ name: String, isUp: Bool) {
        self.init(name, nil, LinkAttributes(isUp: isUp))
    }
}
