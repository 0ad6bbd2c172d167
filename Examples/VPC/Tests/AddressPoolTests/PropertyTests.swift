// SPDX-License-Identifier: Apache-2.0

import AddressPool
import Addressing
import CNITesting
import Testing

@Suite("Whatever happens, in whatever order")
struct PropertyTests {
    @Test(
        "Nothing is handed out twice, while it cools, or of an ENI that goes; counts add up",
        arguments: 0..<40)
    func invariants(stream: Int) throws {
        var world = World(stream)
        for step in 0..<600 {
            do {
                try world.step()
            } catch {
                Issue.record("TEST_SEED=\(Seeded.seed) stream \(stream) step \(step): \(error)")
                return
            }
        }
        #expect(
            world.handedOut > 0 || world.input.targets.warmENIs == 0 || world.input.targets.warmAddresses == 0
        )
    }

    @Test("When nothing happens any more the plan reaches the targets, and then is empty", arguments: 0..<40)
    func converges(stream: Int) throws {
        var world = World(stream + 1000)
        for _ in 0..<200 { try world.step() }
        world.namespaces = world.namespaces.filter { world.live.contains($0.key) }
        var last = Plan()
        for _ in 0..<200 {
            world.now = world.now + .seconds(40)
            world.look(mayOmit: false)
            world.settle()
            while !world.under.isEmpty { world.finish(mayFail: false) }
            world.input.now = world.now
            last = world.pool.plan(world.input)
            if last.actions.isEmpty, last.due == nil { break }
            for action in last.actions {
                if let number = world.pool.begin(action) { world.under.append((number, action)) }
            }
        }
        let context = "TEST_SEED=\(Seeded.seed) stream \(stream)"
        try #require(last.actions.isEmpty || last.unmet > 0, "\(context): \(last)")
        let counts = world.pool.counts
        let input = world.input
        let targets = input.targets
        let shortage = targets.shortage(
            free: counts.free, total: counts.total, waiting: input.waiting,
            perENI: input.limits.addressesPerENI - 1)
        #expect(shortage <= 0 || last.unmet > 0, "\(context): \(shortage) are missing")
        if targets.countsAddresses, shortage <= 0, input.waiting == 0 {
            let excess = min(
                counts.free - (targets.warmAddresses ?? 0), counts.total - (targets.minimumAddresses ?? 0))
            #expect(excess <= 0, "\(context): \(excess) are too many")
        }
        try world.check()
    }
}
