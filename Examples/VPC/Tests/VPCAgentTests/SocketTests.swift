// SPDX-License-Identifier: Apache-2.0

import AddressPool
import CNITesting
import CNITypes
import EC2
import FoundationEssentials
import Glibc
import LinuxCore
import Testing
import VPCNetwork

@testable import VPCAgent

/// Every ENI has an interface.
struct FakeLinks: LinkDirectory {
    func link(of mac: MACAddress) async -> String? { "ens\(mac.bits & 0xff)" }
}

@Suite("The socket, with the plugin's own client at the other end")
struct SocketTests {
    private func attachment(_ container: String) throws -> CNITypes.Attachment {
        CNITypes.Attachment(
            network: try NetworkName("vpc"), containerID: try ContainerID(container),
            interface: try InterfaceName("eth0"))
    }

    private func addition(_ container: String, deadline: UInt32 = 30000) throws -> AgentRequest.Addition {
        AgentRequest.Addition(
            attachment: try attachment(container), namespacePath: "/run/netns/\(container)",
            pod: PodReference(namespace: "default", name: container), deadline: deadline)
    }

    /// Runs a server and a keeper while `body` does; then both end as an agent that is stopped.
    private func serving<Value: Sendable>(
        _ node: TestNode, _ keeper: PoolKeeper, _ body: (AgentClient) async throws -> Value
    ) async throws -> Value {
        let path = "\(node.folder.path)/agent.sock"
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let server = SocketServer(
            path: path, handler: RequestHandler(keeper: keeper, links: FakeLinks(), options: node.options),
            logger: node.logger
        ) { start.yield() }
        let keeping = Task { await keeper.run() }
        let serving = Task { try await server.run() }
        var starts = started.makeAsyncIterator()
        _ = await starts.next()
        let value = try await body(AgentClient(socket: path))
        serving.cancel()
        keeping.cancel()
        _ = await serving.result
        await keeping.value
        return value
    }

