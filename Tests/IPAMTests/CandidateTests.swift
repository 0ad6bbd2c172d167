// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import Testing

@testable import IPAM

@Suite("host-local: the round robin")
struct CandidateTests {
    private func set(_ ranges: [(String, String?, String?, String?)]) throws -> RangeSet {
        try RangeSet(
            ranges.map { subnet, start, end, gateway in
                try AllocationRange(
                    subnet: try #require(IPPrefix(subnet)), start: start.flatMap { IPAddress($0) },
                    end: end.flatMap { IPAddress($0) }, gateway: gateway.flatMap { IPAddress($0) }, at: "x")
            }, at: "x")
    }

    @Test func `the candidates begin after the last address and end with it`() throws {
        let set = try set([("10.0.0.0/29", nil, nil, nil), ("10.0.1.0/29", "10.0.1.3", "10.0.1.4", nil)])
        let all = ["10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6", "10.0.1.3", "10.0.1.4"]
        #expect(set.candidates(after: nil).map { "\($0)" } == all)
        #expect(set.candidates(after: IPAddress("192.168.0.1")).map { "\($0)" } == all)
        #expect(
            set.candidates(after: IPAddress("10.0.1.3")).map { "\($0)" } == ["10.0.1.4"] + all.dropLast())
        #expect(set.candidates(after: IPAddress("10.0.1.4")).map { "\($0)" } == all)
        // The gateway itself, as a configuration with another one may have left it.
        #expect(set.candidates(after: IPAddress("10.0.0.1")).map { "\($0)" } == all)
    }

    @Test func `the ends of the address spaces are candidates like others`() throws {
        let high = try set([("255.255.255.248/29", "255.255.255.253", "255.255.255.254", nil)])
        #expect(
            high.candidates(after: IPAddress("255.255.255.254")).map { "\($0)" }
                == ["255.255.255.253", "255.255.255.254"])
        let last = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
        let six = try set([("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffc/126", nil, nil, nil)])
        #expect(six.candidates(after: IPAddress(last)).map { "\($0)" }.last == last)
        #expect(Array(six.candidates(after: nil)).count == 2)
    }

    @Test(arguments: 0..<200)
    func `every address comes exactly once, none reserved, wherever the round starts`(stream: Int) throws {
        var random = Seeded(stream)
        let set = try randomSet(&random)
        let expected = Set(
            set.ranges.flatMap { range in
                (range.addresses.first.bits...range.addresses.last.bits).map {
                    IPAddress(set.family, bits: $0)
                }
            }
        ).subtracting(set.ranges.flatMap(\.reserved))
        let starts = expected.map { Optional($0) } + set.ranges.map(\.gateway) + [nil, IPAddress("9.9.9.9")]
        for start in starts {
            let visited = Array(set.candidates(after: start))
            #expect(visited.count == expected.count, "TEST_SEED=\(Seeded.seed)")
            #expect(Set(visited) == expected, "TEST_SEED=\(Seeded.seed)")
            if let start, expected.contains(start) {
                #expect(visited.last == start, "TEST_SEED=\(Seeded.seed)")
            }
        }
    }

    /// One to four ranges in disjoint small subnets, with random bounds and gateways.
    private func randomSet(_ random: inout Seeded) throws -> RangeSet {
        let family = Bool.random(using: &random) ? IPAddress.Family.v4 : .v6
        var ranges: [AllocationRange] = []
        for number in 0..<Int.random(in: 1...4, using: &random) {
            let width = Int.random(in: 2...5, using: &random)
            let base =
                (UInt128(family == .v4 ? 10 : 0xfd00) << UInt128(family.bitWidth - 16)) | UInt128(number) << 8
            let subnet = try #require(
                IPPrefix(IPAddress(family, bits: base), length: family.bitWidth - width))
            func address() -> IPAddress {
                IPAddress(family, bits: base + UInt128.random(in: 0..<(1 << UInt128(width)), using: &random))
            }
            var (start, end) = (address(), address())
            if end < start { swap(&start, &end) }
            ranges.append(
                try AllocationRange(
                    subnet: subnet, start: start, end: end,
                    gateway: Bool.random(using: &random) ? address() : nil, at: "x"))
        }
        return try RangeSet(ranges.shuffled(using: &random), at: "x")
    }
}
