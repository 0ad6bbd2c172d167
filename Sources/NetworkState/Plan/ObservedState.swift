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

    /// The objects of a namespace, in the order in which they were found.
    public func all(in place: Place) -> [Object] { place == .host ? host.all : container.all }
}
