// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// SplitMix64, which gives the same numbers for the same seed on every machine.
public struct Seeded: RandomNumberGenerator, Sendable {
    /// The environment's `TEST_SEED`, else a random one; it is printed.
    public static let seed: UInt64 = {
        let given = getenv("TEST_SEED").flatMap { UInt64(String(cString: $0)) }
        let seed = given ?? UInt64.random(in: 0...UInt64.max)
        print("TEST_SEED=\(seed)")
        return seed
    }()

    private var state: UInt64

    /// Starts at the seed, or for another stream of the same seed elsewhere.
    public init(_ stream: Int = 0) {
        state = Self.seed &+ UInt64(stream) &* 0xd134_2543_de82_ef95
    }

    /// The next number.
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