    @Test("ADD, CHECK, STATUS, GC and DEL; only the owner may connect")
    func verbs() async throws {
        let node = try TestNode()
        let keeper = try await node.keeper()
        let (one, two) = (try addition("c1"), try addition("c2"))
        let network = try NetworkName("vpc")
        try await serving(node, keeper) { client in
            let permissions = try FileManager.default.attributesOfItem(atPath: client.socket)[
                .posixPermissions]
            #expect("\(permissions ?? 0)" == "\(0o600)")
            let given = try await Blocking.run {
                try client.ask(AgentRequest(.add(one), of: network), patience: 30000)
            }
            guard case .attachment(let attachment) = given, let address = attachment.addresses.first else {
                Issue.record("no attachment: \(given)")
                return
            }
            #expect(attachment.mtu == 9001)
            #expect(address.eni.link == "ens0")
            #expect(address.eni.isPrimary)
            #expect(address.eni.gateway == IPAddress("10.0.0.1"))
            // The same again.
            #expect(
                try await Blocking.run {
                    try client.ask(AgentRequest(.add(one), of: network), patience: 30000)
                }
                    == given)
            #expect(
                try await Blocking.run {
                    try client.ask(AgentRequest(.check(one.attachment), of: network), patience: 30000)
                } == given)
            _ = try await Blocking.run {
                try client.ask(AgentRequest(.add(two), of: network), patience: 30000)
            }
            // What is planned is not taken.
            let three = try addition("c3")
            let planned = try await Blocking.run {
                try client.ask(AgentRequest(.plan(three), of: network), patience: 30000)
            }
            #expect(
                try await Blocking.run {
                    try client.ask(AgentRequest(.add(three), of: network), patience: 30000)
                }
                    == planned)
            #expect(
                try await Blocking.run { try client.ask(AgentRequest(.status, of: network), patience: 30000) }
                    == .done)
            let valid = [AttachmentReference(containerID: "c2", ifname: "eth0")]
            #expect(
                try await Blocking.run {
                    try client.ask(AgentRequest(.collect(valid), of: network), patience: 30000)
                } == .done)
            #expect(await keeper.snapshot.assignments.keys.map(\.container) == ["c2"])
            for _ in 0..<2 {
                #expect(
                    try await Blocking.run {
                        try client.ask(AgentRequest(.delete(two.attachment), of: network), patience: 30000)
                    } == .done)
            }
            guard
                case .failure(let unknown) = try await Blocking.run({
                    try client.ask(AgentRequest(.check(two.attachment), of: network), patience: 30000)
                })
            else {
                Issue.record("a CHECK of what is gone succeeds")
                return
            }
            #expect(unknown.code == .unknownContainer)
        }
    }

    @Test("A GC of one network leaves the other's attachments")
    func networks() async throws {
        let node = try TestNode()
        let keeper = try await node.keeper()
        try await node.running(keeper) {
            _ = try await keeper.add(TestNode.request("c1"), patience: .seconds(30))
            try await keeper.collect("other", valid: [])
            #expect(await keeper.snapshot.assignments.count == 1)
            try await keeper.collect("vpc", valid: [])
            #expect(await keeper.snapshot.assignments.isEmpty)
        }
    }

    @Test("Ten ADDs wait while the agent is restarted, and all are served by the next one")
    func restartWhileWaiting() async throws {
        let node = try TestNode(FakeEC2(), ["WARM_IP_TARGET": "10", "VPC_AGENT_ADD_WAIT": "60"])
        await node.ec2.change { $0.space = [:] }
        let network = try NetworkName("vpc")
        let additions = try (0..<10).map { try addition("c\($0)", deadline: 60000) }
        var waiting: [Task<PodAttachment, any Error>] = []
        do {
            let keeper = try await node.keeper(subnets: ["subnet-a"])
            waiting = try await serving(node, keeper) { client in
                let tasks = additions.map { addition in
                    Task {
                        try await Blocking.run {
                            try client.attachment(.add(addition), of: network, patience: 60000)
                        }
                    }
                }
                try await eventually("all wait") { await keeper.waitingDescriptions.count == 10 }
                return tasks
            }
        }
        // Between the two nobody listens.
        await node.ec2.change {
            $0.space["subnet-a"] = (1...4).compactMap { IPPrefix("10.0.0.\($0 * 16)/28") }
        }
        try await eventually("the journal is let go") {
            (try? JournalFile("\(node.folder.path)/journal", boot: "b")) != nil
        }
        let keeper = try await node.keeper(subnets: ["subnet-a"])
        let tasks = waiting
        try await serving(node, keeper) { _ in
            var addresses: Set<IPAddress> = []
            for task in tasks { addresses.formUnion(try await task.value.addresses.map(\.address)) }
            #expect(addresses.count == 10)
        }
    }

    @Test(
        "What is no request is answered or cut off, and costs nobody else anything",
        arguments: [
            "\n", "{}\n", "null\n", "{\"version\":1,\"verb\":\"add\"}\n",
            "{\"version\":9,\"verb\":\"status\"}\n",
            String(repeating: "[", count: 100_000) + "\n", "\u{0}\u{1}\n",
        ])
    func hostile(text: String) async throws {
        let node = try TestNode()
        let keeper = try await node.keeper()
        let handler = RequestHandler(keeper: keeper, links: FakeLinks(), options: node.options)
        let line = await handler.answer(Array(text.utf8.dropLast()))
        guard case .failure(let error) = try AgentAnswer(parsing: Array(line.dropLast())).content else {
            Issue.record("accepted: \(text.prefix(40))")
            return
        }
        #expect(error.code == .decodingFailure || error.code == .incompatibleVersion)
        #expect(await keeper.snapshot.assignments.isEmpty)
    }

    @Test("A request without an end is cut off, and others are served meanwhile")
    func endless() async throws {
        let node = try TestNode()
        let keeper = try await node.keeper()
        let network = try NetworkName("vpc")
        try await serving(node, keeper) { client in
            let path = client.socket
            // More than any request has, without the end of a line.
            let isCutOff = Task {
                try await Blocking.run {
                    let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
                    defer { close(descriptor) }
                    try LocalSocket(path: path).connect(descriptor)
                    let chunk = [UInt8](repeating: 0x20, count: 1 << 16)
                    for _ in 0..<64 where send(descriptor, chunk, chunk.count, CInt(MSG_NOSIGNAL)) < 0 {
                        return true
                    }
                    return false
                }
            }
            _ = try await Blocking.run { try client.ask(AgentRequest(.status, of: network), patience: 30000) }
            let value = try await isCutOff.value
            #expect(value)
        }
    }
}
