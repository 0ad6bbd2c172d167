// SPDX-License-Identifier: Apache-2.0

package import CNITypes

/// Ranges of one family, out of which an attachment gets one address.
package struct RangeSet: Hashable, Sendable, CustomStringConvertible {
    package let ranges: [AllocationRange]
    package let family: IPAddress.Family
    /// The addresses never to give out.
    package var reserved: [IPAddress]

    /// Checks that ranges fit together; `place` is the set's in the configuration.
    package init(_ ranges: [AllocationRange], at place: @autoclosure () -> JSONPath) throws(CNIError) {
        guard let first = ranges.first else {
            throw CNIError(.invalidConfiguration, at: place(), "empty range set")
        }
        for (index, range) in ranges.enumerated() {
            guard range.subnet.family == first.subnet.family else {
                throw CNIError(
                    .invalidConfiguration, at: place().element(index), "mixed address families")
            }
            if let other = ranges[..<index].firstIndex(where: { $0.addresses.overlaps(range.addresses) }) {
                throw CNIError(
                    .invalidConfiguration, at: place().element(index),
                    "\(range.addresses) overlaps with \(ranges[other].addresses) of [\(other)]"
                )
            }
        }
        self.ranges = ranges
        family = first.subnet.family
        reserved = ranges.flatMap(\.reserved)
    }

    /// The range that an address is in.
    package func range(of address: IPAddress) -> AllocationRange? {
        ranges.first { $0.addresses.contains(address) }
    }

    package func overlaps(_ other: RangeSet) -> Bool {
        ranges.contains { range in other.ranges.contains { $0.addresses.overlaps(range.addresses) } }
    }

    /// `10.1.0.1-10.1.0.254,10.2.0.1-10.2.0.254`.
    package var description: String {
        ranges.map(\.addresses.description).joined(separator: ",")
    }

    /// All addresses to give out, each once: from the one after `last` round to `last`.
    ///
    /// If `last` is in no range, because there was none or the configuration changed, from the start.
    package func candidates(after last: IPAddress?) -> Candidates {
        var stretches = ranges.map(\.addresses)
        if let last, let index = stretches.firstIndex(where: { $0.contains(last) }) {
            let split = stretches[index]
            let after = last.advanced(by: 1).flatMap { IPRange($0, split.last) }
            let before = IPRange(split.first, last)
            stretches =
                [after].compactMap(\.self) + stretches[(index + 1)...] + stretches[..<index]
                + [before].compactMap(\.self)
        }
        return Candidates(upcoming: stretches[...], reserved: reserved)
    }

    /// The addresses of a range set in the order of a round robin.
    package struct Candidates: Sequence, IteratorProtocol {
        private var current: IPRange?
        private var upcoming: ArraySlice<IPRange>
        private let reserved: [IPAddress]

        fileprivate init(upcoming: ArraySlice<IPRange>, reserved: [IPAddress]) {
            self.upcoming = upcoming
            self.reserved = reserved
        }

        package mutating func next() -> IPAddress? {
            while let stretch = current ?? upcoming.popFirst() {
                current = stretch.first.advanced(by: 1).flatMap { IPRange($0, stretch.last) }
                if !reserved.contains(stretch.first) { return stretch.first }
            }
            return nil
        }
    }
}
