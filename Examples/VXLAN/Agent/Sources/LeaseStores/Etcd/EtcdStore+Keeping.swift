// SPDX-License-Identifier: Apache-2.0

internal import NodeAgentCore
internal import Synchronization
internal import VXLANOverlay

extension EtcdStore {
    /// Keeps the etcd lease alive every third of its time, and every minute, so that it is known whether etcd is there.
    func keepAlive(
        _ lease: Lease, _ report: @Sendable (LeaseEvent) async -> Void
    ) async throws(AgentError) -> Never {
        var backoff = Backoff()
        while true {
            do throws(AgentError) {
                try await keepAliveOnce(lease)
                await report(.contact)
                backoff.reset()
                try await Backoff.sleep(for: min(.milliseconds(options.timeToLive * 1000 / 3), .seconds(60)))
            } catch {
                if error.code == .leaseLost || error.code == .cancelled { throw error }
                await report(.failure(error))
                try await backoff.pause()
            }
        }
    }

    private func keepAliveOnce(_ lease: Lease) async throws(AgentError) {
        let id = ownLease.withLock { $0 }
        if id != 0, try await client.keepAlive(id) { return }
        // It has expired, since etcd was not reachable for longer than it lives; or it is a reservation, which needs no
        // keeping, but whether etcd is there is worth knowing all the same.
        try await putAgain(lease)
    }

    /// Sees to it that our key is there with our value and a lease that is alive.
    ///
    /// - Throws: ``AgentError/Code/leaseLost`` if another node has the subnet by now.
    func putAgain(_ lease: Lease) async throws(AgentError) {
        let key = key(lease.key)
        for _ in 0..<10 {
            let entry = try await client.entry(key)
            let id = ownLease.withLock { $0 }
            if let entry {
                if entry.value == lease.value, entry.lease == id { return }
                guard isOurs(entry, lease) else {
                    throw AgentError(
                        .leaseLost, "etcd key \(key): another node has the subnet by now")
                }
            }
            let isReservation = entry?.lease == 0
            let granted = isReservation ? 0 : try await client.grant(options.timeToLive)
            let isPut = try await client.put(
                key, lease.value, lease: granted,
                if: [entry.map { .isUnchanged(key, since: $0.modified) } ?? .isAbsent(key)])
            if isPut { return ownLease.withLock { $0 = granted } }
            do throws(AgentError) { if granted != 0 { try await client.revoke(granted) } } catch {}
        }
        throw AgentError(.unreachable, "etcd key \(key): keeps changing")
    }

    /// Whether an entry is of this node: published with its address.
    func isOurs(_ entry: EtcdEntry, _ lease: Lease) -> Bool {
        guard let found = try? self.lease(of: entry) else { return false }
        return found.v4?.publicIP == lease.v4?.publicIP && found.v6?.publicIP == lease.v6?.publicIP
    }
}
