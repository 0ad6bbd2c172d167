// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import NodeAgentCore
internal import NodeAgentKubernetes
internal import VXLANOverlay

/// The leases of all nodes, as the API server reports them; keeps our own node's annotations as we publish them.
actor KubernetesLeases {
    private let store: KubernetesStore
    private let name: String
    private let lease: Lease
    private let report: @Sendable (LeaseEvent) async -> Void
    private var table = LeaseTable(namesAreNodes: true)
    /// Our own node as it was seen last.
    private var own: KubernetesNode?
    /// What an operator wanted the node to publish when we began, by family.
    private var overwrites: [IPAddress.Family: IPAddress?] = [:]
    private var defence = AnnotationDefence()
    /// Whether our annotations have not been written again yet.
    private var isDefenceOwed = false

    init(
        store: KubernetesStore, name: String, lease: Lease,
        report: @escaping @Sendable (LeaseEvent) async -> Void
    ) {
        self.store = store
        self.name = name
        self.lease = lease
        self.report = report
    }

    func take(_ event: KubernetesReflector.Event) async throws(AgentError) {
        switch event {
        case .listing:
            own = nil
            table = LeaseTable(namesAreNodes: true)
        case .page(let objects): for object in objects { set(try store.node(object)) }
        case .listed:
            await report(.leases(table.known))
            guard let own else {
                throw AgentError(.leaseLost, "kubernetes has no node \(name) any more")
            }
            try await require(own)
            try await defend(own)
        case .present(let object):
            let node = try store.node(object)
            // Nodes change all the time without a change of their leases: the kubelet's heartbeats.
            await report(set(node) ? .leases(table.known) : .contact)
            if node.name == name {
                try await require(node)
                try await defend(node)
            } else {
                try await defendIfOwed()
            }
        case .absent(let object):
            let node = try store.node(object)
            await report(table.set(node.name, nil) ? .leases(table.known) : .contact)
            if node.name == name {
                throw AgentError(.leaseLost, "kubernetes: node \(name) has been deleted")
            }
        case .contact:
            await report(.contact)
            try await defendIfOwed()
        case .failure(let error): await report(.failure(error))
        }
    }

    /// Takes a node into the table; returns whether its lease is another one than before.
    @discardableResult
    private func set(_ node: KubernetesNode) -> Bool {
        if node.name == name {
            own = node
            // Ours is what we say, also while somebody else has overwritten it.
            return table.set(name, LeaseReading(lease))
        }
        let reading = node.lease(store.options.annotationPrefix)
        let isThere = reading.lease != nil || !reading.isComplete
        return table.set(node.name, isThere ? reading : nil)
    }

    /// Sees to it that our node has still what the lease was made from.
    private func require(_ own: KubernetesNode) async throws(AgentError) {
        try KubernetesStore.requireSubnets(of: lease, on: own)
        for family in [IPAddress.Family.v4, .v6] {
            guard let part = lease[family] else { continue }
            let wanted: IPAddress?
            do throws(AgentError) {
                wanted = try own.overwrite(family, store.options.annotationPrefix)
            } catch {
                // A slip of the pen is no reason to be without a lease.
                await report(.failure(error))
                continue
            }
            let known = overwrites[family] ?? wanted
            overwrites[family] = .some(known)
            if known != wanted || wanted ?? part.publicIP != part.publicIP {
                throw AgentError(
                    .leaseLost, "kubernetes: node \(name) is to be reached at another address by now")
            }
        }
    }

    /// Writes our annotations again if somebody has changed them.
    ///
    /// If they cannot be written the others' leases are followed all the same, and it is tried again.
    private func defend(_ own: KubernetesNode) async throws(AgentError) {
        isDefenceOwed = false
        if defence.calmed() { await report(.contested(nil)) }
        let changes = store.changes(for: lease, on: own)
        if changes.isEmpty { return }
        let pause = defence.pause()
        // A long pause would keep us from following the others: it is seen to with what they do.
        isDefenceOwed = pause > .seconds(1)
        if isDefenceOwed { return }
        if pause > .zero { try await Backoff.sleep(for: pause) }
        let wasContested = defence.isContested
        defence.wrote()
        if defence.isContested, !wasContested {
            let keys = changes.map(\.key).joined(separator: ", ")
            await report(
                .contested(
                    "somebody else writes \(keys) of node \(name): does another agent run under its name?"))
        }
        do throws(AgentError) {
            try await store.publish(lease, on: own)
        } catch {
            if error.code == .leaseLost || error.code == .cancelled { throw error }
            isDefenceOwed = true
            await report(.failure(error))
        }
    }

    private func defendIfOwed() async throws(AgentError) {
        if defence.calmed() { await report(.contested(nil)) }
        guard isDefenceOwed, let own, defence.pause() == .zero else { return }
        try await defend(own)
    }
}
