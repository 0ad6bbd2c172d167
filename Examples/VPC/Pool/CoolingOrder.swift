// SPDX-License-Identifier: Apache-2.0

internal import Addressing

/// Cooling addresses by the time at which they are due, so that nobody searches all of them.
struct CoolingOrder: Sendable {
    private var entries: [(until: Moment, address: IPAddress)] = []
    private var head = 0

    /// The earliest time at which one is due.
    var first: Moment? { head < entries.count ? entries[head].until : nil }

    /// Adds an address; nearly always at the end, as the period is the same for all.
    mutating func insert(_ address: IPAddress, until: Moment) {
        var index = entries.count
        while index > head, entries[index - 1].until > until { index -= 1 }
        entries.insert((until, address), at: index)
    }

    /// Takes out what is due.
    mutating func takeDue(at now: Moment) -> [IPAddress] {
        var due: [IPAddress] = []
        while head < entries.count, entries[head].until <= now {
            due.append(entries[head].address)
            head += 1
        }
        if head > 64, head * 2 > entries.count {
            entries.removeFirst(head)
            head = 0
        }
        return due
    }

    /// The addresses that are due, which stay.
    func due(at now: Moment) -> [IPAddress] { entries[head...].prefix { $0.until <= now }.map(\.address) }
}
