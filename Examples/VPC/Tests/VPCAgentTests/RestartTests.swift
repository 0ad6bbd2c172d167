// SPDX-License-Identifier: Apache-2.0

import AddressPool
import CNITesting
import CNITypes
import EC2
import NodeAgent
import NodeAgentTesting
import Testing
import VPCNetwork

@testable import VPCAgent

@Suite("The whole agent is restarted")
struct RestartTests {
    /// Everything of EC2 hangs, as behind an endpoint that swallows packets.
    private let swallowed: JSON = ["rules": [["action": "*", "effect": "hold"]]]

    @Test(
        "While EC2 hangs: pods get what the node had, keep what they have, and the event says what does not answer"
    )
    func withoutEC2() async throws {
        let box = try await Box()
        let folder = try TemporaryFolder()
        let server = try await FakeKubernetes()
        server.nodes.put("node1")
        let first = try WholeAgent(box, ["WARM_IP_TARGET": "12"], in: folder)
        let kept = try await first.add("kept")
        try await first.free(12)
        try await first.stop()
        try await box.set(swallowed)
        let next = try WholeAgent(
            box, ["WARM_IP_TARGET": "12"], in: folder,
            service: try await box.client(attempt: .milliseconds(500)), kubernetes: server)
        try await next.ready()
        #expect(try await next.add("kept").v4 == kept.v4)
        var given: Set<IPAddress> = [try #require(kept.v4)]
        for number in 0..<12 {
            let one = try await next.add("c\(number)")
            #expect(given.insert(try #require(one.v4)).inserted)
        }
        // A DEL never waits for EC2.
        #expect(try await next.ask(.delete(.of("c0"))) == .done)
        try await eventually("the event") {
            server.events.all.contains {
                $0["reason"]?.string == "EC2Unreachable"
                    && $0["message"]?.string?.contains("127.0.0.1") == true
            }
        }
        try await box.clearFaults()
        try await next.free(12)
        let held = try await box.interfaces().flatMap(\.secondaryAddresses)
        #expect(given.isSubset(of: Set(held)))
    }

    @Test("While neither EC2 nor the metadata service answers")
    func withoutAnything() async throws {
        let box = try await Box()
        let folder = try TemporaryFolder()
        let first = try WholeAgent(box, ["ENABLE_PREFIX_DELEGATION": "true"], in: folder)
        try await first.free(16)
        try await first.stop()
        try await box.set(["rules": [["action": "*", "effect": "hold"]], "metadataIsDown": true])
        let next = try WholeAgent(
            box, ["ENABLE_PREFIX_DELEGATION": "true"], in: folder,
            service: try await box.client(attempt: .milliseconds(500)))
        for number in 0..<16 { _ = try await next.add("c\(number)") }
        try await box.clearFaults()
    }

    @Test("What was about to be given back when the agent ended is not given by the next one")
    func givenBack() async throws {
        let folder = try TemporaryFolder()
        let node = try TestNode(FakeEC2(), ["WARM_IP_TARGET": "6"])
        let keeper = try await node.keeper()
        let file = RecordFile(path: "\(folder.path)/node.json")
        await keeper.keepRecord(in: file)
        try await node.running(keeper) {
            try await eventually("6 addresses") { await keeper.snapshot.counts.free == 6 }
            let before = try #require(NodeRecord.read(file, now: .zero, logger: node.logger))
            #expect(before.enis.first?.blocks.count == 6)
            await node.ec2.close("UnassignPrivateIpAddresses")
            var targets = node.options.targets
            targets.warmAddresses = 2
            await keeper.setWarm(targets)
            try await eventually("on its way") {
                node.clock.advance(.seconds(20))
                keeper.signal.yield()
                return await node.ec2.isWaiting("UnassignPrivateIpAddresses")
            }
            let meanwhile = try #require(NodeRecord.read(file, now: .zero, logger: node.logger))
            #expect(meanwhile.enis.first?.blocks.count == 2)
            await node.ec2.open("UnassignPrivateIpAddresses")
        }
    }

    @Test("A record of another boot, of another version, or damaged is left out")
    func records() throws {
        let folder = try TemporaryFolder()
        let file = RecordFile(path: "\(folder.path)/node.json")
        let logger = try TestNode().logger
        func read() -> NodeRecord? { NodeRecord.read(file, now: .zero, logger: logger) }
        #expect(read() == nil)
        let node = NodeIdentity(
            instance: "i-1", type: "m5.large", zone: "z", vpc: "vpc-1", subnet: SubnetID("subnet-1"),
            primaryMAC: MACAddress(bits: 5), securityGroups: ["sg-1"],
            limits: InstanceLimits(enis: 3, addressesPerENI: 10, ipv6PerENI: 10), cpus: 2)
        var eni = ENI(
            id: ENIID("eni-0"), mac: MACAddress(bits: 5), deviceIndex: 0, subnet: SubnetID("subnet-1"),
            isPrimary: true, primaryAddress: IPAddress("10.0.0.4"), seen: .zero)
        eni.subnetPrefix = IPPrefix("10.0.0.0/24")
        let seen = SeenENI(
            eni, blocks: [try #require(IPPrefix("10.0.0.16/28")), try #require(IPPrefix("10.0.0.7/32"))],
            reserved: [try #require(IPAddress("10.0.0.7"))])
        var record = NodeRecord(boot: NodeBoot.id, node: node, enis: [seen])
        try file.write(Array(record.json.serialized().utf8))
        #expect(read() == record)
        record.boot = "another"
        try file.write(Array(record.json.serialized().utf8))
        #expect(read() == nil)
        record.boot = NodeBoot.id
        var document = record.json
        document["version"] = "vpc-agent-node/2"
        for text in [document.serialized(), "", "{", "[]", "null"] {
            try file.write(Array(text.utf8))
            #expect(read() == nil)
        }
    }

    @Test("DELs that came while no agent ran are read at the start")
    func notes() async throws {
        let box = try await Box()
        let folder = try TemporaryFolder()
        let first = try WholeAgent(box, ["WARM_IP_TARGET": "2"], in: folder)
        let (gone, kept) = (try await first.add("gone"), try await first.add("kept"))
        try await first.stop()
        try ReleasedAttachments(folder: first.agent.paths.released).add(.of("gone"))
        try ReleasedAttachments(folder: first.agent.paths.released).add(.of("never-there"))
        let next = try WholeAgent(box, ["WARM_IP_TARGET": "2"], in: folder)
        let keeper = try await next.keeper
        try await eventually("taken back") { await keeper.assignment(gone.key) == nil }
        #expect(await keeper.assignment(kept.key)?.v4 == kept.v4)
        try await eventually("the notes are done with") {
            try ReleasedAttachments(folder: next.agent.paths.released).all().isEmpty
        }
    }

    @Test("Ten ADDs of plugins wait for addresses while the agent is restarted, and all are served")
    func waiting() async throws {
        let box = try await Box()
        let folder = try TemporaryFolder()
        // Nothing can be had at first.
        let refusal: JSON = [
            "rules": [
                ["action": "Assign*", "effect": "error", "code": "InternalError", "status": 500],
                ["action": "Create*", "effect": "error", "code": "InternalError", "status": 500],
            ]
        ]
        try await box.set(refusal)
        let variables = ["VPC_AGENT_ADD_WAIT": "120"]
        let first = try WholeAgent(box, variables, in: folder)
        try await eventually("the socket is there") {
            (try? await first.ask(.status, patience: 1000)) != nil
        }
        let client = AgentClient(socket: first.agent.paths.socket)
        let tasks = try (0..<10).map { number in
            let addition = try AgentRequest.Addition.of("c\(number)", deadline: 300_000)
            let network = try NetworkName("vpc")
            return Task {
                try await Blocking.run {
                    try client.attachment(.add(addition), of: network, patience: 300_000)
                }
            }
        }
        try await eventually("all wait") { try await first.keeper.waitingDescriptions.count == 10 }
        try await first.stop()
        try await box.clearFaults()
        let next = try WholeAgent(box, variables, in: folder)
        var given: Set<IPAddress> = []
        for task in tasks { given.formUnion(try await task.value.addresses.map(\.address)) }
        #expect(given.count == 10)
        #expect(await (try next.keeper).snapshot.assignments.count == 10)
    }
}

extension CNITypes.Attachment {
    static func of(_ container: String) throws -> CNITypes.Attachment {
        try AgentRequest.Addition.attachment(container)
    }
}
