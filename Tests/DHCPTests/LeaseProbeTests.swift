// SPDX-License-Identifier: Apache-2.0

import Addressing
import DHCPClient
import Testing

/// What a client does when it asks who has the address before it uses it.
@Suite struct LeaseProbeTests {
    private let mac = MACAddress(bits: 0x0200_0000_0009)
    private let other = MACAddress(bits: 0x0200_0000_0010)

    private func machine(probe: Int64 = 200, insists: Bool = false) -> LeaseMachine {
        var options = DHCPOptions()
        options[.clientIdentifier] = [0, 1]
        options[.parameterRequestList] = [1, 3]
        var patience = LeaseMachine.Patience()
        patience.probe = probe
        return LeaseMachine(
            LeaseMachine.Client(mac: mac, options: options), at: 0, wanted: IPAddress(.v4, bits: 0x0a07_0032),
            insists: insists, patience: patience)
    }

    private func sent(_ actions: [LeaseMachine.Action]) -> [DHCPMessage] {
        actions.compactMap { if case .send(.v4(let message), _, _) = $0 { message } else { nil } }
    }

    private func answer(_ kind: UInt8, to message: DHCPMessage, address: UInt8) throws -> DHCPMessage {
        let bytes = reply(
            kind, transaction: message.transaction, your: [10, 7, 0, address],
            options: [1, 4, 255, 255, 255, 0, 54, 4, 10, 7, 0, 1, 51, 4, 0, 0, 14, 16])
        return try #require(DHCPMessage(parsingReply: bytes))
    }

    /// Has a server give an address, and returns what the client does then.
    private func given(
        _ address: UInt8, to machine: inout LeaseMachine, after actions: [LeaseMachine.Action], at now: Int64
    ) throws -> [LeaseMachine.Action] {
        let discover = try #require(sent(actions).last)
        try #require(discover.kind == .discover)
        let asked = machine.receive(try answer(2, to: discover, address: address), at: now)
        let request = try #require(sent(asked).last)
        return machine.receive(try answer(5, to: request, address: address), at: now)
    }

    @Test func `an address that nobody answers for is used after the wait`() throws {
        var machine = machine()
        let actions = try given(50, to: &machine, after: machine.advance(to: 0), at: 10)
        let lease = try #require(machine.granted)
        #expect(actions == [.probe(lease)] && machine.lease == nil && machine.deadline == 210)
        #expect(machine.advance(to: 209).isEmpty && machine.lease == nil)
        #expect(machine.advance(to: 210) == [.use(lease)] && machine.lease == lease)
        #expect(machine.conflict(with: other, at: 300).isEmpty, "too late: it is used")
        #expect(machine.deadline == lease.renewalTime)
    }

    @Test func `an address of somebody else's is declined, and another one is asked for at once`() throws {
        var machine = machine()
        _ = try given(50, to: &machine, after: machine.advance(to: 0), at: 10)
        let actions = machine.conflict(with: other, at: 50)
        let messages = sent(actions)
        #expect(messages.map(\.kind) == [.decline, .discover])
        let decline = try #require(messages.first)
        #expect(
            actions.first
                == .send(.v4(decline), from: .unspecified(.v4), to: IPAddress(.v4, bits: 0xffff_ffff)))
        // Table 5 of RFC 2131.
        #expect(
            decline.options.all.map(\.code) == [
                .requestedAddress, .serverIdentifier, .clientIdentifier, .message,
            ])
        #expect(decline.options.address(.requestedAddress)?.description == "10.7.0.50")
        #expect(decline.options.address(.serverIdentifier)?.description == "10.7.0.1")
        #expect(decline.options.text(.message) == "10.7.0.50 is in use already, by 02:00:00:00:00:10")
        #expect(decline.clientAddress.isUnspecified && decline.seconds == 0 && !decline.wantsBroadcast)
        #expect(messages.last?.options[.requestedAddress] == nil, "not that address again")
        #expect(decline.transaction != messages.last?.transaction)
        #expect(machine.granted == nil && machine.problem?.contains("02:00:00:00:00:10 uses already") == true)
        _ = try given(51, to: &machine, after: actions, at: 60)
        _ = machine.advance(to: 260)
        #expect(machine.lease?.address.address.description == "10.7.0.51" && machine.problem == nil)
    }

    @Test func `from the second declined address on there are ten seconds between two searches`() throws {
        var machine = machine()
        _ = try given(50, to: &machine, after: machine.advance(to: 0), at: 10)
        var actions = machine.conflict(with: other, at: 50)
        for round in 1...3 as ClosedRange<Int64> {
            let now = round * 20_000
            // A search that nobody has answered goes on.
            if sent(actions).last?.kind != .discover { actions = machine.advance(to: now) }
            _ = try given(50, to: &machine, after: actions, at: now)
            actions = machine.conflict(with: other, at: now + 50)
            #expect(sent(actions).map(\.kind) == [.decline])
            #expect(machine.deadline == now + 10_050)
            #expect(machine.advance(to: now + 10_049).isEmpty)
        }
    }

    @Test func `a lease that is being asked about is given back, too`() throws {
        var machine = machine()
        _ = try given(50, to: &machine, after: machine.advance(to: 0), at: 10)
        let release = try #require(sent(machine.release(at: 50)).first)
        #expect(release.kind == .release && release.clientAddress.description == "10.7.0.50")
        #expect(machine.conflict(with: other, at: 60).isEmpty && machine.deadline == nil)
    }

    @Test func `one who is to have the address that he had goes on to ask for it`() throws {
        var machine = machine(insists: true)
        _ = try given(50, to: &machine, after: machine.advance(to: 0), at: 10)
        let discover = try #require(sent(machine.conflict(with: other, at: 50)).last)
        #expect(discover.options.address(.requestedAddress)?.description == "10.7.0.50")
    }
}
