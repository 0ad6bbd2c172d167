// SPDX-License-Identifier: Apache-2.0

extension NetworkState {
    /// Whether an object that changed, or went, conflicts with the description, so that there is something to do.
    ///
    /// For agents that ``NetworkMonitor`` notifies of changes: their own changes are reported, too, but conflict with
    /// nothing and need no look at everything else. Who made a change, and when it is reported, does not matter.
    ///
    /// No conflict says nothing of objects that no report was about. A route that is reported with another link than the
    /// described one, or without a link, counts as another route in its place.
    ///
    /// - Parameters:
    ///   - object: How the object is, or how it was before it went.
    ///   - isRemoved: Whether it is gone.
    ///   - place: The namespace it is in.
    public func conflicts(with object: Object, isRemoved: Bool, in place: Place) -> Bool {
        let key = object.key
        let described = items.filter { $0.place == place && $0.object.key == key }
        if described.isEmpty {
            if isRemoved { return false }
            return sweeps.contains { $0.place == place && $0.sweep.covers(object) }
        }
        return described.contains { item in
            if isRemoved { return item.isPresent }
            return item.isPresent ? !item.object.isSatisfied(by: object) : item.object.mayRemove(object)
        }
    }
}
