// SPDX-License-Identifier: Apache-2.0

extension NetworkState {
    /// Whether an object, as it is from now on or gone, goes against the description, so that there is something to do.
    ///
    /// For agents that are told of changes by ``NetworkMonitor``: what they have done themselves does not contradict
    /// what they have described, and needs no look at everything else. It does not matter who made a change, nor when it
    /// is told.
    ///
    /// That nothing is contradicted says nothing of objects that nobody told of. Of routes, what is told with another
    /// link than the described one, or without a link, counts as another route in the place of that one.
    ///
    /// - Parameters:
    ///   - object: How the object is, or how it was before it went.
    ///   - isRemoved: Whether it is gone.
    ///   - place: The namespace it is in.
    public func isContradicted(by object: Object, isRemoved: Bool, in place: Place) -> Bool {
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
