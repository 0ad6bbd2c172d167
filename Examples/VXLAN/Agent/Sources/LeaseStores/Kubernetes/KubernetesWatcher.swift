// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import VXLANOverlay

/// Follows the nodes: lists all of them, and then what changes from that version on.
actor KubernetesWatcher {
    private let store: KubernetesStore
    private let name: String
    private let lease: Lease
    private var table = LeaseTable()
    /// The version that the table is of; nil if everything has to be read.
    private var version: String?
    /// Our own node as it was seen last.
    private var own: KubernetesNode?
    /// What an operator wanted the node to publish when we began, by family.
    private var overwrites: [IPAddress.Family: IPAddress?] = [:]
    private var lastDefence: ContinuousClock.Instant?
    /// Whether a watch has told anything.
    private var isHearing = false

    init(store: KubernetesStore, name: String, lease: Lease) {
        self.store = store
        self.name = name
        self.lease = lease
    }

    /// Whether a watch has told anything since this was asked last.
    func hasHeard() -> Bool {
        defer { isHearing = false }
        return isHearing
    }

    /// Goes on where it was, or begins with all nodes; returns when the server ends the watch.
    func goOn(_ report: @Sendable (LeaseEvent) async -> Void) async throws(LeaseStoreError) {
        do throws(LeaseStoreError) {
            let version = if let version { version } else { try await readAll(report) }
            // Else all agents that an API server's restart has interrupted would come again at the same time.
            var seconds = Int.random(in: KubernetesClient.watchLimit / 2...KubernetesClient.watchLimit)
            do throws(LeaseStoreError) {
                if let own { try await defend(own) }
            } catch {
                if error.code == .leaseLost || error.code == .cancelled { throw error }
                // The others' leases can be followed all the same.
                await report(.failure(error))
                seconds = 10
            }
            try await store.client.watch(since: version, seconds: seconds) { change throws(LeaseStoreError) in
                try await self.take(change, report)
            }
            await report(.contact)
        } catch {
            // What could not be read in a watch would come again and again.
            if error.code == .expired || error.code == .malformed { version = nil }
            throw error
        }
    }

    private func readAll(
        _ report: @Sendable (LeaseEvent) async -> Void
    ) async throws(LeaseStoreError) -> String {
        own = nil
        table = LeaseTable()
        let version = try await store.client.eachPage { await self.set($0) }
        self.version = version
        await report(table.event)
        guard let own else {
            throw LeaseStoreError(.leaseLost, "kubernetes has no node \(name) any more")
        }
        try await require(own, report)
        return version
    }

    private func take(
        _ change: KubernetesClient.Change, _ report: @Sendable (LeaseEvent) async -> Void
    ) async throws(LeaseStoreError) {
        isHearing = true
        switch change {
        case .bookmark(let version):
            self.version = version
            await report(.contact)
        case .isThere(let node):
            version = node.version
            // Nodes change all the time without a change of their leases: the kubelet's heartbeats.
            await report(set(node) ? table.event : .contact)
            if node.name == name {
                try await require(node, report)
                try await defend(node)
            }
        case .isGone(let node):
            version = node.version
            await report(table.set(node.name, nil) ? table.event : .contact)
            if node.name == name {
                throw LeaseStoreError(.leaseLost, "kubernetes: node \(name) has been deleted")
            }
        }
    }

    private func set(_ nodes: [KubernetesNode]) { for node in nodes { set(node) } }

    /// Takes a node into the table; returns whether its lease is another one than before.
    @discardableResult
    private func set(_ node: KubernetesNode) -> Bool {
        if node.name == name {
            own = node
            // Ours is what we say, also while somebody else has overwritten it.
            return table.set(name, .lease(lease))
        }
        do {
            let lease = try node.lease(store.options.annotationPrefix)
            return table.set(node.name, lease.map { .lease($0) })
        } catch {
            return table.set(node.name, .unreadable("\(error)"))
        }
    }

    /// Sees to it that our node has still what the lease was made from.
    private func require(
        _ own: KubernetesNode, _ report: @Sendable (LeaseEvent) async -> Void
    ) async throws(LeaseStoreError) {
        try KubernetesStore.requireSubnets(of: lease, on: own)
        for family in [IPAddress.Family.v4, .v6] {
            guard let part = lease[family] else { continue }
            let wanted: IPAddress?
            do throws(LeaseStoreError) {
                wanted = try own.overwrite(family, store.options.annotationPrefix)
            } catch {
                // A slip of the pen is no reason to be without a lease.
                await report(.failure(error))
                continue
            }
            let known = overwrites[family] ?? wanted
            overwrites[family] = .some(known)
            if known != wanted || wanted ?? part.publicIP != part.publicIP {
                throw LeaseStoreError(
                    .leaseLost, "kubernetes: node \(name) is to be reached at another address by now")
            }
        }
    }

    /// Writes our annotations again if somebody has changed them.
    private func defend(_ own: KubernetesNode) async throws(LeaseStoreError) {
        if store.changes(for: lease, on: own).isEmpty { return }
        // Against somebody who does the same, once a second.
        if let lastDefence, lastDefence.duration(to: .now) < .seconds(1) {
            try await Backoff.sleep(for: .seconds(1) - lastDefence.duration(to: .now))
        }
        lastDefence = .now
        try await store.publish(lease, on: own)
    }
}
