// SPDX-License-Identifier: Apache-2.0

/// A 48-bit link-layer address (EUI-48).
public struct MACAddress: Hashable, Sendable {
    /// The address as a number below 2^48.
    public let bits: UInt64

    /// Creates an address from its number; bits past 48 are dropped.
    public init(bits: UInt64) {
        self.bits = bits & 0xffff_ffff_ffff
    }

    /// Creates an address from its 6 bytes in transmission order, or returns nil for another count.
    @inlinable public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 6 else { return nil }
        var value: UInt64 = 0
        for byte in bytes { value = value << 8 | UInt64(byte) }
        bits = value
    }

    /// The 6 bytes in transmission order.
    public var bytes: [UInt8] {
        stride(from: 40, through: 0, by: -8).map { UInt8(truncatingIfNeeded: bits >> $0) }
    }

    /// Whether this is a group address, which no interface can have as its own.
    public var isMulticast: Bool { bits >> 40 & 1 == 1 }

    /// A random unicast address of the locally administered kind (IEEE 802-2014 section 8.4).
    public static func random(using generator: inout some RandomNumberGenerator) -> MACAddress {
        let random = UInt64.random(in: 0...0xffff_ffff_ffff, using: &generator)
        return MACAddress(bits: random & ~(1 << 40) | 1 << 41)
    }
}

extension MACAddress: LosslessStringConvertible {
    /// Parses six two-digit hexadecimal groups with colons or hyphens between them, or three groups of four digits with
    /// dots, as Go's net.ParseMAC does.
    public init?(_ text: String) {
        var characters = Array(text.utf8)
        if characters.count == 14, characters[4] == UInt8(ascii: "."), characters[9] == UInt8(ascii: ".") {
            let digits = characters.filter { $0 != UInt8(ascii: ".") }
            guard digits.count == 12 else { return nil }
            characters = []
            for (index, digit) in digits.enumerated() {
                if index > 0, index % 2 == 0 { characters.append(UInt8(ascii: ":")) }
                characters.append(digit)
            }
        }
        guard characters.count == 17, characters[2] == UInt8(ascii: ":") || characters[2] == UInt8(ascii: "-")
        else { return nil }
        var value: UInt64 = 0
        for (index, character) in characters.enumerated() {
            if index % 3 == 2 {
                guard character == characters[2] else { return nil }
            } else {
                guard let digit = hexadecimalDigit(character) else { return nil }
                value = value << 4 | UInt64(digit)
            }
        }
        bits = value
    }

    /// `02:00:5e:10:00:01`, in lower case.
    public var description: String {
        let digits: StaticString = "0123456789abcdef"
        var text = ""
        for shift in stride(from: 44, through: 0, by: -4) {
            let digit = digits.utf8Start[Int(truncatingIfNeeded: bits >> shift & 15)]
            text.unicodeScalars.append(Unicode.Scalar(digit))
            if shift % 8 == 0, shift > 0 { text += ":" }
        }
        return text
    }
}
