// SPDX-License-Identifier: Apache-2.0

internal import NodeAgentCore
internal import CNITypes

extension EtcdClient {
    /// A condition of a transaction.
    enum Condition {
        /// The key is not there.
        case isAbsent(String)
        /// The key was changed last by that revision.
        case isUnchanged(String, since: Int64)
        /// No key that begins with the text has been put since that revision.
        case nothingIsPut(below: String, since: Int64)

        fileprivate var json: JSON {
            switch self {
            case .isAbsent(let key):
                ["key": EtcdEntry.encoded(key), "target": "VERSION", "result": "EQUAL", "version": "0"]
            case .isUnchanged(let key, let revision):
                [
                    "key": EtcdEntry.encoded(key), "target": "MOD", "result": "EQUAL",
                    "mod_revision": .string("\(revision)"),
                ]
            case .nothingIsPut(let prefix, let revision):
                [
                    "key": EtcdEntry.encoded(prefix), "range_end": EtcdEntry.rangeEnd(prefix),
                    "target": "MOD",
                    "result": "LESS", "mod_revision": .string("\(revision + 1)"),
                ]
            }
        }
    }

    /// The entry of a key.
    func entry(_ key: String) async throws(AgentError) -> EtcdEntry? {
        let answer = try await call("kv/range", ["key": EtcdEntry.encoded(key)])
        return answer["kvs"]?.array?.first.flatMap { EtcdEntry($0) }
    }

    /// All entries whose keys begin with a text, and the revision that they are of.
    func entries(below prefix: String) async throws(AgentError) -> (
        entries: [EtcdEntry], revision: Int64
    ) {
        let range: JSON = ["key": EtcdEntry.encoded(prefix), "range_end": EtcdEntry.rangeEnd(prefix)]
        let answer = try await call("kv/range", range)
        return (
            (answer["kvs"]?.array ?? []).compactMap { EtcdEntry($0) },
            EtcdEntry.number(answer["header"]?["revision"])
        )
    }

    /// Puts a value and deletes keys, all or nothing, if all conditions hold; returns whether they did.
    ///
    /// - Parameter lease: The lease that the key goes with; 0 for none.
    func put(
        _ key: String, _ value: [UInt8], lease: Int64, deleting obsolete: [String] = [],
        if conditions: [Condition]
    ) async throws(AgentError) -> Bool {
        var put: JSONObject = ["key": EtcdEntry.encoded(key), "value": EtcdEntry.encoded(value)]
        if lease != 0 { put["lease"] = .string("\(lease)") }
        let deletions = obsolete.map { JSON.object(["request_delete_range": ["key": EtcdEntry.encoded($0)]]) }
        let answer = try await call(
            "kv/txn",
            [
                "compare": .array(conditions.map(\.json)),
                "success": .array([["request_put": .object(put)]] + deletions),
            ])
        return answer["succeeded"]?.bool ?? false
    }

    /// Deletes a key if it is as it was.
    func delete(_ entry: EtcdEntry) async throws(AgentError) {
        _ = try await call(
            "kv/txn",
            [
                "compare": [Condition.isUnchanged(entry.key, since: entry.modified).json],
                "success": [["request_delete_range": ["key": EtcdEntry.encoded(entry.key)]]],
            ])
    }

    /// Gets a lease that lives so many seconds without being kept alive.
    func grant(_ seconds: Int) async throws(AgentError) -> Int64 {
        let lease = EtcdEntry.number(try await call("lease/grant", ["TTL": .string("\(seconds)")])["ID"])
        guard lease != 0 else { throw AgentError(.malformed, "etcd lease/grant: no ID in the answer") }
        return lease
    }

    /// Lets a lease live as long again; returns whether there still was one.
    func keepAlive(_ lease: Int64) async throws(AgentError) -> Bool {
        let answer = try await call("lease/keepalive", ["ID": .string("\(lease)")])
        return EtcdEntry.number(answer["result"]?["TTL"]) > 0
    }

    /// Ends a lease, and deletes what goes with it.
    func revoke(_ lease: Int64) async throws(AgentError) {
        _ = try await call("lease/revoke", ["ID": .string("\(lease)")])
    }
}
