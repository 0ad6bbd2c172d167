// SPDX-License-Identifier: Apache-2.0

public import VXLANOverlay

extension KubernetesStore {
    /// Tells of all nodes' leases as they change.
    public func follow(
        _ lease: Lease, report: @escaping @Sendable (LeaseEvent) async -> Void
    ) async throws(LeaseStoreError) -> Never {
        var backoff = Backoff()
        var watcher: KubernetesWatcher?
        while true {
            do throws(LeaseStoreError) {
                let going =
                    if let watcher { watcher } else {
                        KubernetesWatcher(store: self, name: try await nodeName(), lease: lease)
                    }
                watcher = going
                try await going.goOn(report)
            } catch {
                switch error.code {
                case .leaseLost, .cancelled: throw error
                case .expired: break
                default: await report(.failure(error))
                }
            }
            // Also after a watch that ended as it should: a server that ends each at once is not to be asked all the time.
            if await watcher?.hasHeard() ?? false { backoff.reset() }
            try await backoff.pause()
        }
    }
}
