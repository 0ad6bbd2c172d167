// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITypes
import DHCPClient
import Testing

/// Numbers that are not random: no wait is longer or shorter than it should be.
private struct Still: RandomNumberGenerator, Sendable {
    mutating func next() -> UInt64 { 1 << 63 }
}

@Suite struct LeaseMachineTests {
    private let mac = MACAddress(bits: 0x0200_0000_0009)
    private let everybody = IPAddress(.v4, bits: 0xffff_ffff)

    private func machine(at now: Int64 = 0) -> LeaseMachine {
        LeaseMachine(LeaseMachine.Client(mac: mac, options: DHCPOptions()), at: now, generator: Still())
    }

    private func sent(_ actions: [LeaseMachine.Action]) throws -> (DHCPMessage, IPAddress, IPAddress) {
        for case .send(.v4(let message), let source, let destination) in actions {
            return (message, source, destination)
        }
        throw Missing()
    }
    private struct Missing: Error {}

    private func answer(
        _ kind: UInt8, to message: DHCPMessage, address: UInt8 = 50, seconds: UInt16 = 3600,
        _ more: [UInt8] = []
    ) throws -> DHCPMessage {
        let time = [UInt8(seconds >> 8), UInt8(truncatingIfNeeded: seconds)]
        let bytes = reply(
            kind, transaction: message.transaction, your: [10, 7, 0, address],
            options: [1, 4, 255, 255, 255, 0, 54, 4, 10, 7, 0, 1, 51, 4, 0, 0] + time + more)
        return try #require(DHCPMessage(parsingReply: bytes))
    }

    private func bound(_ machine: inout LeaseMachine, at now: Int64 = 0, seconds: UInt16 = 3600) throws
        -> DHCPLease
    {
        let (discover, _, _) = try sent(machine.advance(to: now))
        let (request, _, _) = try sent(machine.receive(answer(2, to: discover), at: now))
        let actions = machine.receive(try answer(5, to: request, seconds: seconds), at: now)
        guard case .use(let lease)? = actions.first else { throw Missing() }
        return lease
    }

    @Test func `a search, an offer, a request and an acknowledgement are a lease`() throws {
        var machine = machine()
        let (discover, source, destination) = try sent(machine.advance(to: 0))
        #expect(discover.kind == .discover && source.isUnspecified && destination == everybody)
        let (request, _, to) = try sent(machine.receive(answer(2, to: discover), at: 100))
        #expect(request.kind == .request && to == everybody && request.clientAddress.isUnspecified)
        #expect(request.options.address(.requestedAddress)?.description == "10.7.0.50")
        #expect(request.options.address(.serverIdentifier)?.description == "10.7.0.1")
        let actions = machine.receive(try answer(5, to: request), at: 200)
        let lease = try #require(machine.lease)
        #expect(actions == [.use(lease)])
        #expect(lease.address.description == "10.7.0.50/24" && lease.end == 3_600_100)
        #expect(machine.deadline == 1_800_100)
    }

    @Test func `an unanswered search is repeated ever more seldom, and never ends`() throws {
        var machine = machine()
        var times: [Int64] = []
        for _ in 0..<8 {
            let now = try #require(machine.deadline)
            times.append(now)
            #expect(try sent(machine.advance(to: now)).0.kind == .discover)
        }
        let waits = zip(times.dropFirst(), times).map { ($0 - $1 + 500) / 1000 }
        #expect(waits == [2, 4, 8, 16, 32, 62, 62])
        #expect(machine.advance(to: times[7]).isEmpty, "nothing before the deadline")
    }

    @Test func `what is for others, or of another exchange, is left alone`() throws {
        var machine = machine()
        let (discover, _, _) = try sent(machine.advance(to: 0))
        var stranger = try answer(2, to: discover)
        stranger.transaction &+= 1
        #expect(machine.receive(stranger, at: 0).isEmpty)
        stranger = try answer(2, to: discover)
        stranger.mac = MACAddress(bits: 0x0200_0000_0010)
        #expect(machine.receive(stranger, at: 0).isEmpty)
        #expect(machine.receive(try answer(5, to: discover), at: 0).isEmpty, "nothing was asked for yet")
        let (request, _, _) = try sent(machine.receive(answer(2, to: discover), at: 0))
        #expect(machine.receive(try answer(5, to: request, address: 51), at: 0).isEmpty, "another address")
        #expect(machine.lease == nil)
    }

    @Test func `a refused request begins the search again, not at once`() throws {
        var machine = machine()
        let (discover, _, _) = try sent(machine.advance(to: 0))
        let (request, _, _) = try sent(machine.receive(answer(2, to: discover), at: 0))
        #expect(machine.receive(try answer(6, to: request), at: 10).isEmpty)
        let deadline = try #require(machine.deadline)
        #expect(deadline >= 2000)
        let (again, _, _) = try sent(machine.advance(to: deadline))
        #expect(again.kind == .discover && again.options[.requestedAddress] == nil)
    }

