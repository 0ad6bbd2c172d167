// SPDX-License-Identifier: Apache-2.0

import Addressing

/// The model's random numbers (SplitMix64): the same seed and calls give the same identifiers and addresses.
public struct Randomness: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Numbers that follow from a seed.
    public init(seed: UInt64) { state = seed }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    /// A resource's identifier, such as `eni-0a1b2c3d4e5f60718`: the prefix and 17 hexadecimal digits, the first a zero.
    package mutating func identifier(_ prefix: String) -> String { "\(prefix)-0\(hexadecimal(16))" }

    /// An upper bound of 16 random digits in lower-case hexadecimal.
    package mutating func hexadecimal(_ digits: Int) -> String {
        let text = String(next(), radix: 16)
        return String((String(repeating: "0", count: max(0, 16 - text.count)) + text).suffix(digits))
    }

    /// The request identifier of an answer, in the form of a UUID.
    package mutating func requestID() -> String {
        let text = hexadecimal(16) + hexadecimal(16)
        var groups: [Substring] = []
        var rest = text[...]
        for length in [8, 4, 4, 4, 12] {
            groups.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return groups.joined(separator: "-")
    }

    /// A MAC address of a network interface: locally administered, and `0e` in front as many of EC2's.
    mutating func macAddress() -> MACAddress { MACAddress(bits: 0x0e << 40 | next() & 0xff_ffff_ffff) }
}
