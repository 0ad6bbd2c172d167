// SPDX-License-Identifier: Apache-2.0

/// An IPv4 or IPv6 address, without a zone.
public struct IPAddress: Hashable, Sendable {
    /// The address family.
    public enum Family: UInt8, Hashable, Sendable, CaseIterable {
        /// IPv4.
        case v4 = 4
        /// IPv6.
        case v6 = 6

        /// The number of bits in an address: 32 or 128.
        public var bitWidth: Int { self == .v4 ? 32 : 128 }

        /// The number that has every address bit set.
        package var mask: UInt128 { self == .v4 ? UInt128(UInt32.max) : .max }
    }

    /// The family.
    public let family: Family
    /// The address as a number in host byte order; an IPv4 address is below 2^32.
    public let bits: UInt128

    /// Creates an address from its number; bits past the family's width are dropped.
    public init(_ family: Family, bits: UInt128) {
        self.family = family
        self.bits = bits & family.mask
    }

    /// Creates an address from its 4 or 16 bytes in network byte order, or returns nil for another count.
    @inlinable public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        var value: UInt128 = 0
        for byte in bytes { value = value << 8 | UInt128(byte) }
        self.init(bytes.count == 4 ? .v4 : .v6, bits: value)
    }

    /// The 4 or 16 bytes in network byte order.
    public var bytes: [UInt8] {
        stride(from: family.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: bits >> $0) }
    }

    /// `0.0.0.0` or `::`.
    public static func unspecified(_ family: Family) -> IPAddress { IPAddress(family, bits: 0) }

    /// Whether this is `0.0.0.0` or `::`.
    public var isUnspecified: Bool { bits == 0 }

    /// Whether this is in 224.0.0.0/4 or ff00::/8.
    public var isMulticast: Bool { family == .v4 ? bits >> 28 == 0xe : bits >> 120 == 0xff }

    /// Whether this is in 127.0.0.0/8 or is `::1`.
    public var isLoopback: Bool { family == .v4 ? bits >> 24 == 127 : bits == 1 }

    /// Whether this is in 169.254.0.0/16 or fe80::/10.
    public var isLinkLocal: Bool { family == .v4 ? bits >> 16 == 0xa9fe : bits >> 118 == 0x3fa }

    /// The address `distance` further on, or nil past either end of the address space.
    public func advanced(by distance: Int) -> IPAddress? {
        let (sum, overflow) =
            distance < 0
            ? bits.subtractingReportingOverflow(UInt128(distance.magnitude))
            : bits.addingReportingOverflow(UInt128(distance))
        return overflow || sum > family.mask ? nil : IPAddress(family, bits: sum)
    }
}

extension IPAddress: Comparable {
    /// IPv4 before IPv6, then by number.
    public static func < (left: IPAddress, right: IPAddress) -> Bool {
        (left.family.rawValue, left.bits) < (right.family.rawValue, right.bits)
    }
}