    @Test func `an offer whose request is not answered is given up`() throws {
        var machine = machine()
        let (discover, _, _) = try sent(machine.advance(to: 0))
        _ = machine.receive(try answer(2, to: discover), at: 0)
        var kinds: [DHCPMessage.Kind] = []
        for _ in 0..<4 {
            let now = try #require(machine.deadline)
            kinds.append(try sent(machine.advance(to: now)).0.kind)
        }
        #expect(kinds == [.request, .request, .discover, .discover])
    }

    @Test func `a lease is renewed by its server, then by any, and is over in the end`() throws {
        var machine = machine()
        let lease = try bound(&machine)
        let (first, source, server) = try sent(machine.advance(to: 1_800_000))
        #expect(first.clientAddress == lease.address.address && source == lease.address.address)
        #expect(server == lease.server && first.options[.serverIdentifier] == nil)
        var now = try #require(machine.deadline)
        while now < lease.rebindingTime {
            #expect(try sent(machine.advance(to: now)).2 == lease.server)
            now = try #require(machine.deadline)
        }
        #expect(now == lease.rebindingTime)
        while now < lease.end ?? 0 {
            #expect(try sent(machine.advance(to: now)).2 == everybody)
            now = try #require(machine.deadline)
        }
        #expect(now == lease.end)
        let actions = machine.advance(to: now)
        #expect(actions.first == .stop(lease))
        let (discover, _, _) = try sent(actions)
        #expect(
            discover.kind == .discover && discover.options[.requestedAddress] == lease.address.address.bytes)
        #expect(machine.lease == nil)
    }

    @Test func `a lease counts from when it was asked for, however long the search was`() throws {
        var machine = machine()
        var discover: DHCPMessage?
        while let now = machine.deadline, now < 7_200_000 { discover = try sent(machine.advance(to: now)).0 }
        let (request, _, _) = try sent(
            machine.receive(answer(2, to: try #require(discover)), at: 7_200_000))
        _ = machine.receive(try answer(5, to: request), at: 7_200_500)
        #expect(machine.lease?.end == 10_800_000)
    }

    @Test func `without a time it is of an hour`() throws {
        let bytes = reply(5, options: [54, 4, 10, 7, 0, 1])
        let lease = DHCPLease(try #require(DHCPMessage(parsingReply: bytes)), start: 0)
        #expect(lease?.duration == 3600 && lease?.renewal == 1800 && lease?.rebinding == 3150)
    }

    @Test func `a renewal counts from when it was asked for`() throws {
        var machine = machine()
        _ = try bound(&machine, seconds: 6)
        let now = try #require(machine.deadline)
        #expect(now == 3000)
        let (request, _, _) = try sent(machine.advance(to: now))
        let actions = machine.receive(try answer(5, to: request, seconds: 6), at: 3500)
        #expect(actions == [.use(try #require(machine.lease))])
        #expect(machine.lease?.end == 9000 && machine.deadline == 6000)
    }

    @Test func `a server that refuses a renewal takes the address away`() throws {
        var machine = machine()
        let lease = try bound(&machine)
        let (request, _, _) = try sent(machine.advance(to: 1_800_000))
        let actions = machine.receive(try answer(6, to: request), at: 1_800_100)
        #expect(actions.first == .stop(lease))
        #expect(try sent(actions).0.kind == .discover)
    }

    @Test func `a lease that was held goes on where it was`() throws {
        var before = machine()
        let lease = try bound(&before)
        let client = LeaseMachine.Client(mac: mac, options: DHCPOptions())
        var after = LeaseMachine(client, holding: lease, at: 100_000, generator: Still())
        #expect(after.lease == lease && after.deadline == 1_800_000 && after.advance(to: 100_000).isEmpty)
        #expect(try sent(after.advance(to: 1_800_000)).0.kind == .request)
    }

    @Test func `a lease is given back to its server, and nothing follows`() throws {
        var machine = machine()
        let lease = try bound(&machine)
        let (release, source, destination) = try sent(machine.release(at: 5000))
        #expect(release.kind == .release && release.clientAddress == lease.address.address)
        #expect(source == lease.address.address && destination == lease.server)
        #expect(machine.deadline == nil && machine.advance(to: 9_000_000).isEmpty)
        var unbound = self.machine()
        #expect(unbound.release(at: 0).isEmpty)
    }
}

@Suite struct DHCPResultTests {
    private func result(_ options: [UInt8]) throws -> CNIResult {
        let base: [UInt8] = [1, 4, 255, 255, 255, 0, 54, 4, 10, 7, 0, 1, 51, 4, 0, 0, 14, 16]
        let message = try #require(DHCPMessage(parsingReply: reply(5, options: base + options)))
        return try #require(DHCPLease(message, start: 0)).result(priority: 100)
    }

    private func routes(_ result: CNIResult) -> [String] {
        result.routes.map { "\($0.destination) via \($0.gateway?.description ?? "link \($0.scope ?? 0)")" }
    }

    @Test func `the first router is the gateway and the default route`() throws {
        let result = try result([3, 8, 10, 7, 0, 1, 10, 7, 0, 2])
        #expect(result.ips.first?.gateway?.description == "10.7.0.1")
        #expect(routes(result) == ["0.0.0.0/0 via 10.7.0.1"])
        #expect(result.routes.first?.priority == 100)
    }

    @Test func `routes have the MTU that is said, and an option of no sense has none`() throws {
        for (value, mtu) in [
            ([5, 0x78], 1400), ([0, 67], nil), ([0, 68], 68), ([5], nil), ([0, 5, 0x78], nil),
        ]
            as [([UInt8], UInt32?)]
        {
            let bytes = reply(
                5, options: [54, 4, 10, 7, 0, 1, 3, 4, 10, 7, 0, 1, 26, UInt8(value.count)] + value)
            let message = try #require(DHCPMessage(parsingReply: bytes))
            let lease = try #require(DHCPLease(message, start: 0))
            #expect(lease.options.interfaceMTU == mtu)
            #expect(lease.result(mtu: mtu).routes.map(\.mtu) == [mtu])
        }
    }

    @Test func `classful routes are to hosts and to whole networks`() throws {
        let option: [UInt8] = [33, 16, 192, 0, 2, 0, 10, 7, 0, 2, 192, 0, 2, 5, 10, 7, 0, 3]
        #expect(
            try routes(result([3, 4, 10, 7, 0, 1] + option)) == [
                "192.0.2.0/24 via 10.7.0.2", "192.0.2.5/32 via 10.7.0.3", "0.0.0.0/0 via 10.7.0.1",
            ])
    }

    @Test func `classless routes stand for all others`() throws {
        let option: [UInt8] = [
            121, 22, 24, 192, 0, 2, 10, 7, 0, 2, 32, 198, 51, 100, 1, 0, 0, 0, 0, 0, 10, 7, 0, 9,
        ]
        let result = try result([3, 4, 10, 7, 0, 1, 33, 8, 192, 0, 2, 5, 10, 7, 0, 3] + option)
        #expect(
            routes(result) == [
                "192.0.2.0/24 via 10.7.0.2", "198.51.100.1/32 via link 253", "0.0.0.0/0 via 10.7.0.9",
            ])
        #expect(result.ips.first?.gateway?.description == "10.7.0.9")
    }

    @Test(arguments: [[121, 1, 33], [121, 3, 24, 1, 2], [121, 6, 0, 1, 2, 3, 4, 5]] as [[UInt8]])
    func `damaged classless routes are none`(option: [UInt8]) throws {
        #expect(try routes(result([3, 4, 10, 7, 0, 1] + option)) == ["0.0.0.0/0 via 10.7.0.1"])
    }

    @Test func `name servers, domain and search list are in the result`() throws {
        let search: [UInt8] = [3, 101, 110, 103, 5, 97, 112, 112, 108, 101, 0, 2, 105, 116, 0xc0, 4]
        let result = try result(
            [6, 8, 10, 7, 0, 1, 10, 7, 0, 2, 15, 4, 97, 46, 98, 0, 119, UInt8(search.count)] + search)
        #expect(result.dns.nameservers == ["10.7.0.1", "10.7.0.2"])
        #expect(result.dns.domain == "a.b")
        #expect(result.dns.search == ["eng.apple", "it.apple"])
    }

    @Test(
        arguments: [
            [15, 5, 97, 10, 98, 46, 99], [15, 2, 0, 0], [119, 2, 0xc0, 0], [119, 3, 63, 97, 98],
            [119, 2, 0xc0, 9],
            [119, 6, 1, 97, 0xc0, 0, 0xc0, 2],
        ] as [[UInt8]])
    func `hostile names are left out`(option: [UInt8]) throws {
        let dns = try result(option).dns
        #expect(dns.domain == nil && dns.search.allSatisfy { !$0.contains("\n") })
    }

    @Test(arguments: [[255, 0, 255, 0], [0, 0, 0, 0]] as [[UInt8]])
    func `a mask that is none leaves the class`(mask: [UInt8]) throws {
        let options: [UInt8] = [1, 4] + mask + [54, 4, 10, 7, 0, 1, 51, 4, 0, 0, 14, 16]
        let message = try #require(DHCPMessage(parsingReply: reply(5, options: options)))
        #expect(DHCPLease(message, start: 0)?.address.length == 8)
    }

    @Test(arguments: [[0, 0, 0, 0], [224, 0, 0, 1], [255, 255, 255, 255], [127, 0, 0, 1]] as [[UInt8]])
    func `an address that no interface can have is no lease`(address: [UInt8]) throws {
        let options: [UInt8] = [54, 4, 10, 7, 0, 1, 51, 4, 0, 0, 14, 16]
        let message = try #require(DHCPMessage(parsingReply: reply(5, your: address, options: options)))
        #expect(DHCPLease(message, start: 0) == nil)
    }
}
