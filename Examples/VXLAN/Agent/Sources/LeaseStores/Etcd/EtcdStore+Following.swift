// SPDX-License-Identifier: Apache-2.0

public import NodeAgentCore
public import VXLANOverlay

extension EtcdStore {
    /// Keeps the node's key alive, and reports all leases as they change.
    public func follow(
        _ lease: Lease, report: @escaping @Sendable (LeaseEvent) async -> Void
    ) async throws(AgentError) -> Never {
        let failure = await withTaskGroup(of: AgentError.self) { group in
            group.addTask {
                await self.untilFailure { () throws(AgentError) in
                    try await self.keepAlive(lease, report)
                }
            }
            group.addTask {
                await self.untilFailure { () throws(AgentError) in try await self.watch(lease, report) }
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? AgentError(.cancelled, "cancelled")
        }
        throw failure
    }

    private func untilFailure(
        _ body: () async throws(AgentError) -> Never
    ) async -> AgentError {
        do throws(AgentError) {
            try await body()
        } catch {
            return error
        }
    }

    /// How long a watch lasts before all entries are read again, in case it has died silently.
    private static var watchLimit: Duration { .seconds(300) }

    private func watch(
        _ lease: Lease, _ report: @escaping @Sendable (LeaseEvent) async -> Void
    ) async throws(AgentError) -> Never {
        var backoff = Backoff()
        let watcher = EtcdWatcher(store: self, lease: lease)
        while true {
            do throws(AgentError) {
                try await watcher.watch(within: Self.watchLimit, report)
                backoff.reset()
            } catch {
                if error.code == .leaseLost || error.code == .cancelled { throw error }
                await report(.failure(error))
                try await backoff.pause()
            }
        }
    }
}
