// SPDX-License-Identifier: Apache-2.0

internal import Netlink

/// What the kernel has of the objects that a description names.
public struct ObservedState: Sendable {
    private var host = KeyedObjects()
    private var container = KeyedObjects()

    /// Creates an empty state: nothing is there.
    public init() {}

    /// Notes an object that was found.
    public mutating func insert(_ object: Object, in place: Place) {
        switch place {
        case .host: host.insert(object)
        case .container: container.insert(object)
        }
    }

    /// The object with that key, if it is there.
    public subscript(key: Object.Key, in place: Place) -> Object? {
        place == .host ? host[key] : container[key]
    }

    /// The link of that name, if it is there.
    public func link(_ name: String, in place: Place) -> LinkState? {
        guard case .link(let link) = self[.link(name), in: place] else { return nil }
        return link
    }

    /// This without some links and what is on them.
    func without(_ links: [LinkState.Peer]) -> ObservedState {
        filter { object, place in
            let name = if case .link(let link) = object { link.name } else { object.link ?? "" }
            return !links.contains { $0.name == name && $0.place == place }
        }
    }

    /// The objects for which `isIncluded` holds.
    func filter(_ isIncluded: (Object, Place) -> Bool) -> ObservedState {
        var rest = ObservedState()
        for place in Place.allCases {
            for object in all(in: place) where isIncluded(object, place) { rest.insert(object, in: place) }
        }
        return rest
    }

    /// The objects of a namespace, in the order in which they were found.
    public func all(in place: Place) -> [Object] { place == .host ? host.all : container.all }
}
