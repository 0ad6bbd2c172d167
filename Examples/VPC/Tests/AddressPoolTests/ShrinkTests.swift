// SPDX-License-Identifier: Apache-2.0

import AddressPool
import Addressing
import Testing

@Suite("Giving back to EC2")
struct ShrinkTests {
    let now = Sample.start
    let limits = InstanceLimits(enis: 4, addressesPerENI: 15)

    private func input(_ change: (inout PlanInput) -> Void = { _ in }) -> PlanInput {
        var input = PlanInput(
            targets: Targets(), limits: limits, subnets: [SubnetID("subnet-a")], now: now + .seconds(3600))
        change(&input)
        return input
    }

    @Test("Whole ENIs go when others are warm")
    func idleENI() throws {
        var pool = Sample.pool([
            try Sample.eni(0, addresses: 14), try Sample.eni(1, addresses: 14),
            try Sample.eni(2, addresses: 14),
        ])
        #expect(pool.plan(input()).actions == [.remove(ENIID("eni-2")), .remove(ENIID("eni-1"))])
        _ = try pool.assign(Sample.key("c"), now: now)
        // 41 are free, 14 have to be: one of the two can go.
        #expect(pool.plan(input()).actions == [.remove(ENIID("eni-2"))])
    }

    @Test("It waits after growth and for young ENIs, and says until when")
    func quiet() throws {
        let seen = now + .seconds(3580)
        let pool = Sample.pool([
            try Sample.eni(0, addresses: 14), try Sample.eni(1, addresses: 14, seen: seen),
        ])
        let young = pool.plan(input())
        #expect(young.actions.isEmpty)
        #expect(young.due == seen + .seconds(60))
        let old = Sample.pool([try Sample.eni(0, addresses: 14), try Sample.eni(1, addresses: 14)])
        let changed = old.plan(input { $0.lastChange = $0.now })
        #expect(changed.actions.isEmpty)
        #expect(changed.due == now + .seconds(3630))
    }

    @Test("A warm target that is lowered gives the ENI back and then single addresses")
    func loweredTarget() throws {
        var pool = Sample.pool([try Sample.eni(0, addresses: 14), try Sample.eni(1, addresses: 14)])
        for number in 0..<4 { _ = try pool.assign(Sample.key("c\(number)"), now: now) }
        let plan = pool.plan(input { $0.targets.warmAddresses = 4 })
        #expect(plan.actions.first == .remove(ENIID("eni-1")))
        guard case .unassign(let id, let blocks) = plan.actions.last else {
            Issue.record("no unassign")
            return
        }
        #expect(id == ENIID("eni-0"))
        #expect(blocks.count == 6)
        for action in plan.actions { #expect(pool.begin(action) != nil) }
        #expect(pool.counts.total == 8 && pool.counts.free == 4)
    }

    @Test("What is about to be given back is not handed out, and is again if EC2 refuses")
    func excludes() throws {
        var pool = Sample.pool([try Sample.eni(0, addresses: 2)])
        let blocks = [try Sample.prefix("10.0.0.10/32"), try Sample.prefix("10.0.0.11/32")]
        let begun = pool.begin(.unassign(ENIID("eni-0"), blocks))
        let number = try #require(begun)
        #expect(throws: PoolError.empty) { try pool.assign(Sample.key("c"), now: now) }
        pool.end(number)
        _ = try pool.assign(Sample.key("c"), now: now)
        // It was handed out after the plan was made.
        #expect(pool.begin(.unassign(ENIID("eni-0"), blocks)) == nil)
        #expect(pool.begin(.remove(ENIID("eni-0"))) == nil)
    }

    @Test("Cooling and held addresses keep their ENI and prefix")
    func restingStays() throws {
        var pool = Sample.pool([
            try Sample.eni(0), try Sample.eni(1, prefixes: ["10.0.1.16/28", "10.0.1.32/28"]),
        ])
        _ = try pool.assign(Sample.key("c"), now: now)
        _ = pool.release(Sample.key("c"), now: now)
        let targets = Targets()
        var input = PlanInput(targets: targets, limits: limits, subnets: [], now: now + .seconds(3600))
        input.targets.usesPrefixes = true
        input.targets.warmPrefixes = 0
        let plan = pool.plan(input)
        #expect(plan.actions == [.unassign(ENIID("eni-1"), [try Sample.prefix("10.0.1.32/28")])])
    }

    @Test("A drained node gives everything back that nobody uses")
    func drain() throws {
        var pool = Sample.pool([
            try Sample.eni(0, addresses: 3), try Sample.eni(1, addresses: 3),
            try Sample.eni(2, role: .foreign("x")),
        ])
        _ = try pool.assign(Sample.key("c"), now: now)
        let plan = pool.plan(input { $0.isDraining = true })
        #expect(
            plan.actions == [
                .unassign(
                    ENIID("eni-0"), [try Sample.prefix("10.0.0.11/32"), try Sample.prefix("10.0.0.12/32")]),
                .remove(ENIID("eni-1")),
            ])
    }

    @Test("An ENI that a container had for itself goes after it")
    func exclusiveReturns() throws {
        let pool = Sample.pool([try Sample.eni(0, addresses: 14), try Sample.eni(1, role: .exclusive(nil))])
        #expect(pool.plan(input()).actions == [.remove(ENIID("eni-1"))])
    }
}
