// SPDX-License-Identifier: Apache-2.0

import AddressPool
import Addressing
import Testing

@Suite("The plan")
struct PlanTests {
    let now = Sample.start
    /// As an m5.large.
    let limits = InstanceLimits(enis: 3, addressesPerENI: 10, ipv6PerENI: 10)
    let a = SubnetID("subnet-a")
    let b = SubnetID("subnet-b")

    private func input(_ change: (inout PlanInput) -> Void = { _ in }) -> PlanInput {
        var input = PlanInput(targets: Targets(), limits: limits, subnets: [a, b], now: now + .seconds(3600))
        change(&input)
        return input
    }

    @Test("An empty node grows to one ENI's worth of warm addresses")
    func firstGrowth() throws {
        let pool = Sample.pool([try Sample.eni(0)])
        #expect(pool.plan(input()).actions == [.assignAddresses(ENIID("eni-0"), 9)])
        #expect(Sample.pool([try Sample.eni(0, addresses: 9)]).plan(input()).actions.isEmpty)
    }

    @Test("Growth is in proportion: what waits is got by several calls side by side")
    func proportional() throws {
        let pool = Sample.pool([try Sample.eni(0, addresses: 2)])
        let plan = pool.plan(input { $0.waiting = 20 })
        #expect(
            plan.actions == [
                .assignAddresses(ENIID("eni-0"), 7),
                .create(.init(subnet: a, deviceIndex: 1, addresses: 9)),
                .create(.init(subnet: a, deviceIndex: 2, addresses: 9)),
            ])
        // Of 29 addresses two are wanted in vain: the node is full.
        #expect(plan.unmet == 2)
    }

    @Test("What is under way is not asked for again")
    func inFlight() throws {
        var pool = Sample.pool([try Sample.eni(0, addresses: 2)])
        let input = input { $0.waiting = 20 }
        for action in pool.plan(input).actions { #expect(pool.begin(action) != nil) }
        #expect(pool.plan(input).actions.isEmpty)
    }

    @Test("While an ENI with room is being given prefixes, no other one is made for what comes meanwhile")
    func roomSoon() throws {
        var pool = Sample.pool([try Sample.eni(0)])
        let first = input { $0.targets.usesPrefixes = true }
        let assign = Action.assignPrefixes(ENIID("eni-0"), 1)
        #expect(pool.plan(first).actions == [assign])
        let begun = pool.begin(assign)
        let number = try #require(begun)
        let more = input { ($0.targets.usesPrefixes, $0.waiting) = (true, 110) }
        #expect(pool.plan(more).actions.isEmpty)
        pool.end(number)
        #expect(pool.plan(more).actions == [.assignPrefixes(ENIID("eni-0"), 8)])
        // What is more than it has room for is got side by side.
        _ = pool.begin(assign)
        let many = input { ($0.targets.usesPrefixes, $0.waiting) = (true, 200) }
        #expect(pool.plan(many).actions == [.create(.init(subnet: a, deviceIndex: 1, prefixes: 5))])
    }

    @Test("Room in an ENI that is being made is waited for, and no other one is made")
    func roomOnTheWay() throws {
        var pool = Sample.pool([try Sample.eni(0, addresses: 9)])
        let first = input { ($0.targets.warmAddresses, $0.waiting) = (1, 10) }
        let creation = Action.create(.init(subnet: a, deviceIndex: 1, addresses: 2))
        #expect(pool.plan(first).actions == [creation])
        let begun = pool.begin(creation)
        let number = try #require(begun)
        let more = input { ($0.targets.warmAddresses, $0.waiting) = (1, 14) }
        #expect(pool.plan(more).actions.isEmpty && pool.plan(more).unmet == 0)
        // As many as do not fit are another ENI's.
        let many = input { ($0.targets.warmAddresses, $0.waiting) = (1, 20) }
        #expect(pool.plan(many).actions == [.create(.init(subnet: a, deviceIndex: 2, addresses: 3))])
        pool.add(try Sample.eni(1, addresses: 2, seen: more.now), now: more.now)
        pool.end(number)
        #expect(pool.plan(more).actions == [.assignAddresses(ENIID("eni-1"), 4)])
    }

    @Test("A container that waits for an ENI of its own gets the place of one that nobody uses")
    func placeForExclusive() throws {
        var pool = Sample.pool([
            try Sample.eni(0, addresses: 2), try Sample.eni(1, addresses: 2), try Sample.eni(2, addresses: 1),
        ])
        for name in ["c1", "c2", "c3"] { _ = try pool.assign(Sample.key(name), now: now) }
        let request = ExclusiveRequest(key: Sample.key("own"), subnet: a)
        let waiting = input { input in
            input.targets.warmAddresses = 2
            input.waitingForENI = [request]
        }
        let remove = Action.remove(ENIID("eni-2"))
        #expect(pool.plan(waiting).actions == [remove])
        let begun = pool.begin(remove)
        let number = try #require(begun)
        #expect(!pool.plan(waiting).actions.contains { if case .remove = $0 { true } else { false } })
        pool.remove(ENIID("eni-2"), now: waiting.now)
        pool.end(number)
        let creation = Action.create(.init(subnet: a, deviceIndex: 2, purpose: .exclusive(request)))
        #expect(pool.plan(waiting).actions.first == creation)
    }

    @Test("Targets that count addresses ask for as many as are missing, and no more")
    func addressTargets() throws {
        let pool = Sample.pool([try Sample.eni(0, addresses: 4)])
        func actions(warm: Int?, minimum: Int?) -> [Action] {
            pool.plan(
                input {
                    $0.targets.warmAddresses = warm
                    $0.targets.minimumAddresses = minimum
                }
            ).actions
        }
        let id = ENIID("eni-0")
        #expect(actions(warm: 6, minimum: nil) == [.assignAddresses(id, 2)])
        #expect(actions(warm: 2, minimum: 7) == [.assignAddresses(id, 3)])
        #expect(
            actions(warm: nil, minimum: 12)
                == [.assignAddresses(id, 5), .create(.init(subnet: a, deviceIndex: 1, addresses: 3))])
        #expect(actions(warm: 4, minimum: 3).isEmpty)
    }

    @Test("Nobody keeps more ready than kubelet takes pods, but who waits is served")
    func maxPods() throws {
        let pool = Sample.pool([try Sample.eni(0, addresses: 4)])
        #expect(pool.plan(input { $0.targets.maxPods = 4 }).actions.isEmpty)
        #expect(pool.plan(input { $0.targets.maxPods = 6 }).actions == [.assignAddresses(ENIID("eni-0"), 2)])
        let waiting = pool.plan(
            input {
                $0.targets.maxPods = 4
                $0.waiting = 5
            })
        #expect(waiting.actions == [.assignAddresses(ENIID("eni-0"), 1)])
    }

    @Test("With prefixes it grows by prefixes")
    func prefixes() throws {
        let pool = Sample.pool([try Sample.eni(0)])
        #expect(
            pool.plan(input { $0.targets.usesPrefixes = true }).actions == [
                .assignPrefixes(ENIID("eni-0"), 1)
            ])
        let many = pool.plan(
            input {
                $0.targets.usesPrefixes = true
                $0.waiting = 200
            })
        #expect(
            many.actions == [
                .assignPrefixes(ENIID("eni-0"), 9), .create(.init(subnet: a, deviceIndex: 1, prefixes: 5)),
            ])
    }

    @Test("On a type that is not Nitro it grows by single addresses")
    func xen() throws {
        let pool = Sample.pool([try Sample.eni(0)])
        let plan = pool.plan(
            input {
                $0.targets.usesPrefixes = true
                $0.limits.takesPrefixes = false
            })
        #expect(plan.actions == [.assignAddresses(ENIID("eni-0"), 9)])
    }

    @Test(
        "A fragmented subnet: prefixes of the sister subnet first, then single addresses, later prefixes again"
    )
    func fragmented() throws {
        var full = try Sample.eni(0, addresses: 9)
        full.eni.role = .pool
        var pool = Sample.pool([full])
        for number in 0..<9 { _ = try pool.assign(Sample.key("c\(number)"), now: now) }
        var input = input { $0.targets.usesPrefixes = true }
        #expect(pool.plan(input).actions == [.create(.init(subnet: a, deviceIndex: 1, prefixes: 1))])
        input.backoffs.note(.fragmented(a), now: input.now)
        #expect(pool.plan(input).actions == [.create(.init(subnet: b, deviceIndex: 1, prefixes: 1))])
        input.backoffs.note(.fragmented(b), now: input.now)
        let singles = pool.plan(input)
        #expect(
            singles.actions == [
                .create(.init(subnet: a, deviceIndex: 1, addresses: 9)),
                .create(.init(subnet: a, deviceIndex: 2, addresses: 7)),
            ])
        #expect(singles.due.map { $0 <= input.now + .seconds(30) } == true)
        input.now = input.now + .seconds(130)
        #expect(pool.plan(input).actions == [.create(.init(subnet: a, deviceIndex: 1, prefixes: 1))])
    }

    @Test("An exhausted subnet is left alone for a while, another one is used")
    func exhausted() throws {
        let pool = Sample.pool([try Sample.eni(0)])
        var input = input { $0.backoffs.note(.exhausted(a), now: $0.now) }
        #expect(pool.plan(input).actions == [.create(.init(subnet: b, deviceIndex: 1, addresses: 9))])
        input.backoffs.note(.exhausted(b), now: input.now)
        let none = pool.plan(input)
        #expect(none.actions.isEmpty && none.unmet == 9)
        input.backoffs.spaceReturned(to: a)
        #expect(pool.plan(input).actions == [.assignAddresses(ENIID("eni-0"), 9)])
    }

    @Test("Throttled, nothing is tried until the pause is over, which doubles")
    func throttled() throws {
        let pool = Sample.pool([try Sample.eni(0)])
        var input = input()
        var pauses: [Duration] = []
        for _ in 0..<8 {
            input.backoffs.note(.throttled, now: input.now)
            let plan = pool.plan(input)
            #expect(plan.actions.isEmpty)
            let due = try #require(plan.due)
            pauses.append(due - input.now)
            input.now = due
        }
        #expect(pauses == [1, 2, 4, 8, 16, 32, 60, 60].map { .seconds($0) })
        #expect(!pool.plan(input).actions.isEmpty)
    }

    @Test("Foreign ENIs take slots and device indexes, and are left alone")
    func foreign() throws {
        let pool = Sample.pool([
            try Sample.eni(0, addresses: 9), try Sample.eni(1, addresses: 3, role: .foreign("no_manage")),
        ])
        let plan = pool.plan(input { $0.waiting = 100 })
        #expect(plan.actions == [.create(.init(subnet: a, deviceIndex: 2, addresses: 9))])
        #expect(pool.counts.total == 9)
    }

    @Test("MAX_ENI and RESERVED_ENIS limit it")
    func eniLimits() throws {
        let pool = Sample.pool([try Sample.eni(0, addresses: 9)])
        #expect(pool.plan(input { ($0.waiting, $0.targets.maxENIs) = (100, 2) }).actions.count == 1)
        #expect(pool.plan(input { ($0.waiting, $0.targets.reservedENIs) = (100, 2) }).actions.isEmpty)
    }

    @Test("With custom networking the primary ENI is not for pods")
    func customNetworking() throws {
        var pool = Pool(excludesPrimary: true)
        _ = pool.update([try Sample.eni(0, addresses: 3)], now: now)
        pool.prove(holders: [:], now: now)
        #expect(pool.counts.total == 0)
        #expect(throws: PoolError.empty) { try pool.assign(Sample.key("c"), now: now) }
        #expect(pool.plan(input()).actions == [.create(.init(subnet: a, deviceIndex: 1, addresses: 9))])
    }

    @Test("IPv6: one /80 on the primary ENI, with IPv4 on each")
    func ipv6() throws {
        let pool = Sample.pool([try Sample.eni(0, addresses: 9), try Sample.eni(1, addresses: 9)])
        #expect(
            pool.plan(input { $0.targets.families = .v6 }).actions == [.assignIPv6Prefix(ENIID("eni-0"))])
        #expect(
            pool.plan(input { $0.targets.families = [.v4, .v6] }).actions.prefix(2)
                == [.assignIPv6Prefix(ENIID("eni-0")), .assignIPv6Prefix(ENIID("eni-1"))])
    }

    @Test("A container that wants an ENI of its own gets one made, once")
    func exclusive() throws {
        var pool = Sample.pool([try Sample.eni(0, addresses: 9)])
        let request = ExclusiveRequest(key: Sample.key("c1"), subnet: b, securityGroups: ["sg-1"])
        let input = input { $0.waitingForENI = [request] }
        let plan = pool.plan(input)
        #expect(plan.actions == [.create(.init(subnet: b, deviceIndex: 1, purpose: .exclusive(request)))])
        #expect(pool.begin(plan.actions[0]) != nil)
        #expect(pool.plan(input).actions.isEmpty)
    }

    @Test("Nothing is changed in EC2 where that is another's")
    func noProvisioning() throws {
        let pool = Sample.pool([try Sample.eni(0)])
        #expect(pool.plan(input { ($0.waiting, $0.changesAnything) = (5, false) }).actions.isEmpty)
    }
}
