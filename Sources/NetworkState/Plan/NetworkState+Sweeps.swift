// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

extension NetworkState {
    /// The removals of links that have to be made anew to become as described.
    func replacedLinks(in found: ObservedState) -> [Change] {
        var changes: [Change] = []
        for item in items where item.isPresent {
            guard case .link(let link) = item.object, let kind = link.kind,
                let old = found.link(link.name, in: item.place), kind.needsNewLink(insteadOf: old.kind)
            else { continue }
            changes.append(Change(.remove(.link(old)), in: item.place, lifetime: item.lifetime))
        }
        return changes
    }

    /// The removals of what is ours and not described.
    func sweepings(from found: ObservedState) -> [Change] {
        if sweeps.isEmpty { return [] }
        var changes: [Change] = []
        for place in Place.allCases {
            let ours = sweeps.filter { $0.place == place }
            if ours.isEmpty { continue }
            var described = KeyedObjects()
            // Excluded objects count: their removal is a step already.
            for item in items where item.place == place { described.insert(item.object) }
            let claims = routeClaims(in: place)
            for object in found.all(in: place) where described[object.key] == nil {
                if let swept = ours.first(where: { $0.sweep.covers(object) }) {
                    changes.append(Change(.remove(object), in: place, lifetime: swept.lifetime))
                } else if claims.areRivalled(by: object) {
                    changes.append(Change(.remove(object), in: place))
                }
            }
        }
        return changes
    }

    /// The described routes in tables in which some are ours as a whole.
    func routeClaims(in place: Place) -> RouteClaims {
        var claims = RouteClaims()
        for case .routes(let family, _, let table) in sweeps.filter({ $0.place == place }).map(\.sweep) {
            for item in items where item.place == place && item.isPresent {
                guard case .route(let route, _) = item.object, route.table == table,
                    route.destination.family == family
                else { continue }
                claims.insert(route)
            }
        }
        return claims
    }
}

/// The destinations that described routes lead to, and how much the kernel prefers those.
struct RouteClaims {
    private struct Destination: Hashable {
        let prefix: IPPrefix
        let table: UInt32
    }

    private var metrics: [Destination: UInt32] = [:]

    mutating func insert(_ route: Route) {
        metrics[Destination(prefix: route.destination, table: route.table)] = route.metric
    }

    /// Whether a route leads to a destination of these and would be taken in their place, or beside them.
    func areRivalled(by object: Object) -> Bool {
        guard case .route(let route, _) = object,
            let metric = metrics[Destination(prefix: route.destination, table: route.table)]
        else { return false }
        return route.metric <= metric
    }
}

extension Route {
    /// What the kernel takes for no priority: 0 in IPv4, IP6_RT_PRIO_USER in IPv6.
    fileprivate var metric: UInt32 { priority ?? (destination.family == .v4 ? 0 : 1024) }
}

extension Object {
    /// Whether an object that should not be there may go: a link that is marked goes only with the same mark.
    func mayRemove(_ found: Object) -> Bool {
        guard case .link(let link) = self, case .link(let found) = found, let mark = link.mark else {
            return true
        }
        return found.mark == mark
    }
}
