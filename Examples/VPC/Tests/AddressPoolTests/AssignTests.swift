// SPDX-License-Identifier: Apache-2.0

import AddressPool
import Addressing
import Testing

@Suite("Handing out and taking back")
struct AssignTests {
    let now = Sample.start

    @Test("The same container's interface gets the same address again")
    func idempotent() throws {
        var pool = Sample.pool([try Sample.eni(0, addresses: 3)])
        let first = try pool.assign(Sample.key("c1"), now: now)
        #expect(try pool.assign(Sample.key("c1"), now: now + .seconds(1)) == first)
        #expect(try pool.assign(Sample.key("c1", "eth1"), now: now).v4 != first.v4)
        #expect(pool.counts.free == 1)
    }

    @Test("Nothing is handed out before the namespaces have been looked at")
    func unproven() throws {
        var pool = Pool()
        _ = pool.update([try Sample.eni(0, addresses: 1)], now: now)
        #expect(throws: PoolError.notProven) { try pool.assign(Sample.key("c1"), now: now) }
        pool.prove(holders: [:], now: now)
        _ = try pool.assign(Sample.key("c1"), now: now)
        #expect(throws: PoolError.empty) { try pool.assign(Sample.key("c2"), now: now) }
    }

    @Test("The fullest ENI comes first, so that the others become empty")
    func packs() throws {
        var pool = Sample.pool([
            try Sample.eni(0, addresses: 2), try Sample.eni(1, addresses: 3), try Sample.eni(2, addresses: 3),
        ])
        let given = try (0..<5).map { try pool.assign(Sample.key("c\($0)"), now: now).eni.text }
        #expect(given == ["eni-0", "eni-0", "eni-1", "eni-1", "eni-1"])
        _ = pool.release(Sample.key("c0"), now: now)
        #expect(try pool.assign(Sample.key("c5"), now: now).eni.text == "eni-2")
        _ = pool.release(Sample.key("c2"), now: now)
        let later = now + .seconds(31)
        pool.settle(pool.unproven(at: later), holders: [:], now: later)
        // eni-0 has room again, and stays whatever happens; then eni-1, which is fuller than eni-2.
        #expect(try pool.assign(Sample.key("c6"), now: later).eni.text == "eni-0")
        #expect(try pool.assign(Sample.key("c7"), now: later).eni.text == "eni-1")
    }

    @Test("Of several prefixes the fullest comes first")
    func packsPrefixes() throws {
        var pool = Sample.pool([try Sample.eni(0, prefixes: ["10.0.0.16/28", "10.0.0.32/28"])])
        let given = try (0..<17).compactMap { try pool.assign(Sample.key("c\($0)"), now: now).v4 }
        let first = try Sample.prefix("10.0.0.16/28")
        #expect(Set(given).count == 17)
        #expect(given.count { first.contains($0) } == 16)
    }

    @Test("A late DEL of an old sandbox does not take the address of the new one of the same pod")
    func lateDelete() throws {
        var pool = Sample.pool([try Sample.eni(0, addresses: 3)])
        _ = try pool.assign(Sample.key("old"), pod: "default/web-0", now: now)
        let new = try pool.assign(Sample.key("new"), pod: "default/web-0", now: now)
        #expect(pool.release(Sample.key("old"), now: now)?.pod == "default/web-0")
        #expect(pool.release(Sample.key("old"), now: now) == nil)
        #expect(pool.state(of: try #require(new.v4)) == .assigned(Sample.key("new")))
    }

    @Test("A cooling address is not available, and is free only when no namespace holds it")
    func cooling() throws {
        var pool = Sample.pool([try Sample.eni(0, addresses: 1)])
        let given = try pool.assign(Sample.key("c1"), now: now)
        let address = try #require(given.v4)
        _ = pool.release(Sample.key("c1"), now: now)
        #expect(pool.counts.free == 0)
        #expect(pool.state(of: address) == .cooling(until: now + .seconds(30)))
        #expect(pool.unproven(at: now + .seconds(29)).isEmpty)
        let due = now + .seconds(30)
        #expect(pool.unproven(at: due) == [address])
        // The container is still there.
        pool.settle([address], holders: [address: "/run/netns/c1"], now: due)
        #expect(pool.state(of: address) == .held(by: "/run/netns/c1"))
        #expect(throws: PoolError.empty) { try pool.assign(Sample.key("c2"), now: due) }
        #expect(pool.unproven(at: due) == [address])
        pool.settle([address], holders: [:], now: due)
        #expect(try pool.assign(Sample.key("c2"), now: due).v4 == address)
    }

    @Test("What was not looked for does not become free")
    func notLooked() throws {
        var pool = Sample.pool([try Sample.eni(0, addresses: 2)])
        let given = try pool.assign(Sample.key("c1"), now: now)
        let address = try #require(given.v4)
        _ = pool.release(Sample.key("c1"), now: now)
        let due = now + .seconds(31)
        pool.settle([], holders: [:], now: due)
        #expect(pool.unproven(at: due) == [address])
        #expect(pool.counts.resting == 1)
    }

