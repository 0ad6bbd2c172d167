// SPDX-License-Identifier: Apache-2.0

internal import VXLANOverlay

/// The leases that a store has, by the names of its entries, in the order of the names.
///
/// One entry that changes is one lease that is read, whatever their number.
struct LeaseTable {
    /// What an entry says.
    enum Entry: Hashable {
        case lease(Lease)
        /// Why it cannot be read.
        case unreadable(String)
    }

    private var names: [String] = []
    private var entries: [Entry] = []

    /// Sets an entry; nil removes it.
    ///
    /// - Returns: Whether anything is other than before.
    @discardableResult
    mutating func set(_ name: String, _ entry: Entry?) -> Bool {
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
    subscript(name: String) -> Entry? {
        let place = place(of: name)
        return place < names.count && names[place] == name ? entries[place] : nil
    }

    /// All that could be read.
    var leases: [Lease] {
        entries.compactMap { if case .lease(let lease) = $0 { lease } else { nil } }
    }

    /// The names of what could not be read, with the reasons.
    var unreadable: [(name: String, reason: String)] {
        zip(names, entries).compactMap { name, entry in
            if case .unreadable(let reason) = entry { (name, reason) } else { nil }
        }
    }

    /// What there is to tell.
    var event: LeaseEvent {
        .leases(leases, unreadable: unreadable.map { "\($0.name): \($0.reason)" })
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
