// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import CNITypes
import DHCPClient
import Testing

@Suite struct DaemonProtocolTests {
    private let attachment: CNITypes.Attachment

    init() throws {
        attachment = CNITypes.Attachment(
            network: try NetworkName("lan"), containerID: try ContainerID("pod"),
            interface: try InterfaceName("eth0"))
    }

    private var options: DHCPOptions {
        var options = DHCPOptions()
        options[.clientIdentifier] = [0] + Array("pod/lan/eth0".utf8)
        options[.userClass] = (0..<700).map { UInt8(truncatingIfNeeded: $0) }
        return options
    }

    private func record() throws -> LeaseRecord {
        let bytes = reply(5, options: [1, 4, 255, 255, 255, 0, 54, 4, 10, 7, 0, 1, 51, 4, 0, 0, 14, 16])
        let message = try #require(DHCPMessage(parsingReply: bytes))
        return LeaseRecord(
            attachment, at: LeaseRecord.Place(path: "/run/netns/pod", device: 4, inode: .max, link: 2),
            client: LeaseMachine.Client(mac: MACAddress(bits: 9), options: options, wantsBroadcast: true),
            priority: 100, lease: try #require(DHCPLease(message, start: 5000)), isLost: true,
            serverMAC: MACAddress(bits: 1), boot: "b")
    }

    @Test func `what is asked is understood`() throws {
        let addition = DaemonRequest.Addition(
            attachment, namespacePath: "/run/netns/pod", options: options, priority: 7)
        let valid = [AttachmentReference(containerID: "a", ifname: "b")]
        var both = addition
        both.families = [.v4, .v6]
        for request in [
            .add(addition), .add(both), .check(attachment), .delete(attachment), .status,
            .collect(attachment.network, valid: valid), .collect(attachment.network, valid: []),
        ] as [DaemonRequest] {
            #expect(request.line.last == 10 && request.line.dropLast().firstIndex(of: 10) == nil)
            #expect(try DaemonRequest(parsing: Array(request.line.dropLast())) == request)
        }
    }

    @Test func `what is answered is understood`() throws {
        let lease = try record().lease.result(priority: 3)
        for answer in [
            .done, .lease(lease), .failure(CNIError(.tryAgainLater, "no server", details: "a\nb")),
        ] as [DaemonAnswer] {
            #expect(try DaemonAnswer(parsing: Array(answer.line.dropLast())) == answer)
        }
    }

    @Test func `what is on disk is read back`() throws {
        var record = try record()
        #expect(try LeaseRecord(parsing: record.text) == record)
        (record.serverMAC, record.priority, record.isLost) = (nil, nil, false)
        record.lease.duration = nil
        #expect(try LeaseRecord(parsing: record.text) == record)
    }

    @Test func `no damage to a file or a request is more than refused`() throws {
        var random = Seeded(11)
        let addition = DaemonRequest.Addition(
            attachment, namespacePath: "/run/netns/pod", options: options, priority: 7)
        let (file, line) = (try record().text, Array(DaemonRequest.add(addition).line.dropLast()))
        for _ in 0..<3000 {
            for original in [file, line] {
                var bytes = original
                for _ in 0...Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
                    let index = Int.random(in: bytes.indices, using: &random)
                    switch Int.random(in: 0...2, using: &random) {
                    case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                    case 1: bytes.remove(at: index)
                    default: bytes = Array(bytes[..<max(1, index)])
                    }
                }
                // A lease that is read has times that can be counted with.
                if let record = try? LeaseRecord(parsing: bytes), let end = record.lease.end {
                    #expect(record.lease.renewalTime <= end)
                }
                _ = try? DaemonRequest(parsing: bytes)
                _ = try? DaemonAnswer(parsing: bytes)
            }
        }
    }

    @Test func `times that no clock has are refused`() throws {
        var record = try record()
        for start in [Int64.max, Int64.max - 1000, -1] {
            record.lease.start = start
            #expect(throws: CNIError.self) { try LeaseRecord(parsing: record.text) }
        }
    }
}

