// SPDX-License-Identifier: Apache-2.0

/// Objects that are found again by their keys, in the order in which they came.
///
/// A hash table with linear probing. Not a dictionary, since the runtime would have to make its type and look for the
/// key's conformance among all those of the executable, which is a tenth of what a plugin does besides the kernel.
struct KeyedObjects: Sendable {
    /// The objects.
    private(set) var all: [Object] = []
    /// For each place of the table the number of the object there, counted from one; 0 for a free place.
    ///
    /// Its length is a power of two, and more than half of the places are free.
    private var slots: [Int] = []

    /// The object with that key.
    subscript(key: Object.Key) -> Object? {
        guard let slot = slot(of: key), slots[slot] > 0 else { return nil }
        return all[slots[slot] - 1]
    }

    /// Adds an object, or puts it in place of the one with its key.
    mutating func insert(_ object: Object) {
        if slots.count < 2 * (all.count + 1) { grow() }
        guard let slot = slot(of: object.key) else { return }
        if slots[slot] > 0 {
            all[slots[slot] - 1] = object
        } else {
            all.append(object)
            slots[slot] = all.count
        }
    }

    /// The place of a key, or the free one where it belongs; nil for a table without any.
    private func slot(of key: Object.Key) -> Int? {
        if slots.isEmpty { return nil }
        var slot = key.hashValue & (slots.count - 1)
        while slots[slot] > 0, all[slots[slot] - 1].key != key { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }

    private mutating func grow() {
        slots = [Int](repeating: 0, count: max(64, 2 * slots.count))
        for (index, object) in all.enumerated() {
            if let slot = slot(of: object.key) { slots[slot] = index + 1 }
        }
    }
}
