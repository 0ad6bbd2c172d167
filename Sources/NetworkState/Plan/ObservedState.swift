// SPDX-License-Identifier: Apache-2.0

internal import Netlink

/// What the kernel has of the objects that a description names.
public struct ObservedState: Sendable {
    private var host: [Object.Key: Object] = [:]
    private var container: [Object.Key: Object] = [:]

    /// Creates an empty state: nothing is there.
    public init() {}

    /// Notes an object that was found.
    public mutating func insert(_ object: Object, in place: Place) {
        self[object.key, in: place] = object
    }

    /// Forgets an object.
    public mutating func remove(_ key: Object.Key, in place: Place) {
        self[key, in: place] = nil
    }

    /// The object with that key, if it is there.
    public private(set) subscript(key: Object.Key, in place: Place) -> Object? {
        get { place == .host ? host[key] : container[key] }
        set {
            switch place {
            case .host: host[key] = newValue
            case .container: container[key] = newValue
            }
        }
    }

    /// The link of that name, if it is there.
    public func link(_ name: String, in place: Place) -> LinkState? {
        guard case .link(let link) = self[.link(name), in: place] else { return nil }
        return link
    }

    /// The objects of a namespace, in no order.
    public func all(in place: Place) -> [Object] { Array(place == .host ? host.values : container.values) }
}
