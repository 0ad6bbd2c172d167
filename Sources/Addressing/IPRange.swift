// SPDX-License-Identifier: Apache-2.0

/// The addresses from one to another of the same family, both included.
public struct IPRange: Hashable, Sendable {
    /// The lowest address.
    public let first: IPAddress
    /// The highest address.
    public let last: IPAddress

    /// Creates a range, or returns nil if the families differ or `last` is below `first`.
    public init?(_ first: IPAddress, _ last: IPAddress) {
        guard first.family == last.family, first <= last else { return nil }
        self.init(unchecked: first, last)
    }

    init(unchecked first: IPAddress, _ last: IPAddress) {
        self.first = first
        self.last = last
    }

    /// The family.
    public var family: IPAddress.Family { first.family }

    /// The number of addresses; `UInt128.max` for all of IPv6, which has one more than fits.
    public var count: UInt128 {
        let (count, overflow) = (last.bits - first.bits).addingReportingOverflow(1)
        return overflow ? .max : count
    }

    /// Whether an address is in the range.
    public func contains(_ address: IPAddress) -> Bool {
        address.family == family && first <= address && address <= last
    }

    /// Whether another range is within this one.
    public func contains(_ other: IPRange) -> Bool { contains(other.first) && contains(other.last) }

    /// Whether the two ranges share an address.
    public func overlaps(_ other: IPRange) -> Bool {
        family == other.family && first <= other.last && other.first <= last
    }

    /// The shared addresses, or nil if there are none.
    public func intersection(_ other: IPRange) -> IPRange? {
        overlaps(other) ? IPRange(unchecked: max(first, other.first), min(last, other.last)) : nil
    }

    /// What is left without another range: none, one or two ranges.
    public func subtracting(_ other: IPRange) -> [IPRange] {
        guard overlaps(other) else { return [self] }
        var rest: [IPRange] = []
        if first < other.first, let before = other.first.advanced(by: -1) {
            rest.append(IPRange(unchecked: first, before))
        }
        if other.last < last, let after = other.last.advanced(by: 1) {
            rest.append(IPRange(unchecked: after, last))
        }
        return rest
    }
}

extension IPRange: CustomStringConvertible {
    /// `10.1.0.2-10.1.0.254`.
    public var description: String { "\(first)-\(last)" }
}