    @Test("What a namespace holds and nobody was given is kept back", arguments: [true, false])
    func foreignHolder(beforeInventory: Bool) throws {
        var pool = Pool()
        let held = try Sample.address("10.0.0.10")
        if !beforeInventory { _ = pool.update([try Sample.eni(0, addresses: 2)], now: now) }
        pool.prove(holders: [held: "/run/netns/x"], now: now)
        if beforeInventory { _ = pool.update([try Sample.eni(0, addresses: 2)], now: now) }
        #expect(pool.counts.free == 1)
        #expect(pool.counts.resting == 1)
        #expect(try pool.assign(Sample.key("c1"), now: now).v4 != held)
        #expect(throws: PoolError.empty) { try pool.assign(Sample.key("c2"), now: now) }
    }

    @Test("An ENI that is detaching, leaving, out of sight or defective gives nothing")
    func unfitENIs() throws {
        for unfit in 0..<4 {
            var pool = Sample.pool([try Sample.eni(0), try Sample.eni(1, addresses: 2)])
            let id = ENIID("eni-1")
            switch unfit {
            case 0:
                _ = pool.update(
                    [try Sample.eni(0), try Sample.eni(1, addresses: 2, status: .detaching)], now: now)
            case 1: #expect(pool.begin(.remove(id)) != nil)
            case 2: _ = pool.update([try Sample.eni(0)], now: now + Pool.describeLag)
            default: pool.setDefect("no address", of: id)
            }
            #expect(throws: PoolError.empty) { try pool.assign(Sample.key("c1"), now: now) }
        }
    }

    @Test("An operator's own address stays out, and is named")
    func operatorsAddress() throws {
        let own = try Sample.address("10.0.0.11")
        var pool = Sample.pool([try Sample.eni(0, addresses: 3, reserved: [own])])
        #expect(pool.state(of: own) == .foreign)
        #expect(pool.counts.total == 2)
        _ = try pool.assign(Sample.key("c1"), now: now)
        _ = try pool.assign(Sample.key("c2"), now: now)
        #expect(throws: PoolError.empty) { try pool.assign(Sample.key("c3"), now: now) }
    }

    @Test("Both families come from one ENI")
    func dualStack() throws {
        var pool = Sample.pool([
            try Sample.eni(0, addresses: 1), try Sample.eni(1, addresses: 1, prefixes: ["2001:db8:1::/80"]),
        ])
        let given = try pool.assign(Sample.key("c1"), [.v4, .v6], now: now)
        #expect(given.eni.text == "eni-1")
        #expect(try Sample.prefix("2001:db8:1::/80").contains(try #require(given.v6)))
        #expect(given.v6 != IPAddress("2001:db8:1::"))
        #expect(throws: PoolError.empty) { try pool.assign(Sample.key("c2"), [.v4, .v6], now: now) }
        #expect(try pool.assign(Sample.key("c2"), .v6, now: now).v6 != given.v6)
    }

    @Test("What cannot be written down is taken back at once")
    func withdrawn() throws {
        var pool = Sample.pool([try Sample.eni(0, addresses: 1)])
        let given = try pool.assign(Sample.key("c1"), now: now)
        pool.withdraw(Sample.key("c1"))
        #expect(try pool.assign(Sample.key("c2"), now: now).v4 == given.v4)
    }

    @Test("An exclusive ENI goes to one container, and is given back after it")
    func exclusive() throws {
        var pool = Sample.pool([try Sample.eni(0), try Sample.eni(1, role: .exclusive(nil))])
        let id = ENIID("eni-1")
        let given = try pool.assignExclusive(Sample.key("c1"), id, now: now)
        #expect(given.v4 == IPAddress("10.0.1.4"))
        #expect(throws: PoolError.empty) { try pool.assignExclusive(Sample.key("c2"), id, now: now) }
        #expect(throws: PoolError.conflict(Sample.key("c1"), .exclusive)) {
            try pool.assign(Sample.key("c1"), now: now)
        }
        #expect(pool.begin(.remove(id)) == nil)
        _ = pool.release(Sample.key("c1"), now: now)
        #expect(pool.begin(.remove(id)) != nil)
    }

    @Test("An attachment whose namespace is gone is released after two looks, and not while it is young")
    func gone() throws {
        var pool = Sample.pool([try Sample.eni(0, addresses: 1)])
        let key = Sample.key("c1")
        _ = try pool.assign(key, now: now)
        #expect(pool.noteGone([key], now: now + .seconds(10)).isEmpty)
        #expect(pool.noteGone([key], now: now + .seconds(301)).isEmpty)
        #expect(pool.noteGone([], now: now + .seconds(302)).isEmpty)
        #expect(pool.noteGone([key], now: now + .seconds(303)).isEmpty)
        #expect(pool.noteGone([key], now: now + .seconds(304)).map(\.key) == [key])
        #expect(pool.counts.resting == 1)
    }
}
