// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Numbers by chance that come again with the same TEST_SEED, which every failure names (splitmix64).
struct Seeded: RandomNumberGenerator {
    static let seed: UInt64 = {
        let seed =
            getenv("TEST_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0 ... .max)
        print("TEST_SEED=\(seed)")
        return seed
    }()

    private var state: UInt64

    init(_ stream: Int = 0) { state = Self.seed &+ UInt64(stream) &* 0xd134_2543_de82_ef95 }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// True once in `count` times.
    mutating func once(in count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }
}
