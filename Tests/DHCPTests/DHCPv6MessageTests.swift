// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import CNITypes
import DHCPClient
import Testing

/// A server's DUID.
let duid: [UInt8] = [0, 3, 0, 1, 2, 0, 0, 0, 0, 1]

/// A server's answer to a client's message.
func answer6(
    _ kind: DHCPv6Message.Kind, to message: DHCPv6Message, address: UInt8? = 0x50, preferred: UInt32 = 1800,
    valid: UInt32 = 3600, renewal: UInt32 = 0, rebinding: UInt32 = 0, status: UInt16? = nil,
    isRapid: Bool = false, server: [UInt8] = duid, _ more: [(DHCPv6Options.Code, [UInt8])] = []
) -> DHCPv6Message {
    var answer = DHCPv6Message(kind, transaction: message.transaction)
    if let client = message.options[.clientIdentifier] { answer.options.append(.clientIdentifier, client) }
    answer.options.append(.serverIdentifier, server)
    let asked = message.options[.association] ?? []
    var association = DHCPv6Association(id: asked.prefix(4).reduce(0) { $0 << 8 | UInt32($1) })
    association.address = address.map { IPAddress(.v6, bits: 0xfd00 << 112 | UInt128($0)) }
    (association.preferred, association.valid) = (preferred, valid)
    (association.renewal, association.rebinding) = (renewal, rebinding)
    if let status { association.status = status }
    answer.options.append(.association, association.bytes)
    if isRapid { answer.options.append(.rapidCommit, []) }
    for (code, value) in more { answer.options.append(code, value) }
    return answer
}

@Suite struct DHCPv6MessageTests {
    private let address = IPAddress(.v6, bits: 0xfd00 << 112 | 0x50)

    @Test func `a message has RFC 8415's layout`() {
        var message = DHCPv6Message(.solicit, transaction: 0xff_0102_03)
        message.options.append(.elapsedTime, [0, 7])
        message.options.append(.rapidCommit, [])
        #expect(message.bytes == [1, 1, 2, 3, 0, 8, 0, 2, 0, 7, 0, 14, 0, 0])
        #expect(DHCPv6Message(parsing: message.bytes) == message)
    }

