// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
public import NodeAgentCore
internal import Synchronization
public import VXLANOverlay

/// A cluster in etcd, with flannel's keys and values: `PREFIX/config`, and the leases below `PREFIX/subnets/`.
///
/// Each node's key goes with a lease of etcd's own that the node keeps alive. A key without one is a reservation: it is
/// for the node of its address, and never goes.
public final class EtcdStore: LeaseStore {
    let client: EtcdClient
    let options: EtcdOptions
    /// The etcd lease that our key goes with; 0 for a reservation.
    let ownLease = Mutex<Int64>(0)
    /// What was read to get a lease: following starts from there.
    let read = Mutex<(table: LeaseTable, revision: Int64)?>(nil)

    /// How often other nodes may win the race for a subnet before that is an error.
    private static let races = 100

    /// Creates a store.
    ///
    /// - Throws: ``AgentError/Code/notConfigured`` for an endpoint or a file that is none.
    public init(_ options: EtcdOptions) throws(AgentError) {
        client = try EtcdClient(options)
        self.options = options
    }

    /// `etcd http://127.0.0.1:2379/coreos.com/network`.
    public var description: String { "etcd \(options.endpoints.joined(separator: ","))\(options.prefix)" }

    /// The key of the cluster's configuration.
    var configurationKey: String { "\(options.prefix)/config" }

    /// What the keys of leases begin with.
    var folder: String { "\(options.prefix)/subnets/" }

    func key(_ subnets: SubnetKey) -> String { folder + subnets.description }

    /// Reads `PREFIX/config`.
    public func configuration() async throws(AgentError) -> OverlayConfiguration {
        let key = configurationKey
        guard let entry = try await client.entry(key) else {
            throw AgentError(.notConfigured, "etcd has no key \(key)")
        }
        do throws(CNIError) {
            return try OverlayConfiguration(parsing: entry.value)
        } catch {
            throw AgentError(.notConfigured, "etcd key \(key): \(error.message)")
        }
    }

    /// Takes a subnet by a transaction, again with another one as long as other nodes are faster.
    public func acquire(_ request: LeaseRequest) async throws(AgentError) -> Lease {
        var granted: Int64 = 0
        do throws(AgentError) {
            var backoff = Backoff()
            for _ in 0..<Self.races {
                let (entries, revision) = try await client.entries(below: folder)
                var table = LeaseTable()
                for entry in entries { set(entry, in: &table) }
                let decision = try decide(request, table)
                let name = key(decision.lease.key)
                let former = entries.first { $0.key == name }
                var lease: Int64 = 0
                if former.map({ $0.lease != 0 }) ?? true {
                    if granted == 0 { granted = try await client.grant(options.timeToLive) }
                    lease = granted
                }
                let obsolete = entries.filter { entry in
                    // Not those without an etcd lease, which are somebody's wish.
                    entry.lease != 0 && decision.obsolete.contains { entry.key == key($0) }
                }
                let isPut = try await client.put(
                    name, decision.lease.value, lease: lease, deleting: obsolete.map(\.key),
                    if: [
                        // Subnets of other sizes, and those of another family, are under other keys.
                        former.map { .isUnchanged(name, since: $0.modified) }
                            ?? .nothingIsPut(below: folder, since: revision)
                    ] + obsolete.map { .isUnchanged($0.key, since: $0.modified) })
                guard isPut else {
                    try await backoff.pause()
                    continue
                }
                ownLease.withLock { $0 = lease }
                table.set(decision.lease.key.description, LeaseReading(decision.lease))
                read.withLock { $0 = (table, revision) }
                return decision.lease
            }
            throw AgentError(
                .unreachable, "etcd: other nodes took the subnet first, \(Self.races) times")
        } catch {
            // Nobody needs it any more; otherwise it ends by itself.
            do throws(AgentError) { if granted != 0 { try await client.revoke(granted) } } catch {}
            throw error
        }
    }

    private func decide(
        _ request: LeaseRequest, _ table: LeaseTable
    ) throws(AgentError) -> LeaseDecision {
        var generator = SystemRandomNumberGenerator()
        return try LeaseDecision(
            for: request, leases: table.complete,
            unreadable: table.incompleteNames.compactMap { SubnetKey($0) },
            using: &generator)
    }

    /// Reads an entry into a table; returns whether the table has changed.
    @discardableResult
    func set(_ entry: EtcdEntry, in table: inout LeaseTable) -> Bool {
        table.set(name(of: entry), LeaseReading(key: name(of: entry), value: entry.value))
    }

    /// An entry's key without the folder.
    func name(of entry: EtcdEntry) -> String { String(entry.key.dropFirst(folder.count)) }

    func lease(of entry: EtcdEntry) throws(CNIError) -> Lease {
        try Lease(key: name(of: entry), value: entry.value)
    }

    /// Deletes the node's key, unless it is a reservation or another node's by now.
    public func release(_ lease: Lease) async throws(AgentError) {
        guard let entry = try await client.entry(key(lease.key)), entry.lease != 0, isOurs(entry, lease)
        else {
            return
        }
        try await client.delete(entry)
    }
}
