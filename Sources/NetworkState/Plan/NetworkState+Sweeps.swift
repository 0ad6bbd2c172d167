// SPDX-License-Identifier: Apache-2.0

internal import Netlink

extension NetworkState {
    /// The removals of links that must be re-created to become as described.
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
            for object in found.all(in: place) where described[object.key] == nil {
                guard let swept = ours.first(where: { $0.sweep.covers(object) }) else { continue }
                changes.append(Change(.remove(object), in: place, lifetime: swept.lifetime))
            }
        }
        return changes
    }
}

extension Object {
    /// Whether an object that should not be there may go: a link that is marked goes only with the same mark.
    func mayRemove(_ found: Object) -> Bool {
        guard case .link(let link) = self, case .link(let found) = found, let mark = link.alias else {
            return true
        }
        return found.alias == mark
    }
}