    @Test func `an association has its numbers, its address and its times`() throws {
        var association = DHCPv6Association(id: 0x0102_0304, address: address)
        (association.renewal, association.rebinding) = (5, 6)
        (association.preferred, association.valid) = (7, 8)
        let bytes = association.bytes
        #expect(
            bytes == [1, 2, 3, 4, 0, 0, 0, 5, 0, 0, 0, 6, 0, 5, 0, 24] + address.bytes
                + [0, 0, 0, 7, 0, 0, 0, 8])
        var options = DHCPv6Options()
        options.append(.association, DHCPv6Association(id: 9, address: nil).bytes)
        options.append(.association, bytes)
        #expect(DHCPv6Association(0x0102_0304, in: options) == association, "not that of another interface")
        #expect(DHCPv6Association(7, in: options) == nil)
    }

    @Test(
        arguments: [
            // T1 after T2, preferred after valid, cut off, nothing in it, an option that is longer than the rest.
            [0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 8], [0, 0, 0, 1, 0, 0], [],
            [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0xff, 0xff, 1],
            [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ] as [[UInt8]])
    func `a damaged association is none`(bytes: [UInt8]) {
        var options = DHCPv6Options()
        options.append(.association, bytes)
        #expect(DHCPv6Association(1, in: options) == nil)
    }

    @Test func `an address that no interface can have is left out`() throws {
        for text in ["::", "::1", "ff02::1", "fe80::1"] {
            var association = DHCPv6Association(id: 1, address: IPAddress(text))
            association.valid = 10
            var options = DHCPv6Options()
            options.append(.association, association.bytes)
            #expect(try #require(DHCPv6Association(1, in: options)).address == nil, "\(text)")
        }
        var association = DHCPv6Association(id: 1, address: address)
        (association.preferred, association.valid) = (11, 10)
        var options = DHCPv6Options()
        options.append(.association, association.bytes)
        #expect(
            try #require(DHCPv6Association(1, in: options)).address == nil, "preferred for longer than valid")
    }

    @Test func `no cut or changed message is more than refused`() {
        var asked = DHCPv6Message(.request, transaction: 7)
        asked.options.append(.association, DHCPv6Association(id: 3, address: nil).bytes)
        let name: [UInt8] = [1, 97, 7, 101, 120, 97, 109, 112, 108, 101, 0]
        let whole = answer6(
            .reply, to: asked, [(.domainNameServers, address.bytes), (.domainSearch, name)]
        ).bytes
        for count in 4..<whole.count {
            if let message = DHCPv6Message(parsing: Array(whole[..<count])) {
                #expect(message.bytes.count == count, "a message is read whole or not at all")
            }
        }
        #expect(DHCPv6Message(parsing: []) == nil && DHCPv6Message(parsing: [7, 0, 0]) == nil)
        #expect(DHCPv6Message(parsing: [77, 0, 0, 0]) == nil, "no kind")
        var random = Seeded(21)
        for _ in 0..<3000 {
            var bytes = whole
            for _ in 0...Int.random(in: 0...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            guard let message = DHCPv6Message(parsing: bytes) else { continue }
            _ = DHCPv6Association(3, in: message.options)
            _ = message.options.status
            #expect(message.bytes == bytes)
        }
        // As many options as a datagram holds, each empty, and one as long as there can be.
        let many = [7, 0, 0, 0] + [[UInt8]](repeating: [0, 3, 0, 0], count: 16_000).joined()
        #expect(DHCPv6Message(parsing: many)?.options.all.count == 16_000)
        let long: [UInt8] = [7, 0, 0, 0, 0, 23, 0xff, 0xff]
        let filled = DHCPv6Message(parsing: long + [UInt8](repeating: 1, count: 65_535))
        #expect(filled?.options.addresses(.domainNameServers).count == 4095)
    }
}

@Suite struct NeighbourMessageTests {
    private let address = IPAddress(.v6, bits: 0xfd00 << 112 | 0x1234_5678)
    private let mac = MACAddress(bits: 0x0200_0000_0009)

    @Test func `a solicitation goes to the group of the address, and an advertisement says whose it is`()
        throws
    {
        #expect(NeighbourMessage.group(of: address).description == "ff02::1:ff34:5678")
        let asked = NeighbourMessage.solicitation(for: address, from: mac)
        #expect(asked == [135, 0, 0, 0, 0, 0, 0, 0] + address.bytes + [1, 1, 2, 0, 0, 0, 0, 9])
        let answer: [UInt8] = [136, 0, 1, 2, 0x60, 0, 0, 0] + address.bytes
        #expect(NeighbourMessage.advertised(answer)?.address == address)
        #expect(NeighbourMessage.advertised(answer)?.mac == nil)
        let whole = answer + [9, 1, 0, 0, 0, 0, 0, 0] + [2, 1] + mac.bytes
        #expect(try #require(NeighbourMessage.advertised(whole)).mac == mac)
        #expect(NeighbourMessage.advertised(asked) == nil)
        #expect(NeighbourMessage.advertised(answer + [2, 0, 0, 0, 0, 0, 0, 0]) == nil, "no length, no end")
        for count in whole.indices { _ = NeighbourMessage.advertised(Array(whole[..<count])) }
    }
}

/// A lease over IPv6: what a client asks, and what it makes of answers.
@Suite struct LeaseMachine6Tests {
    private let mac = MACAddress(bits: 0x0200_0000_0009)
    private let server = IPAddress(.v6, bits: 0xfe80 << 112 | 1)
    private struct Missing: Error {}

    private func machine(insists: Bool = false) -> LeaseMachine {
        let client = LeaseMachine.Client(
            mac: mac, options: DHCPOptions(), family: .v6,
            association: LeaseMachine.Client.association(of: "lan/pod/eth0"))
        return LeaseMachine(
            client, at: 0, wanted: insists ? IPAddress(.v6, bits: 0xfd00 << 112 | 0x50) : nil,
            insists: insists)
    }

    private func sent(_ actions: [LeaseMachine.Action]) throws -> DHCPv6Message {
        for case .send(.v6(let message), let source, let destination) in actions {
            #expect(source == .unspecified(.v6) && destination.description == "ff02::1:2")
            return message
        }
        throw Missing()
    }

    private func bound(_ machine: inout LeaseMachine, valid: UInt32 = 3600, preferred: UInt32 = 1800) throws
        -> DHCPLease
    {
        let solicit = try sent(machine.advance(to: 0))
        let request = try sent(machine.receive(answer6(.advertise, to: solicit), from: server, at: 0))
        let actions = machine.receive(
            answer6(.reply, to: request, preferred: preferred, valid: valid), from: server, at: 0)
        guard case .use(let lease)? = actions.first else { throw Missing() }
        return lease
    }

    @Test func `a solicit, an advertise, a request and a reply are a lease`() throws {
        var machine = machine()
        let solicit = try sent(machine.advance(to: 0))
        #expect(solicit.kind == .solicit && solicit.options[.serverIdentifier] == nil)
        #expect(solicit.options[.clientIdentifier] == [0, 3, 0, 1, 2, 0, 0, 0, 0, 9])
        #expect(solicit.options[.rapidCommit] == [] && solicit.options[.optionRequest] == [0, 23, 0, 24])
        let request = try sent(machine.receive(answer6(.advertise, to: solicit), from: server, at: 100))
        #expect(request.kind == .request && request.options[.serverIdentifier] == duid)
        #expect(request.options[.rapidCommit] == nil && request.options[.elapsedTime] == [0, 10])
        let id = LeaseMachine.Client.association(of: "lan/pod/eth0")
        #expect(DHCPv6Association(id, in: request.options)?.address?.description == "fd00::50")
        let actions = machine.receive(answer6(.reply, to: request), from: server, at: 200)
        let lease = try #require(machine.lease)
        #expect(actions == [.use(lease)] && lease.address.description == "fd00::50/128")
        #expect(lease.server == server && lease.serverIdentifier == duid)
        // Half and four fifths of the preferred time; the lease's is the valid one, from when it was asked for.
        #expect(lease.renewal == 900 && lease.rebinding == 1440 && lease.end == 3_600_100)
    }

    @Test func `a server may give a lease at once`() throws {
        var machine = machine()
        let solicit = try sent(machine.advance(to: 0))
        #expect(machine.receive(answer6(.reply, to: solicit), from: server, at: 0).isEmpty, "nobody asked")
        _ = machine.receive(answer6(.reply, to: solicit, isRapid: true), from: server, at: 0)
        #expect(machine.lease != nil)
        var other = self.machine(insists: true)
        let again = try sent(other.advance(to: 0))
        #expect(
            DHCPv6Association(LeaseMachine.Client.association(of: "lan/pod/eth0"), in: again.options)?
                .address?.description == "fd00::50")
        _ = other.receive(answer6(.reply, to: again, address: 0x51, isRapid: true), from: server, at: 0)
        #expect(other.lease == nil, "another address than before")
    }

    @Test func `what is for others, or of another exchange, is left alone`() throws {
        var machine = machine()
        let solicit = try sent(machine.advance(to: 0))
        var stranger = answer6(.advertise, to: solicit)
        stranger.transaction ^= 1
        #expect(machine.receive(stranger, from: server, at: 0).isEmpty)
        var someone = solicit
        someone.options = DHCPv6Options()
        someone.options.append(.clientIdentifier, [0, 3, 0, 1, 2, 0, 0, 0, 0, 8])
        for option in solicit.options.all where option.code == .association {
            someone.options.append(option.code, option.value)
        }
        #expect(machine.receive(answer6(.advertise, to: someone), from: server, at: 0).isEmpty)
        #expect(machine.receive(answer6(.advertise, to: solicit, server: []), from: server, at: 0).isEmpty)
        #expect(machine.receive(answer6(.renew, to: solicit), from: server, at: 0).isEmpty)
        let request = try sent(machine.receive(answer6(.advertise, to: solicit), from: server, at: 0))
        let other = answer6(.reply, to: request, server: [0, 3, 0, 1, 2, 0, 0, 0, 0, 2])
        #expect(machine.receive(other, from: server, at: 0).isEmpty && machine.lease == nil, "another server")
        #expect(machine.receive(answer6(.reply, to: request, address: 0x51), from: server, at: 0).isEmpty)
        #expect(machine.lease == nil, "another address")
    }

    @Test func `a server without addresses is passed over, and its words are kept`() throws {
        var machine = machine()
        let solicit = try sent(machine.advance(to: 0))
        #expect(
            machine.receive(answer6(.advertise, to: solicit, address: nil, status: 2), from: server, at: 0)
                .isEmpty)
        #expect(machine.problem == "server fe80::1 gives no address: NoAddrsAvail")
        let request = try sent(machine.receive(answer6(.advertise, to: solicit), from: server, at: 10))
        #expect(
            machine.receive(answer6(.reply, to: request, address: nil, status: 2), from: server, at: 20)
                .isEmpty)
        #expect(machine.problem?.contains("refuses it: NoAddrsAvail") == true)
        #expect(try #require(machine.deadline) >= 2000, "not at once")
    }

    @Test func `a lease is renewed by its server, then by any, and is over in the end`() throws {
        var machine = machine()
        let lease = try bound(&machine)
        let renew = try sent(machine.advance(to: 900_000))
        #expect(renew.kind == .renew && renew.options[.serverIdentifier] == duid)
        var now = try #require(machine.deadline)
        while now < lease.rebindingTime {
            #expect(try sent(machine.advance(to: now)).kind == .renew)
            now = try #require(machine.deadline)
        }
        while now < lease.end ?? 0 {
            let rebind = try sent(machine.advance(to: now))
            #expect(rebind.kind == .rebind && rebind.options[.serverIdentifier] == nil)
            now = try #require(machine.deadline)
        }
        #expect(now == lease.end)
        let actions = machine.advance(to: now)
        #expect(actions.first == .stop(lease))
        #expect(try sent(actions).kind == .solicit && machine.lease == nil)
    }

    @Test func `a renewal counts from when it was asked for, and a server with other worries ends nothing`()
        throws
    {
        var machine = machine()
        let lease = try bound(&machine)
        let renew = try sent(machine.advance(to: 900_000))
        let busy = answer6(.reply, to: renew, address: nil, status: 1)
        #expect(machine.receive(busy, from: server, at: 900_010).isEmpty && machine.lease == lease)
        _ = machine.receive(answer6(.reply, to: renew), from: server, at: 900_500)
        #expect(machine.lease?.end == 4_500_000 && machine.problem == nil)
    }

    @Test(arguments: [(nil, 3, 0), (nil, 4, 0), (0x50, nil, 0)] as [(UInt8?, UInt16?, UInt32)])
    func `a server that does not know of the lease takes the address away`(
        address: UInt8?, status: UInt16?, valid: UInt32
    ) throws {
        var machine = machine()
        let lease = try bound(&machine)
        let renew = try sent(machine.advance(to: 900_000))
        let refusal = answer6(.reply, to: renew, address: address, preferred: 0, valid: valid, status: status)
        let actions = machine.receive(refusal, from: server, at: 900_100)
        #expect(actions.first == .stop(lease))
        #expect(try sent(actions).kind == .solicit)
    }

    @Test func `a lease is given back to its server, and nothing follows`() throws {
        var machine = machine()
        _ = try bound(&machine)
        let release = try sent(machine.release(at: 5000))
        #expect(release.kind == .release && release.options[.serverIdentifier] == duid)
        #expect(release.options[.optionRequest] == nil)
        #expect(machine.deadline == nil && machine.advance(to: 9_000_000).isEmpty)
    }

    @Test func `an address of somebody else's is declined`() throws {
        var patience = LeaseMachine.Patience()
        patience.probe = 200
        let client = LeaseMachine.Client(mac: mac, options: DHCPOptions(), family: .v6, association: 9)
        var machine = LeaseMachine(client, at: 0, patience: patience)
        let solicit = try sent(machine.advance(to: 0))
        let actions = machine.receive(answer6(.reply, to: solicit, isRapid: true), from: server, at: 10)
        #expect(actions == [.probe(try #require(machine.granted))] && machine.lease == nil)
        let declined = machine.conflict(with: "02:00:00:00:00:10", at: 50)
        let decline = try sent(declined)
        #expect(decline.kind == .decline && decline.options[.serverIdentifier] == duid)
        #expect(DHCPv6Association(9, in: decline.options)?.address?.description == "fd00::50")
        let again = try sent(Array(declined.dropFirst()))
        #expect(again.kind == .solicit && DHCPv6Association(9, in: again.options)?.address == nil)
    }

    @Test func `a lease for ever is not renewed, and one of a second not more than once a second`() throws {
        var machine = machine()
        let lease = try bound(&machine, valid: .max, preferred: .max)
        #expect(lease.duration == nil && machine.deadline == nil)
        machine = self.machine()
        _ = try bound(&machine, valid: 1, preferred: 0)
        #expect(try #require(machine.deadline) >= 1000)
    }

    @Test func `name servers and search list are in the result, hostile names are not`() throws {
        let nameserver = IPAddress(.v6, bits: 0xfd00 << 112 | 1)
        for (names, search) in [
            ([1, 97, 1, 98, 0, 1, 99, 0], ["a.b", "c"]), ([0xc0, 0], []), ([63, 97], []),
            ([2, 97, 10, 0], []),
        ] as [([UInt8], [String])] {
            var machine = machine()
            let request = try sent(
                machine.receive(
                    answer6(.advertise, to: try sent(machine.advance(to: 0))), from: server, at: 0))
            let reply = answer6(
                .reply, to: request, [(.domainNameServers, nameserver.bytes), (.domainSearch, names)])
            _ = machine.receive(reply, from: server, at: 0)
            let result = try #require(machine.lease).result(priority: 7)
            #expect(result.ips.map(\.address.description) == ["fd00::50/128"] && result.routes.isEmpty)
            #expect(result.dns.nameservers == ["fd00::1"] && result.dns.search == search)
        }
    }

    @Test func `no answer keeps a client from going on, or has it ask without end`() throws {
        var random = Seeded(22)
        for _ in 0..<100 {
            var machine = machine()
            var now: Int64 = 0
            var sent = 0
            var last = DHCPv6Message(.solicit, transaction: 0)
            for _ in 0..<300 {
                var actions = machine.advance(to: now)
                var bytes = answer6(
                    Bool.random(using: &random) ? .reply : .advertise, to: last,
                    valid: UInt32.random(in: 0...9, using: &random), isRapid: Bool.random(using: &random)
                ).bytes
                for _ in 0..<Int.random(in: 0...2, using: &random) {
                    bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(
                        in: 0...255, using: &random)
                }
                if let message = DHCPv6Message(parsing: bytes) {
                    actions += machine.receive(message, from: server, at: now)
                }
                for case .send(.v6(let message), _, _) in actions {
                    last = message
                    sent += 1
                }
                for case .use(let lease) in actions { _ = lease.result() }
                now += 100
            }
            #expect(sent <= 200, "30 s, \(sent) messages")
            #expect(machine.lease?.duration == nil || machine.deadline != nil)
        }
    }

    @Test func `what is on disk of a lease is read back, and the address is of its family`() throws {
        var machine = machine()
        let lease = try bound(&machine)
        let attachment = CNITypes.Attachment(
            network: try NetworkName("lan"), containerID: try ContainerID("pod"),
            interface: try InterfaceName("eth0"))
        var options = DHCPOptions()
        options[.clientIdentifier] = [0, 1]
        var record = LeaseRecord(
            attachment, at: LeaseRecord.Place(path: "/run/netns/pod", device: 4, inode: 5, link: 2),
            client: LeaseMachine.Client(mac: mac, options: options, family: .v6, association: 9),
            priority: nil, lease: lease, isLost: false, serverMAC: nil, boot: "b")
        #expect(try LeaseRecord(parsing: record.text) == record)
        let client = LeaseMachine.Client(mac: mac, options: DHCPOptions(), family: .v6, association: 9)
        var after = LeaseMachine(client, holding: lease, at: 1000)
        #expect(try sent(after.advance(to: 900_000)).kind == .renew)
        var random = Seeded(23)
        for _ in 0..<1000 {
            var bytes = record.text
            let index = Int.random(in: bytes.indices, using: &random)
            if Bool.random(using: &random) {
                bytes[index] = UInt8.random(in: 0x20...0x7e, using: &random)
            } else {
                bytes.remove(at: index)
            }
            guard let read = try? LeaseRecord(parsing: bytes) else { continue }
            #expect(read.lease.address.family == read.client.family)
            _ = read.lease.result()
        }
        record.client.family = .v4
        #expect(throws: CNIError.self) { try LeaseRecord(parsing: record.text) }
    }
}
