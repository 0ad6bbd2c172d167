// SPDX-License-Identifier: Apache-2.0

internal import VXLANOverlay

/// The leases that a store has, by the names of its entries, in the order of the names.
///
/// One entry that changes is one lease that is read, whatever their number.
struct LeaseTable {
    private var names: [String] = []
    private var entries: [LeaseReading] = []
    /// Whether the names are those of nodes.
    let namesAreNodes: Bool

    init(namesAreNodes: Bool = false) { self.namesAreNodes = namesAreNodes }

    /// Sets an entry; nil removes it.
    ///
    /// - Returns: Whether anything is other than before.
    @discardableResult
    mutating func set(_ name: String, _ entry: LeaseReading?) -> Bool {
        let place = place(of: name)
        let isThere = place < names.count && names[place] == name
        switch (isThere, entry) {
        case (false, nil): return false
        case (true, nil):
            names.remove(at: place)
            entries.remove(at: place)
        case (false, let entry?):
            names.insert(name, at: place)
            entries.insert(entry, at: place)
        case (true, let entry?):
            if entries[place] == entry { return false }
            entries[place] = entry
        }
        return true
    }

    /// The entry of a name.
    subscript(name: String) -> LeaseReading? {
        let place = place(of: name)
        return place < names.count && names[place] == name ? entries[place] : nil
    }

    /// The leases of which all could be read.
    var complete: [Lease] { entries.compactMap { $0.isComplete ? $0.lease : nil } }

    /// The names of entries of which something could not be read.
    var incompleteNames: [String] {
        zip(names, entries).compactMap { $1.isComplete ? nil : $0 }
    }

    /// All of it.
    var known: KnownLeases {
        var known = KnownLeases([])
        for (name, entry) in zip(names, entries) {
            if let lease = entry.lease {
                known.leases.append(lease)
                if namesAreNodes { known.nodes.append(name) }
            }
            known.unreadable += entry.mistakes.map { .init(name: name, reason: $0) }
        }
        return known
    }

    private func place(of name: String) -> Int {
        var low = 0
        var high = names.count
        while low < high {
            let middle = (low + high) / 2
            if names[middle] < name { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
