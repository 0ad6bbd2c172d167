// SPDX-License-Identifier: Apache-2.0

public import VXLANOverlay

extension KubernetesStore {
    /// Tells of all nodes' leases as they change.
    public func follow(
        _ lease: Lease, report: @escaping @Sendable (LeaseEvent) async -> Void
    ) async throws(LeaseStoreError) -> Never {
        let watcher = KubernetesWatcher(store: self, lease: lease)
        var backoff = Backoff()
        while true {
            do throws(LeaseStoreError) {
                try await watcher.goOn(report)
                backoff.reset()
            } catch {
                switch error.code {
                case .leaseLost, .cancelled: throw error
                case .expired: break
                default: await report(.failure(error))
                }
                try await backoff.pause()
            }
        }
    }
}

/// Follows the nodes: lists all of them, and then what changes from that version on.
actor KubernetesWatcher {
    private let store: KubernetesStore
    private let lease: Lease
    private var table = LeaseTable()
    /// The version that the table is of; nil if everything has to be read.
    private var version: String?

    init(store: KubernetesStore, lease: Lease) {
        self.store = store
        self.lease = lease
    }

    /// Goes on where it was, or begins with all nodes; returns when the server ends the watch.
    func goOn(_ report: @Sendable (LeaseEvent) async -> Void) async throws(LeaseStoreError) {
        do throws(LeaseStoreError) {
            if version == nil { try await readAll(report) }
            try await store.client.watch(since: version ?? "0") { change throws(LeaseStoreError) in
                try await self.take(change, report)
            }
        } catch {
            if error.code == .expired { version = nil }
            throw error
        }
    }

    private func readAll(_ report: @Sendable (LeaseEvent) async -> Void) async throws(LeaseStoreError) {
        let (nodes, version) = try await store.client.nodes()
        table = LeaseTable()
        for node in nodes { set(node) }
        self.version = version
        await report(table.event)
        guard let own = nodes.first(where: { $0.name == store.options.nodeName }) else {
            throw LeaseStoreError(.leaseLost, "kubernetes has no node \(store.options.nodeName) any more")
        }
        try await defend(own)
    }

    private func take(
        _ change: KubernetesClient.Change, _ report: @Sendable (LeaseEvent) async -> Void
    ) async throws(LeaseStoreError) {
        switch change {
        case .bookmark(let version):
            self.version = version
            await report(.contact)
        case .isThere(let node):
            version = node.version
            // Nodes change all the time without a change of their leases: the kubelet's heartbeats.
            await report(set(node) ? table.event : .contact)
            if node.name == store.options.nodeName { try await defend(node) }
        case .isGone(let node):
            version = node.version
            await report(table.set(node.name, nil) ? table.event : .contact)
            if node.name == store.options.nodeName {
                throw LeaseStoreError(.leaseLost, "kubernetes: node \(node.name) has been deleted")
            }
        }
    }

    @discardableResult
    private func set(_ node: KubernetesNode) -> Bool {
        do {
            let lease = try node.lease(store.options.annotationPrefix)
            return table.set(node.name, lease.map { .lease($0) })
        } catch {
            return table.set(node.name, .unreadable("\(error)"))
        }
    }

    /// Writes our annotations again if somebody has changed them; the subnets are not ours to change.
    private func defend(_ own: KubernetesNode) async throws(LeaseStoreError) {
        for family in [lease.v4, lease.v6].compactMap({ $0?.subnet }) where !own.podCIDRs.contains(family) {
            throw LeaseStoreError(.leaseLost, "kubernetes: node \(own.name) has other podCIDRs")
        }
        try await store.publish(lease, on: own)
    }
}