@Suite struct HostileServerTests {
    /// A message of random options, lengths and pieces, and of a right one that was damaged.
    private func hostile(_ random: inout Seeded, transaction: UInt32) -> [UInt8] {
        var options: [UInt8] = []
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            let codes: [UInt8] = [0, 1, 3, 6, 15, 26, 33, 50, 51, 52, 53, 54, 56, 58, 59, 119, 121, 255]
            let code = codes[Int.random(in: codes.indices, using: &random)]
            let length = Int.random(in: 0...20, using: &random)
            options += [code, UInt8(Bool.random(using: &random) ? length : 4)]
            options += (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
        let kind = UInt8.random(in: 0...9, using: &random)
        var bytes = reply(
            kind, transaction: transaction,
            your: (0..<4).map { _ in UInt8.random(in: 0...255, using: &random) },
            options: [54, 4, 10, 7, 0, 1, 51, 4, 0, 0, 0, UInt8.random(in: 0...9, using: &random)] + options)
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        return bytes
    }

    @Test func `no answer keeps a client from going on, or has it ask without end`() throws {
        var random = Seeded(12)
        let mac = MACAddress(bits: 0x0200_0000_0009)
        for _ in 0..<100 {
            var machine = LeaseMachine(
                LeaseMachine.Client(mac: mac, options: DHCPOptions()), at: 0, generator: random)
            var now: Int64 = 0
            var transaction: UInt32 = 0
            var sent = 0
            for _ in 0..<300 {
                var actions = machine.advance(to: now)
                if let message = DHCPMessage(
                    parsingReply: hostile(&random, transaction: transaction))
                {
                    actions += machine.receive(message, at: now)
                }
                for case .send(.v4(let message), _, _) in actions {
                    transaction = message.transaction
                    sent += 1
                    _ = message.bytes
                }
                for case .use(let lease) in actions { _ = lease.result() }
                now += 100
            }
            #expect(sent <= 200, "30 s, \(sent) messages")
            #expect(machine.lease?.duration == nil || machine.deadline != nil)
        }
    }

    @Test func `a server that gives leases of a second is not asked more than once a second`() throws {
        var machine = LeaseMachine(
            LeaseMachine.Client(mac: MACAddress(bits: 9), options: DHCPOptions()), at: 0)
        var sent = 0
        for now in stride(from: Int64(0), to: 10_000, by: 10) {
            for case .send(.v4(let message), _, _) in machine.advance(to: now) {
                sent += 1
                let kind: UInt8 = message.kind == .discover ? 2 : 5
                let bytes = reply(
                    kind, transaction: message.transaction, mac: message.mac.bytes,
                    options: [54, 4, 10, 7, 0, 1, 51, 4, 0, 0, 0, 1])
                let answer = try #require(DHCPMessage(parsingReply: bytes))
                for case .send(.v4(let request), _, _) in machine.receive(answer, at: now) {
                    sent += 1
                    let bytes = reply(
                        5, transaction: request.transaction, mac: request.mac.bytes,
                        options: [54, 4, 10, 7, 0, 1, 51, 4, 0, 0, 0, 1])
                    _ = machine.receive(try #require(DHCPMessage(parsingReply: bytes)), at: now)
                }
            }
        }
        #expect(sent <= 30, "\(sent) messages in 10 s")
    }

    @Test func `any options come back as they went out`() throws {
        var random = Seeded(13)
        for _ in 0..<500 {
            var message = DHCPMessage(
                .request, transaction: UInt32.random(in: 0...UInt32.max, using: &random),
                mac: MACAddress.random(using: &random))
            message.clientAddress = IPAddress(
                .v4, bits: UInt128(UInt32.random(in: 0...UInt32.max, using: &random)))
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                let code = UInt8.random(in: 60...250, using: &random)
                let count = Int.random(in: 0...600, using: &random)
                message.options[DHCPOptions.Code(rawValue: code)] = (0..<count).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
            }
            var bytes = message.bytes
            bytes[0] = 2
            #expect(DHCPMessage(parsingReply: bytes) == message)
        }
    }
}
