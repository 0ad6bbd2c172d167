// SPDX-License-Identifier: Apache-2.0

package import AddressPool
internal import CNITypes
package import EC2
internal import Glibc
internal import LinuxCore
package import Logging
internal import NIOPosix
package import NodeAgent
internal import NodeAgentCore
internal import ServiceLifecycle
internal import VPCNetwork

/// The node's agent: owns the ENIs and addresses, and keeps the kernel's side of them.
package struct VPCAgent: Service {
    package var options: AgentOptions
    package var paths: AgentPaths
    package var service: any EC2Service
    package var metadata: any MetadataService
    /// Where Kubernetes is; nil without.
    package var cluster: ClusterView?
    package var metrics: AgentMetrics
    package let board: AgentBoard
    package var logger: Logger
    /// Whether to look whether the reference's agent runs.
    package var refusesOthers = true
    /// What the container runtime gets once addresses can be given; nil if somebody else sees to that.
    package var networkList: NetworkList?
    /// The node's kernel and namespaces; others than this process's own only for tests and measurements.
    package var surroundings = Surroundings()
    /// How long a start waits for EC2 that has what the node had before.
    package var recordPatience = Duration.seconds(5)

    package init(
        options: AgentOptions, paths: AgentPaths, service: any EC2Service, metadata: any MetadataService,
        cluster: ClusterView? = nil, metrics: AgentMetrics = AgentMetrics(), logger: Logger
    ) {
        self.options = options
        self.paths = paths
        self.service = service
        self.metadata = metadata
        self.cluster = cluster
        self.metrics = metrics
        board = AgentBoard()
        self.logger = logger
    }

    /// Works until the task is cancelled or a graceful shutdown begins; the data path stays then.
    ///
    /// - Throws: `AgentError` if it cannot work on this node at all.
    package func run() async throws {
        let journal = try start()
        try await cancelWhenGracefulShutdown {
            let record = NodeRecord.read(RecordFile(path: paths.record), now: NodeClock.now, logger: logger)
            guard let node = await discover(or: record) else { return }
            let wishes = try exclusiveWishes()
            let configs = try paths.eniConfigs.map { path throws(AgentError) in try ENIConfigFile(path) }
            let keeper = try await keeper(for: node.identity, journal: journal)
            board.set(keeper: keeper, node: node.identity)
            defer { board.clear() }
            if surroundings.links == nil { await keeper.awaitKernel() }
            if let enis = node.enis { await keeper.take(enis, now: NodeClock.now) }
            await keeper.keepRecord(in: RecordFile(path: paths.record))
            let kernel = NodeKernel(on: MultiThreadedEventLoopGroup(numberOfThreads: 1).next())
            let handler = RequestHandler(
                keeper: keeper, links: surroundings.links ?? kernel, options: options, wishes: wishes)
            let socket = SocketServer(path: paths.socket, handler: handler, logger: logger) {
                await readNotes(keeper)
            }
            let upkeep = Upkeep(
                agent: self, keeper: keeper, node: node.identity, isFromRecord: node.enis != nil,
                configs: configs)
            try await withThrowingTaskGroup { group in
                group.addTask { await keeper.run() }
                group.addTask { try await socket.run() }
                group.addTask { await upkeep.run() }
                if surroundings.links == nil {
                    group.addTask { await KernelUpkeep(agent: self, keeper: keeper, kernel: kernel).run() }
                }
                // Whichever ends first ends the others: a failure, or the task's end.
                _ = try await group.next()
                group.cancelAll()
            }
        }
    }

    /// Takes the journal, which only one agent can have.
    private func start() throws(AgentError) -> JournalBox {
        if refusesOthers, let evidence = OtherAgent.evidence() {
            throw AgentError(
                .refused,
                "aws-node runs on this node (\(evidence)): remove it first, then this agent takes its pods over"
            )
        }
        return try openJournal()
    }

    func openJournal() throws(AgentError) -> JournalBox {
        do throws(SystemError) {
            try Folder.create(paths.state)
            return try JournalBox(JournalFile(paths.journal, boot: NodeBoot.id))
        } catch {
            if error.errno == EAGAIN {
                throw AgentError(.refused, "another vpc-agent runs on this node: it has \(paths.journal)")
            }
            throw AgentError(.notConfigured, "\(error)")
        }
    }

    private func exclusiveWishes() throws(AgentError) -> ExclusiveWishes {
        guard let path = paths.exclusive else { return ExclusiveWishes() }
        let content = try InputFile.content(of: path)
        do throws(CNIError) {
            return try ExclusiveWishes(parsing: content)
        } catch {
            throw AgentError(.notConfigured, "\(path): \(error.message)")
        }
    }

    /// Takes back what plugins noted while no agent listened.
    private func readNotes(_ keeper: PoolKeeper) async {
        let notes = ReleasedAttachments(folder: paths.released)
        do throws(CNIError) {
            for attachment in try notes.all() {
                try await keeper.release(AttachmentKey(attachment), reason: "note")
                try notes.remove(attachment)
            }
        } catch {
            logger.warning("cannot read which attachments are gone", metadata: ["reason": "\(error)"])
        }
    }
}
