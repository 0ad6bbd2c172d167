// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import Netlink
import NetworkState
import Testing

/// The laws of planning, with random descriptions against a simulated kernel.
struct ChangesTests {
    private static let rounds = 2_000

    private func forRandomStates(_ body: (NetworkState, ObservedState, inout RandomState) throws -> Void)
        throws
    {
        var random = RandomState(generator: Seeded())
        for _ in 0..<Self.rounds {
            let wanted = random.state()
            try body(wanted, random.observed(before: wanted), &random)
        }
    }

    @Test func `doing the changes reaches the description, and then there is nothing to change`() throws {
        var created = 0
        try forRandomStates { wanted, found, _ in
            var kernel = SimulatedKernel(found)
            let changes = wanted.changes(from: found)
            created += changes.count
            for change in changes { try kernel.perform(change) }
            let rest = wanted.changes(from: kernel.state)
            try #require(rest.isEmpty, "TEST_SEED=\(Seeded.seed)\n\(rest)\nafter\n\(changes)")
        }
        #expect(created > Self.rounds)
    }

    @Test func `planning is a pure function`() throws {
        try forRandomStates { wanted, found, _ in
            try #require(wanted.changes(from: found) == wanted.changes(from: found))
        }
    }

    @Test func `from nothing, the inverses in reverse come home from any step`() throws {
        try forRandomStates { wanted, _, random in
            var kernel = SimulatedKernel(ObservedState())
            let changes = wanted.changes(from: ObservedState())
            let steps = changes.prefix(Int.random(in: 0...changes.count, using: &random.generator))
            for change in steps { try kernel.perform(change) }
            for change in steps.reversed() {
                // A link takes what is on it along: the steps back for that find nothing more to do.
                if let inverse = change.inverse { try? kernel.perform(inverse) }
            }
            let rest = Place.allCases.flatMap { kernel.state.all(in: $0) }.filter {
                !$0.isSetting
            }
            try #require(rest.isEmpty, "TEST_SEED=\(Seeded.seed)\n\(rest)\nafter\n\(Array(steps))")
        }
    }

    @Test func `the inverse of an inverse is the step itself`() throws {
        try forRandomStates { wanted, found, _ in
            for change in wanted.changes(from: found) {
                guard let inverse = change.inverse else { continue }
                try #require(inverse.inverse == change)
            }
        }
    }

    @Test func `what ADD only begins with is no fault when others have changed it`() throws {
        try forRandomStates { wanted, _, random in
            var kernel = SimulatedKernel(ObservedState())
            for change in wanted.changes(from: ObservedState()) { try kernel.perform(change) }
            let kept = wanted.part { $0 != .addition }
            try #require(kept.faults(in: kernel.state).isEmpty, "TEST_SEED=\(Seeded.seed)")
            for item in wanted.items {
                guard case .link(var link) = kernel.state[item.object.key, in: item.place],
                    case .link(let described) = item.object
                else { continue }
                if described.initial.mac != nil {
                    link.attributes.mac = MACAddress.random(using: &random.generator)
                }
                if described.initial.transmitQueueLength != nil { link.attributes.transmitQueueLength = 7 }
                kernel.replace(.link(link), in: item.place)
            }
            try #require(kept.faults(in: kernel.state).isEmpty, "TEST_SEED=\(Seeded.seed)")
        }
    }

    @Test func `what is excluded is removed, and only that`() throws {
        let address = try #require(IPPrefix("10.0.0.1/24"))
        var state = NetworkState(owner: "net/one/eth0")
        state.exclude(.address(InterfaceAddress(address), link: "br0"), in: .host)
        var found = ObservedState()
        #expect(state.changes(from: found).isEmpty)
        found.insert(.address(InterfaceAddress(address), link: "br0"), in: .host)
        #expect(state.changes(from: found).map(\.description) == ["host: remove address 10.0.0.1/24 dev br0"])
    }

    @Test func `steps come in the order that the kernel needs`() throws {
        try forRandomStates { wanted, found, _ in
            let changes = wanted.changes(from: found)
            // The last thing is to tell the neighbours.
            if let first = changes.firstIndex(where: { if case .announce = $0.action { true } else { false } }
            ) {
                for change in changes[first...] {
                    guard case .announce = change.action else {
                        Issue.record("TEST_SEED=\(Seeded.seed) \(changes)")
                        return
                    }
                }
            }
        }
    }
}
