// SPDX-License-Identifier: Apache-2.0

internal import Netlink

/// What the kernel has of the objects that a description names.
public struct ObservedState: Sendable {
    private var objects: [Place: [Object.Key: Object]] = [:]

    /// Creates an empty state: nothing is there.
    public init() {}

    /// Notes an object that was found.
    public mutating func insert(_ object: Object, in place: Place) {
        objects[place, default: [:]][object.key] = object
    }

    /// Forgets an object.
    public mutating func remove(_ key: Object.Key, in place: Place) {
        objects[place]?[key] = nil
    }

    /// The object with that key, if it is there.
    public subscript(key: Object.Key, in place: Place) -> Object? { objects[place]?[key] }

    /// The link of that name, if it is there.
    public func link(_ name: String, in place: Place) -> LinkState? {
        guard case .link(let link) = self[.link(name), in: place] else { return nil }
        return link
    }

    /// The objects of a namespace, in no order.
    public func all(in place: Place) -> [Object] { Array((objects[place] ?? [:]).values) }
}
