// SPDX-License-Identifier: Apache-2.0

import AddressPool
import Addressing
import Testing

@Suite("What EC2 says the node has")
struct InventoryTests {
    let now = Sample.start
    var late: Moment { now + Pool.describeLag + .seconds(1) }

    @Test("What one look leaves out stays, gives nothing, and is back with the next")
    func oneAbsence() throws {
        var pool = Sample.pool([try Sample.eni(0, addresses: 1), try Sample.eni(1, addresses: 2)])
        let given = try (0..<2).map { try pool.assign(Sample.key("c\($0)"), now: now) }
        let change = pool.update([try Sample.eni(0, addresses: 1)], now: late)
        #expect(change.suspects == ["eni-1"])
        #expect(change.vanished.isEmpty && change.orphaned.isEmpty)
        #expect(throws: PoolError.empty) { try pool.assign(Sample.key("c9"), now: late) }
        #expect(pool.assignments.count == 2)
        _ = pool.update([try Sample.eni(0, addresses: 1), try Sample.eni(1, addresses: 2)], now: late)
        #expect(pool.state(of: try #require(given[1].v4)) == .assigned(Sample.key("c1")))
        #expect(try pool.assign(Sample.key("c9"), now: late).eni.text == "eni-1")
    }

    @Test("What two looks leave out is gone, and its pods are named")
    func twoAbsences() throws {
        var pool = Sample.pool([try Sample.eni(0), try Sample.eni(1, addresses: 2)])
        _ = try pool.assign(Sample.key("c1"), now: now)
        _ = pool.update([try Sample.eni(0)], now: late)
        let change = pool.update([try Sample.eni(0)], now: late)
        #expect(change.vanished == [ENIID("eni-1")])
        #expect(change.orphaned == [Sample.key("c1")])
        #expect(pool.counts.total == 0)
        // Its DEL is fine, and its address goes nowhere until it is seen again.
        _ = pool.release(Sample.key("c1"), now: late)
        _ = pool.update([try Sample.eni(0), try Sample.eni(1, addresses: 2)], now: late)
        #expect(pool.counts.free == 1 && pool.counts.resting == 1)
    }

    @Test("An address that one look leaves out is not handed out")
    func absentAddress() throws {
        var pool = Sample.pool([try Sample.eni(0, addresses: 2)])
        let change = pool.update([try Sample.eni(0, addresses: 1)], now: late)
        #expect(change.suspects == ["10.0.0.11/32 of eni-0"])
        #expect(try pool.assign(Sample.key("c1"), now: late).v4 == IPAddress("10.0.0.10"))
        #expect(throws: PoolError.empty) { try pool.assign(Sample.key("c2"), now: late) }
    }

    @Test("An answer that is older than a change does not undo it")
    func describeLags() throws {
        var pool = Sample.pool([try Sample.eni(0, addresses: 2)])
        let new = try Sample.prefix("10.0.0.77/32")
        pool.add([new], to: ENIID("eni-0"), now: late)
        pool.remove([try Sample.prefix("10.0.0.10/32")], from: ENIID("eni-0"), now: late)
        let change = pool.update([try Sample.eni(0, addresses: 2)], now: late + .seconds(5))
        #expect(change == InventoryChange())
        #expect(pool.state(of: new.address) == .free)
        #expect(pool.state(of: try Sample.address("10.0.0.10")) == nil)
        // Past the lag the answer counts.
        _ = pool.update([try Sample.eni(0, addresses: 2)], now: late + .seconds(70))
        #expect(pool.state(of: try Sample.address("10.0.0.10")) == .free)
    }

    @Test("An ENI that was deleted and is still described does not come back")
    func deleted() throws {
        var pool = Sample.pool([try Sample.eni(0), try Sample.eni(1, addresses: 2)])
        pool.remove(ENIID("eni-1"), now: now)
        _ = pool.update([try Sample.eni(0), try Sample.eni(1, addresses: 2)], now: now + .seconds(1))
        #expect(pool[ENIID("eni-1")] == nil)
    }

    @Test("An ENI that EC2 said is detaching is gone after two looks, however young it is")
    func detached() throws {
        var pool = Sample.pool([try Sample.eni(0), try Sample.eni(1, addresses: 2)])
        let leaving = try Sample.eni(1, addresses: 2, status: .detaching)
        _ = pool.update([try Sample.eni(0), leaving], now: now + .seconds(1))
        #expect(pool.update([try Sample.eni(0)], now: now + .seconds(2)).vanished.isEmpty)
        #expect(pool.update([try Sample.eni(0)], now: now + .seconds(3)).vanished == [ENIID("eni-1")])
        #expect(pool[ENIID("eni-1")] == nil)
    }

    @Test("Addresses that are in use when an ENI comes are not free")
    func restoredFirst() throws {
        var pool = Pool()
        let content = JournalContent(
            assignments: [
                Sample.key("c1"): Assignment(
                    key: Sample.key("c1"), eni: ENIID("eni-0"), v4: IPAddress("10.0.0.10"), since: now)
            ], cooling: [try Sample.address("10.0.0.11"): now + .seconds(5)])
        pool.restore(content, isSameBoot: true, now: now)
        _ = pool.update([try Sample.eni(0, addresses: 3)], now: now)
        pool.prove(holders: [try Sample.address("10.0.0.10"): "c1"], now: now)
        #expect(pool.counts.free == 1 && pool.counts.assigned == 1 && pool.counts.resting == 1)
        #expect(try pool.assign(Sample.key("c2"), now: now).v4 == IPAddress("10.0.0.12"))
        pool.settle(pool.unproven(at: now + .seconds(6)), holders: [:], now: now + .seconds(6))
        #expect(pool.counts.free == 1)
    }

    @Test("After a boot everything of the one before cools anew")
    func otherBoot() throws {
        var pool = Pool()
        let content = JournalContent(
            assignments: [
                Sample.key("c1"): Assignment(
                    key: Sample.key("c1"), eni: ENIID("eni-0"), v4: IPAddress("10.0.0.10"), since: now)
            ], cooling: [try Sample.address("10.0.0.11"): now + .seconds(900_000)])
        pool.restore(content, isSameBoot: false, now: .zero)
        _ = pool.update([try Sample.eni(0, addresses: 2)], now: .zero)
        pool.prove(holders: [:], now: .zero)
        #expect(pool.assignments.isEmpty)
        #expect(pool.counts.resting == 2)
        #expect(pool.unproven(at: .zero + .seconds(30)).count == 2)
    }
}
