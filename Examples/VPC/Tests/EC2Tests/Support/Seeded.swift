// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Numbers by chance that come again with the same TEST_SEED, which every failure names (splitmix64).
struct Seeded: RandomNumberGenerator {
    static let seed: UInt64 =
        getenv("TEST_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0 ... .max)

    private var state = Self.seed

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// A text of any characters, among them those that encodings stumble over.
    mutating func text(upTo length: Int) -> String {
        let special: [Unicode.Scalar] = [
            "%", "&", "=", "+", " ", "/", "~", "\n", "<", ">", "\"", "é", "€", "🦆", "\u{301}",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0...length, using: &self) {
            if Bool.random(using: &self), let scalar = special.randomElement(using: &self) {
                text.unicodeScalars.append(scalar)
            } else if let scalar = Unicode.Scalar(UInt32.random(in: 1...0x2_ffff, using: &self)) {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
