// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import NodeAgentCore
internal import Synchronization
internal import VXLANOverlay

/// Follows the entries of leases: reads all of them, and then the changes from that revision on.
actor EtcdWatcher {
    private let store: EtcdStore
    private let lease: Lease
    private var table = LeaseTable()
    /// The last revision that the table has; 0 if everything has to be read.
    private var revision: Int64 = 0

    init(store: EtcdStore, lease: Lease) {
        self.store = store
        self.lease = lease
    }

    /// Goes on where it was, or begins with all entries; returns when the member ends the watch, or after `limit`.
    ///
    /// - Throws: ``AgentError/Code/leaseLost`` if another node has our subnet by now.
    func watch(
        within limit: Duration, _ report: @escaping @Sendable (LeaseEvent) async -> Void
    ) async throws(AgentError) {
        if revision == 0 {
            try await readAll()
            await report(.leases(table.known))
            try await defendOwn()
        }
        let request: JSON = [
            "create_request": [
                "key": EtcdEntry.encoded(store.folder), "range_end": EtcdEntry.rangeEnd(store.folder),
                "start_revision": .string("\(revision + 1)"),
            ]
        ]
        let store = store
        let failure = await withTaskGroup(of: AgentError?.self) { group in
            group.addTask {
                do throws(AgentError) {
                    try await store.client.stream(
                        "watch", request, probing: store.configurationKey, contact: { await report(.contact) }
                    ) { result throws(AgentError) in
                        try await self.take(result, report)
                    }
                    return nil
                } catch {
                    return error
                }
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        if let failure { throw failure }
        // Whatever was missed is seen by reading all again.
        revision = 0
    }

    private func readAll() async throws(AgentError) {
        let known = store.read.withLock { read in
            defer { read = nil }
            return read
        }
        if let known { return (table, revision) = known }
        let (entries, revision) = try await store.client.entries(below: store.folder)
        table = LeaseTable()
        for entry in entries { store.set(entry, in: &table) }
        self.revision = revision
    }

    private func take(
        _ result: JSON, _ report: @Sendable (LeaseEvent) async -> Void
    ) async throws(AgentError) {
        if result["canceled"]?.bool == true {
            // The connection would stay open. What we want to go on from has been compacted, or the member has a reason.
            revision = 0
            let reason = result["cancel_reason"]?.string ?? "compacted"
            throw AgentError(.expired, "etcd ended the watch: \(reason.prefix(200))")
        }
        let now = EtcdEntry.number(result["header"]?["revision"])
        if result["created"]?.bool == true, now < revision {
            revision = 0
            throw AgentError(
                .unreachable, "etcd has gone back to an earlier state: reading everything again")
        }
        var hasChanged = false
        for event in result["events"]?.array ?? [] {
            guard let json = event["kv"], let entry = EtcdEntry(json), entry.key.hasPrefix(store.folder)
            else {
                continue
            }
            // Not that of the answer's head, which may be of events that are still to come.
            revision = max(revision, entry.modified)
            if event["type"]?.string == "DELETE" {
                if table.set(store.name(of: entry), nil) { hasChanged = true }
            } else if store.set(entry, in: &table) {
                hasChanged = true
            }
        }
        if hasChanged {
            await report(.leases(table.known))
            try await defendOwn()
        } else if result["created"]?.bool == true {
            await report(.contact)
        }
    }

    /// Puts our entry again if somebody has deleted or overwritten it.
    private func defendOwn() async throws(AgentError) {
        if table[lease.key.description] != LeaseReading(lease) { try await store.putAgain(lease) }
    }
}
