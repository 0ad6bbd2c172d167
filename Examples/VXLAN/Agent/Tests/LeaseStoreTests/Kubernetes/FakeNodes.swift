// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Synchronization

/// The Node objects of an API server, with versions, history and watches, as the real one's etcd keeps them.
///
/// See https://kubernetes.io/docs/reference/using-api/api-concepts.
final class FakeNodes: Sendable {
    struct Event: Sendable {
        let version: Int
        let type: String
        let object: JSON

        var line: JSON { ["type": .string(type), "object": object] }
    }

    private struct State {
        var version = 1000
        var nodes: [String: JSON] = [:]
        var history: [Event] = []
        /// What is older cannot be gone on from.
        var oldest = 1000
        var watches: [Int: AsyncStream<JSON?>.Continuation] = [:]
        var conflicts = 0
    }

    private let state = Mutex(State())

    /// Creates or replaces a node.
    func put(_ name: String, podCIDRs: [String], annotations: [String: String] = [:]) {
        state.withLock { state in
            let isThere = state.nodes[name] != nil
            let object: JSON = [
                "metadata": [
                    "name": .string(name),
                    "annotations": .object(JSONObject(annotations.mapValues { .string($0) })),
                ],
                "spec": [
                    "podCIDR": podCIDRs.first.map { .string($0) } ?? .null,
                    "podCIDRs": .array(podCIDRs.map { .string($0) }),
                ], "status": ["conditions": [["type": "Ready", "status": "True"]]],
            ]
            Self.store(object, name, isThere ? "MODIFIED" : "ADDED", in: &state)
        }
    }

    func delete(_ name: String) {
        state.withLock { state in
            guard let object = state.nodes[name] else { return }
            Self.store(object, name, "DELETED", in: &state)
            state.nodes[name] = nil
        }
    }

    /// Forgets what was before.
    func compact() { state.withLock { $0.oldest = $0.version } }

    /// Has the next changes be refused because somebody else was faster.
    func conflict(times: Int) { state.withLock { $0.conflicts = times } }

    /// Tells all watches the version.
    func bookmark() {
        state.withLock { state in
            let object: JSON = ["metadata": ["resourceVersion": .string("\(state.version)")]]
            for watch in state.watches.values { watch.yield(["type": "BOOKMARK", "object": object]) }
        }
    }

    /// Ends all watches as a network that fails would, in the middle of a line.
    func cutWatches() { state.withLock { for watch in $0.watches.values { watch.yield(nil) } } }

    var watchCount: Int { state.withLock { $0.watches.count } }

    subscript(name: String) -> JSON? { state.withLock { $0.nodes[name] } }

    private static func store(_ object: JSON, _ name: String, _ type: String, in state: inout State) {
        state.version += 1
        var object = object
        object["metadata"]?["resourceVersion"] = .string("\(state.version)")
        state.nodes[name] = object
        let event = Event(version: state.version, type: type, object: object)
        state.history.append(event)
        for watch in state.watches.values { watch.yield(event.line) }
    }

    /// A page of the list; nil if its beginning is too long ago.
    func page(limit: Int, continuing token: String?) -> JSON? {
        state.withLock { state in
            var (version, offset) = (state.version, 0)
            if let token {
                let parts = token.split(separator: "/").compactMap { Int($0) }
                guard parts.count == 2, parts[0] >= state.oldest else { return nil }
                (version, offset) = (parts[0], parts[1])
            }
            let names = state.nodes.keys.sorted()
            let end = min(offset + limit, names.count)
            var metadata: JSONObject = ["resourceVersion": .string("\(version)")]
            if end < names.count { metadata["continue"] = .string("\(version)/\(end)") }
            return [
                "kind": "NodeList", "metadata": .object(metadata),
                "items": .array(names[offset..<end].compactMap { state.nodes[$0] }),
            ]
        }
    }

    /// What changes after a version; nil if that is too long ago.
    ///
    /// A nil in the stream is a connection that breaks.
    func watch(since version: Int) -> AsyncStream<JSON?>? {
        state.withLock { state in
            guard version >= state.oldest else { return nil }
            let number = (state.watches.keys.max() ?? 0) + 1
            let (stream, continuation) = AsyncStream<JSON?>.makeStream()
            for event in state.history where event.version > version { continuation.yield(event.line) }
            state.watches[number] = continuation
            continuation.onTermination = { [weak self] _ in
                self?.state.withLock { $0.watches[number] = nil }
            }
            return stream
        }
    }

    /// Merges a patch as for the subresource `status`: metadata and status change, the rest does not.
    ///
    /// - Returns: The status of HTTP and the object.
    func patch(_ name: String, _ patch: JSON) -> (status: Int, object: JSON) {
        state.withLock { state in
            guard var object = state.nodes[name] else {
                return (404, ["message": "nodes \"\(name)\" not found"])
            }
            if state.conflicts > 0 {
                state.conflicts -= 1
                return (409, ["message": "the object has been modified"])
            }
            if let version = patch["metadata"]?["resourceVersion"],
                version != object["metadata"]?["resourceVersion"]
            {
                return (409, ["message": "the object has been modified"])
            }
            for (key, value) in patch["metadata"]?["annotations"]?.object ?? [:] {
                if object["metadata"]?["annotations"] == nil { object["metadata"]?["annotations"] = [:] }
                object["metadata"]?["annotations"]?[key] = value.isNull ? nil : value
            }
            // A list that is merged by its elements' type.
            var conditions = object["status"]?["conditions"]?.array ?? []
            for condition in patch["status"]?["conditions"]?.array ?? [] {
                conditions.removeAll { $0["type"] == condition["type"] }
                conditions.append(condition)
            }
            object["status"]?["conditions"] = .array(conditions)
            Self.store(object, name, "MODIFIED", in: &state)
            return (200, state.nodes[name] ?? .null)
        }
    }
}
