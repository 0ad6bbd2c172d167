// SPDX-License-Identifier: Apache-2.0

package import AddressPool
internal import CNITypes
package import EC2
internal import Glibc
internal import LinuxCore
package import Logging
internal import NIOPosix
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
            guard let node = await discover() else { return }
            let wishes = try exclusiveWishes()
            let keeper = try await keeper(for: node, journal: journal)
            board.set(keeper: keeper, node: node)
            await keeper.awaitKernel()
            let kernel = NodeKernel(on: MultiThreadedEventLoopGroup(numberOfThreads: 1).next())
            let handler = RequestHandler(keeper: keeper, links: kernel, options: options, wishes: wishes)
            let socket = SocketServer(path: paths.socket, handler: handler, logger: logger) {
                await readNotes(keeper)
            }
            let upkeep = Upkeep(agent: self, keeper: keeper, node: node)
            try await withThrowingTaskGroup { group in
                group.addTask { await keeper.run() }
                group.addTask { try await socket.run() }
                group.addTask { await upkeep.run() }
                group.addTask { await KernelUpkeep(agent: self, keeper: keeper, kernel: kernel).run() }
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

    /// Finds out what the node is; nil if the task is cancelled.
    func discover() async -> NodeIdentity? {
        var backoff = Backoff(from: .milliseconds(500), to: .seconds(15))
        while !Task.isCancelled {
            do {
                let node = try await NodeIdentity.discover(metadata, service)
                logger.info(
                    "node found",
                    metadata: [
                        "instance": "\(node.instance)", "type": "\(node.type)", "subnet": "\(node.subnet)",
                        "enis": "\(node.limits.enis)", "addresses-per-eni": "\(node.limits.addressesPerENI)",
                    ])
                return node
            } catch {
                board.set(waitingFor: "the metadata service and EC2: \(error)")
                logger.warning("waiting for the metadata service and EC2", metadata: ["reason": "\(error)"])
            }
            do { try await backoff.pause() } catch { return nil }
        }
        return nil
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
