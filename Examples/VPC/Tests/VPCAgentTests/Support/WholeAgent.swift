// SPDX-License-Identifier: Apache-2.0

import AddressPool
import CNITesting
import CNITypes
import EC2
import Glibc
import LinuxCore
import Logging
import NodeAgent
import NodeAgentTesting
import Testing
import VPCNetwork

@testable import VPCAgent

/// The whole agent in this process, with its socket, but without the node's kernel.
final class WholeAgent: Sendable {
    let agent: VPCAgent
    let folder: TemporaryFolder
    private let task: Task<Void, any Error>

    /// Starts an agent; one with the same folder goes on with what the one before knew.
    init(
        _ box: Box, _ variables: [String: String] = [:], in folder: TemporaryFolder,
        look: FakeLook = FakeLook(),
        service: (any EC2Service)? = nil, kubernetes: FakeKubernetes? = nil,
        _ change: (inout VPCAgent) throws -> Void = { _ in }
    ) throws {
        let read = AgentOptions.read(variables)
        try #require(read.errors.isEmpty, "\(read.errors)")
        let cluster = try kubernetes.map { server in
            let client = try KubernetesClient(KubernetesAccess(server: server.url), agent: "test")
            var view = ClusterView(client, node: "node1")
            view.period = .milliseconds(200)
            return view
        }
        var agent = VPCAgent(
            options: read.options, paths: Self.paths(in: folder), service: service ?? box.service,
            metadata: box.metadata, cluster: cluster,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        agent.refusesOthers = false
        agent.recordPatience = .milliseconds(500)
        agent.surroundings = Surroundings(links: FakeLinks(), look: look)
        try change(&agent)
        self.agent = agent
        self.folder = folder
        task = Task { [agent] in try await agent.run() }
    }

    static func paths(in folder: TemporaryFolder) -> AgentPaths {
        var paths = AgentPaths()
        paths.state = folder.path
        paths.socket = "\(folder.path)/agent.sock"
        paths.released = "\(folder.path)/released"
        return paths
    }

    deinit { task.cancel() }

    /// Ends it as a stop does; the journal is free for the next one then.
    func stop() async throws {
        task.cancel()
        _ = await task.result
        try await eventually("the journal is let go") {
            (try? JournalFile(self.agent.paths.journal, boot: NodeBoot.id)) != nil
        }
    }

    /// What the agent has ended with.
    func end() async -> Result<Void, any Error> { await task.result }

    /// The keeper, as soon as there is one.
    var keeper: PoolKeeper {
        get async throws {
            try await eventually("a keeper") { self.agent.board.keeper != nil }
            return try #require(agent.board.keeper)
        }
    }

    /// Has EC2 be looked at soon.
    func look() async throws { try await keeper.lookRequest.yield() }

    /// What readiness says is missing.
    var problems: [String] { get async { await agent.board.readiness.problems } }

    func ready() async throws { try await eventually("ready") { await self.problems.isEmpty } }

    func free(_ count: Int) async throws {
        let keeper = try await keeper
        try await eventually("\(count) free addresses") { await keeper.snapshot.counts.free == count }
    }

    func add(_ container: String, within patience: Duration = .seconds(90)) async throws -> Assignment {
        try await keeper.add(TestNode.request(container), patience: patience)
    }

    /// As many ADDs at once, each with an address.
    func addAll(_ count: Int, prefix: String = "c") async throws -> Set<IPAddress> {
        try await withThrowingTaskGroup(of: IPAddress?.self) { group in
            for number in 0..<count { group.addTask { try await self.add("\(prefix)\(number)").v4 } }
            return try await group.reduce(into: []) { if let address = $1 { $0.insert(address) } }
        }
    }

    /// Asks by the socket, as the plugin does.
    func ask(_ verb: AgentRequest.Verb, patience: UInt32 = 60000) async throws -> AgentAnswer.Content {
        let client = AgentClient(socket: agent.paths.socket)
        let network = try NetworkName("vpc")
        return try await Blocking.run { try client.ask(AgentRequest(verb, of: network), patience: patience) }
    }
}

/// Waits until something is so.
func eventually(
    _ what: String, within limit: Duration = .seconds(90), _ condition: () async throws -> Bool
) async throws {
    if try await holds(within: limit, condition) == nil {
        Issue.record("not within \(limit): \(what)")
        throw CancellationError()
    }
}

/// Runs what blocks on a thread of its own, as a plugin does.
enum Blocking {
    static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try DetachedThread.start { continuation.resume(with: Result(catching: body)) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}

extension AgentRequest.Addition {
    /// What the plugin asks for a container.
    static func of(_ container: String, deadline: UInt32 = 60000) throws -> AgentRequest.Addition {
        AgentRequest.Addition(
            attachment: try attachment(container), namespacePath: "/run/netns/\(container)",
            pod: PodReference(namespace: "default", name: container), deadline: deadline)
    }

    static func attachment(_ container: String) throws -> CNITypes.Attachment {
        CNITypes.Attachment(
            network: try NetworkName("vpc"), containerID: try ContainerID(container),
            interface: try InterfaceName("eth0"))
    }
}
