// SPDX-License-Identifier: Apache-2.0

public import NodeAgentCore
internal import NodeAgentKubernetes
public import VXLANOverlay

extension KubernetesStore {
    /// Reports all nodes' leases as they change.
    public func follow(
        _ lease: Lease, report: @escaping @Sendable (LeaseEvent) async -> Void
    ) async throws(AgentError) -> Never {
        var backoff = Backoff()
        var found: String?
        while found == nil {
            do throws(AgentError) {
                found = try await nodeName()
            } catch {
                if error.code == .cancelled { throw error }
                await report(.failure(error))
                try await backoff.pause()
            }
        }
        let nodes = KubernetesLeases(store: self, name: found ?? "", lease: lease, report: report)
        try await KubernetesReflector(client, .nodes).run(final: [.leaseLost]) { event throws(AgentError) in
            try await nodes.take(event)
        }
    }
}
