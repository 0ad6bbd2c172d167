// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import Testing

@Suite("Ranges")
struct IPRangeTests {
    @Test func `a range needs one family and the lower address first`() throws {
        let low = try #require(IPAddress("10.0.0.1"))
        let high = try #require(IPAddress("10.0.0.9"))
        #expect(IPRange(low, high)?.count == 9)
        #expect(IPRange(low, low)?.count == 1)
        #expect(IPRange(high, low) == nil)
        #expect(IPRange(low, .unspecified(.v6)) == nil)
        #expect(IPRange(low, high)?.description == "10.0.0.1-10.0.0.9")
    }

    @Test func `the count of all addresses, as far as it fits`() {
        #expect(IPPrefix.everything(.v4).range.count == 1 << 32)
        #expect(IPPrefix.everything(.v6).range.count == .max)
    }

    @Test func `set arithmetic agrees with enumeration, at both ends of the address space`() throws {
        for family in IPAddress.Family.allCases {
            let last = IPPrefix.everything(family).last.bits
            for base in [0, last - 5] {
                let world = (0..<6).map { IPAddress(family, bits: base + $0) }
                var ranges: [(IPRange, Set<Int>)] = []
                for first in 0..<6 {
                    for last in first..<6 {
                        ranges.append((try #require(IPRange(world[first], world[last])), Set(first...last)))
                    }
                }
                func members(_ ranges: [IPRange]) -> Set<Int> {
                    Set(world.indices.filter { index in ranges.contains { $0.contains(world[index]) } })
                }
                for (one, oneSet) in ranges {
                    #expect(members([one]) == oneSet)
                    #expect(one.count == UInt128(oneSet.count))
                    for (other, otherSet) in ranges {
                        #expect(one.contains(other) == oneSet.isSuperset(of: otherSet))
                        #expect(one.overlaps(other) == !oneSet.isDisjoint(with: otherSet))
                        let shared = one.intersection(other).map { [$0] } ?? []
                        #expect(members(shared) == oneSet.intersection(otherSet))
                        let rest = one.subtracting(other)
                        #expect(members(rest) == oneSet.subtracting(otherSet))
                        // Nothing twice, and in ascending order.
                        #expect(
                            rest.reduce(0) { $0 + $1.count } == UInt128(oneSet.subtracting(otherSet).count))
                        #expect(rest.map(\.first) == rest.map(\.first).sorted())
                    }
                }
            }
        }
    }

    @Test func `ranges of different families share nothing`() {
        let (v4, v6) = (IPPrefix.everything(.v4).range, IPPrefix.everything(.v6).range)
        #expect(!v4.overlaps(v6))
        #expect(v4.intersection(v6) == nil)
        #expect(v4.subtracting(v6) == [v4])
        #expect(!v6.contains(v4))
    }

    @Test func `large random ranges keep the laws of sets`() throws {
        var random = Seeded()
        func address(_ family: IPAddress.Family) -> IPAddress {
            let bits = UInt128(random.next()) << 64 | UInt128(random.next())
            return IPAddress(family, bits: bits)
        }
        for _ in 0..<2000 {
            let family = Bool.random(using: &random) ? IPAddress.Family.v4 : .v6
            let points = (0..<4).map { _ in address(family) }
            let one = try #require(IPRange(min(points[0], points[1]), max(points[0], points[1])))
            let other = try #require(IPRange(min(points[2], points[3]), max(points[2], points[3])))
            let shared = one.intersection(other)
            let rest = one.subtracting(other)
            #expect(one.overlaps(other) == (shared != nil), "TEST_SEED=\(Seeded.seed)")
            #expect(shared == other.intersection(one), "TEST_SEED=\(Seeded.seed)")
            #expect(
                rest.reduce(0) { $0 + $1.count } + (shared?.count ?? 0) == one.count,
                "TEST_SEED=\(Seeded.seed)")
            #expect(rest.allSatisfy { one.contains($0) && !$0.overlaps(other) }, "TEST_SEED=\(Seeded.seed)")
        }
    }
}
