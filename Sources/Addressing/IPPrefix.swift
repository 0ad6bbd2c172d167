// SPDX-License-Identifier: Apache-2.0

/// An address with a prefix length, as on an interface (`10.1.0.5/24`) or as a network (`10.1.0.0/24`).
///
/// Host bits are kept; ``network`` clears them.
public struct IPPrefix: Hashable, Sendable {
    /// The address, with its host bits.
    public let address: IPAddress
    /// The prefix length in bits, 0 to the family's width.
    public let length: Int

    /// Creates a prefix, or returns nil for a length that the family does not have.
    public init?(_ address: IPAddress, length: Int) {
        guard 0...address.family.bitWidth ~= length else { return nil }
        self.address = address
        self.length = length
    }

    private init(unchecked address: IPAddress, length: Int) {
        self.address = address
        self.length = length
    }

    /// The prefix of this one address: /32 or /128.
    public init(host address: IPAddress) {
        self.init(unchecked: address, length: address.family.bitWidth)
    }

    /// The default route's destination, `0.0.0.0/0` or `::/0`.
    public static func everything(_ family: IPAddress.Family) -> IPPrefix {
        IPPrefix(unchecked: .unspecified(family), length: 0)
    }

    /// The family.
    public var family: IPAddress.Family { address.family }

    /// Whether no host bit is set.
    public var isNetwork: Bool { address.bits & hostMask == 0 }

    /// The same prefix without its host bits.
    public var network: IPPrefix { IPPrefix(unchecked: first, length: length) }

    /// The lowest address, the network's own.
    public var first: IPAddress { IPAddress(family, bits: address.bits & ~hostMask) }

    /// The highest address, in IPv4 the broadcast address.
    public var last: IPAddress { IPAddress(family, bits: address.bits | hostMask) }

    /// All addresses, from ``first`` to ``last``.
    public var range: IPRange { IPRange(unchecked: first, last) }

    /// Whether an address is in the network.
    public func contains(_ other: IPAddress) -> Bool {
        other.family == family && other.bits & ~hostMask == first.bits
    }

    /// Whether a network is within this one.
    public func contains(_ other: IPPrefix) -> Bool { other.length >= length && contains(other.address) }

    /// Whether the two networks share an address.
    public func overlaps(_ other: IPPrefix) -> Bool { contains(other) || other.contains(self) }

    private var hostMask: UInt128 {
        length == family.bitWidth ? 0 : family.mask >> UInt128(length)
    }
}

extension IPPrefix: LosslessStringConvertible {
    /// Parses `address/length`, strictly: no sign, blank or leading zero in the length, which is required.
    public init?(_ text: String) {
        guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")),
            let address = IPAddress(String(text[..<slash])),
            let length = decimal(text[slash...].utf8.dropFirst(), below: address.family.bitWidth + 1)
        else { return nil }
        self.init(unchecked: address, length: length)
    }

    /// `10.1.0.5/24`.
    public var description: String { "\(address)/\(length)" }
}

extension IPPrefix: Comparable {
    /// By address, then the shorter prefix first.
    public static func < (left: IPPrefix, right: IPPrefix) -> Bool {
        (left.address, left.length) < (right.address, right.length)
    }
}
