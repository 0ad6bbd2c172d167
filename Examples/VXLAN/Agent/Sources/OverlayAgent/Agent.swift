// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
public import LeaseStores
public import Logging
internal import NIOCore
internal import NIOPosix
public import NodeAgent
internal import NodeAgentStatus
public import ServiceLifecycle
internal import VXLANOverlay

/// A node's agent: gets the node a lease, keeps it, and keeps the kernel equal to what all leases ask for.
///
/// The kernel is level-triggered: whatever happens, the desired state follows from the leases as they are, and is
/// compared with the kernel as it is. When the agent ends, the data path stays.
public struct Agent: Service {
    let store: any LeaseStore
    let options: AgentOptions
    let logger: Logger
    let kernel: Kernel
    let registry = MetricRegistry()
    let metrics: AgentMetrics
    /// How the agent is doing.
    public let board = StatusBoard()
    /// What the container runtime gets once pods can be attached; nil if somebody else sees to that.
    public var networkList: NetworkList?

    /// Creates an agent for the node whose network namespace the process is in.
    public init(store: any LeaseStore, options: AgentOptions, logger: Logger) {
        self.store = store
        self.options = options
        self.logger = logger
        metrics = AgentMetrics(registry)
        kernel = Kernel(on: MultiThreadedEventLoopGroup(numberOfThreads: 1).next())
    }

    /// Works until the task is cancelled or a graceful shutdown begins.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                if let networkList {
                    group.addTask { await networkList.publish(logger: logger) { board.now.isAttachable } }
                }
                while !Task.isCancelled {
                    guard let (node, choice) = await establish() else { continue }
                    await Maintenance(agent: self, node: node, choice: choice).run()
                }
                group.cancelAll()
            }
        }
    }

    /// Does `body` until it succeeds, with a growing pause between; nil if the task is cancelled.
    func untilSuccess<Value>(
        _ purpose: String, _ body: () async throws -> Value
    ) async -> Value? {
        board.update { $0.waitingFor = purpose }
        var pause = Duration.seconds(1)
        while !Task.isCancelled {
            do {
                return try await body()
            } catch {
                if Task.isCancelled { break }
                metrics.storeFailures.increment()
                board.update { status in
                    status.waitingFor = "\(purpose): \(error)"
                    status.lastReconcile = .now
                }
                logger.warning("waiting for \(purpose)", metadata: ["reason": "\(error)"])
            }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(10))
        }
        return nil
    }
}
