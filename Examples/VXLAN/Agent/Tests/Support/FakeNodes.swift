// SPDX-License-Identifier: Apache-2.0

package import CNITypes
import Synchronization

/// The Node objects of an API server, with versions, history and watches, as the real one's etcd keeps them.
///
/// See https://kubernetes.io/docs/reference/using-api/api-concepts.
package final class FakeNodes: Sendable {
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
        /// What lists of several pages are of.
        var snapshots: [Int: [JSON]] = [:]
        var watches: [Int: AsyncStream<JSON?>.Continuation] = [:]
        var watchNumber = 0
        var conflicts = 0
    }

    private let state = Mutex(State())

    /// Creates or replaces a node.
    package func put(
        _ name: String, podCIDRs: [String], annotations: [String: String] = [:], padding: Int = 0
    ) {
        state.withLock { state in
            let former = state.nodes[name]
            var object: JSON = [
                "kind": "Node", "apiVersion": "v1",
                "metadata": [
                    "name": .string(name),
                    "uid": former?["metadata"]?["uid"] ?? .string("uid-\(state.version)"),
                    "annotations": .object(JSONObject(annotations.mapValues { .string($0) })),
                ],
                "spec": [:], "status": ["conditions": [["type": "Ready", "status": "True"]]],
            ]
            // The API server leaves out what is empty.
            if let first = podCIDRs.first {
                object["spec"] = ["podCIDR": .string(first), "podCIDRs": JSON(podCIDRs)]
            }
            if padding > 0 {
                let image: JSON = ["names": [.string(String(repeating: "i", count: 200))], "sizeBytes": 1]
                object["status"]?["images"] = .array(Array(repeating: image, count: padding / 230))
            }
            Self.store(object, name, former != nil ? "MODIFIED" : "ADDED", in: &state)
        }
    }

    /// Changes a node as somebody else would.
    package func change(_ name: String, _ change: (inout JSON) -> Void) {
        state.withLock { state in
            guard var object = state.nodes[name] else { return }
            change(&object)
            Self.store(object, name, "MODIFIED", in: &state)
        }
    }

    /// Sets an annotation as somebody else would; nil takes it away.
    package func annotate(_ name: String, _ key: String, _ value: String?) {
        change(name) { $0["metadata"]?["annotations"]?[key] = value.map { .string($0) } }
    }

    package func delete(_ name: String) {
        state.withLock { state in
            guard let object = state.nodes[name] else { return }
            Self.store(object, name, "DELETED", in: &state)
            state.nodes[name] = nil
        }
    }

    /// Forgets what was before.
    package func compact() {
        state.withLock { state in
            // A list has the version of the last change; a version of its own makes all that were read too old.
            state.version += 1
            state.oldest = state.version
            state.snapshots = [:]
            state.history = []
        }
    }

    /// Has the next changes be refused because somebody else was faster.
    package func conflict(times: Int) { state.withLock { $0.conflicts = times } }

    /// Tells all watches the version.
    package func bookmark() {
        let object: JSON = ["kind": "Node", "metadata": ["resourceVersion": .string("\(version)")]]
        tell(["type": "BOOKMARK", "object": object])
    }

    /// Sends all watches a line.
    package func tell(_ line: JSON) {
        state.withLock { for watch in $0.watches.values { watch.yield(line) } }
    }

    /// Ends all watches as a network that fails would, in the middle of a line.
    package func cutWatches() { state.withLock { for watch in $0.watches.values { watch.yield(nil) } } }

    /// Ends all watches as when their time is over.
    package func endWatches() { state.withLock { for watch in $0.watches.values { watch.finish() } } }

    package var watchCount: Int { state.withLock { $0.watches.count } }

    /// The version of the last change.
    package var version: Int { state.withLock { $0.version } }

    package subscript(name: String) -> JSON? { state.withLock { $0.nodes[name] } }

    private static func store(_ object: JSON, _ name: String, _ type: String, in state: inout State) {
        state.version += 1
        var object = object
        object["metadata"]?["resourceVersion"] = .string("\(state.version)")
        state.nodes[name] = object
        let event = Event(version: state.version, type: type, object: object)
        state.history.append(event)
        for watch in state.watches.values { watch.yield(event.line) }
    }

    /// A page of the list, all pages of one version; nil if its beginning is too long ago.
    func page(limit: Int, continuing token: String?) -> JSON? {
        state.withLock { state in
            let version: Int
            let offset: Int
            let all: [JSON]
            if let token {
                let parts = token.split(separator: "/").compactMap { Int($0) }
                guard parts.count == 2, let snapshot = state.snapshots[parts[0]] else { return nil }
                (version, offset, all) = (parts[0], parts[1], snapshot)
            } else {
                (version, offset) = (state.version, 0)
                all = state.nodes.keys.sorted().compactMap { state.nodes[$0] }
            }
            let end = min(offset + limit, all.count)
            var metadata: JSONObject = ["resourceVersion": .string("\(version)")]
            if end < all.count {
                metadata["continue"] = .string("\(version)/\(end)")
                metadata["remainingItemCount"] = JSON(all.count - end)
                state.snapshots[version] = all
            }
            return [
                "kind": "NodeList", "apiVersion": "v1", "metadata": .object(metadata),
                "items": .array(Array(all[offset..<end])),
            ]
        }
    }

    /// What changes after a version, for some time; nil if that is too long ago.
    ///
    /// A nil in the stream is a connection that breaks.
    func watch(since version: Int, for time: Duration) -> AsyncStream<JSON?>? {
        state.withLock { state in
            guard version >= state.oldest else { return nil }
            state.watchNumber += 1
            let number = state.watchNumber
            let (stream, continuation) = AsyncStream<JSON?>.makeStream()
            for event in state.history where event.version > version { continuation.yield(event.line) }
            state.watches[number] = continuation
            let end = Task {
                try await Task.sleep(for: time)
                continuation.finish()
            }
            continuation.onTermination = { [weak self] _ in
                end.cancel()
                // Also called while the state is locked.
                Task { [weak self] in self?.state.withLock { $0.watches[number] = nil } }
            }
            return stream
        }
    }

    /// Changes a node by a patch.
    ///
    /// - Returns: The status of HTTP and the object.
    func patch(_ name: String, _ patch: FakePatch) -> (status: Int, object: JSON) {
        state.withLock { state in
            guard let object = state.nodes[name] else { return FakeAnswers.notFound("nodes", name) }
            let version = patch.body["metadata"]?["resourceVersion"]
            if state.conflicts > 0 || version != nil && version != object["metadata"]?["resourceVersion"] {
                state.conflicts = max(0, state.conflicts - 1)
                return FakeAnswers.status(
                    409, "Conflict",
                    "Operation cannot be fulfilled on nodes \"\(name)\": the object has been modified")
            }
            let changed = patch.applied(to: object)
            // What changes nothing is no new version.
            if changed != object { Self.store(changed, name, "MODIFIED", in: &state) }
            return (200, state.nodes[name] ?? .null)
        }
    }
}
