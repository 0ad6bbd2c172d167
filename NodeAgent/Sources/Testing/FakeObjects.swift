// SPDX-License-Identifier: Apache-2.0

public import CNITypes
internal import Synchronization

/// The objects of one kind in an API server, with versions, history and watches, as the real one's etcd keeps them.
///
/// Objects are known by their name, or by NAMESPACE/NAME. See
/// https://kubernetes.io/docs/reference/using-api/api-concepts.
public final class FakeObjects: Sendable {
    struct Event: Sendable {
        let version: Int
        let type: String
        let object: JSON

        var line: JSON { ["type": .string(type), "object": object] }
    }

    private struct Watch {
        let selection: FakeSelection
        let lines: AsyncStream<JSON?>.Continuation

        func tell(_ event: Event) { if selection.matches(event.object) { lines.yield(event.line) } }
    }

    private struct State {
        var version = 1000
        var objects: [String: JSON] = [:]
        var history: [Event] = []
        /// What is older cannot be gone on from.
        var oldest = 1000
        /// What lists of several pages are of.
        var snapshots: [Int: [JSON]] = [:]
        var watches: [Int: Watch] = [:]
        var watchNumber = 0
        var conflicts = 0
    }

    /// `Node`.
    let kind: String
    /// `v1`.
    let apiVersion: String
    /// `nodes`.
    let plural: String
    private let state = Mutex(State())

    init(kind: String, apiVersion: String, plural: String) {
        self.kind = kind
        self.apiVersion = apiVersion
        self.plural = plural
    }

    /// Creates or replaces an object; its metadata's name, namespace, version and uid are the server's.
    ///
    /// - Parameter name: NAME, or NAMESPACE/NAME.
    public func put(_ name: String, _ object: JSON = [:]) {
        state.withLock { state in
            let former = state.objects[name]
            var object = object
            var metadata = object["metadata"]?.object ?? [:]
            let parts = name.split(separator: "/").map(String.init)
            metadata["name"] = .string(parts.last ?? "")
            if parts.count > 1 { metadata["namespace"] = .string(parts[0]) }
            metadata["uid"] = former?["metadata"]?["uid"] ?? .string("uid-\(state.version)")
            object["kind"] = .string(kind)
            object["apiVersion"] = .string(apiVersion)
            object["metadata"] = .object(metadata)
            Self.store(object, name, former != nil ? "MODIFIED" : "ADDED", in: &state)
        }
    }

    /// Changes an object as somebody else would.
    public func change(_ name: String, _ change: (inout JSON) -> Void) {
        state.withLock { state in
            guard var object = state.objects[name] else { return }
            change(&object)
            Self.store(object, name, "MODIFIED", in: &state)
        }
    }

    /// Sets an annotation as somebody else would; nil takes it away.
    public func annotate(_ name: String, _ key: String, _ value: String?) {
        change(name) { $0["metadata"]?["annotations"]?[key] = value.map { .string($0) } }
    }

    /// Deletes an object, if it is there.
    public func delete(_ name: String) {
        state.withLock { state in
            guard let object = state.objects[name] else { return }
            Self.store(object, name, "DELETED", in: &state)
            state.objects[name] = nil
        }
    }

    /// Forgets what was before.
    public func compact() {
        state.withLock { state in
            // A list has the version of the last change; a version of its own makes all that were read too old.
            state.version += 1
            state.oldest = state.version
            state.snapshots = [:]
            state.history = []
        }
    }

    /// Has the next changes be refused because somebody else was faster.
    public func conflict(times: Int) { state.withLock { $0.conflicts = times } }

    /// Tells all watches the version.
    public func bookmark() {
        tell([
            "type": "BOOKMARK",
            "object": ["kind": .string(kind), "metadata": ["resourceVersion": .string("\(version)")]],
        ])
    }

    /// Sends all watches a line.
    public func tell(_ line: JSON) {
        state.withLock { for watch in $0.watches.values { watch.lines.yield(line) } }
    }

    /// Ends all watches as a network that fails would, in the middle of a line.
    public func cutWatches() { state.withLock { for watch in $0.watches.values { watch.lines.yield(nil) } } }

    /// Ends all watches as when their time is over.
    public func endWatches() { state.withLock { for watch in $0.watches.values { watch.lines.finish() } } }

    /// How many watches there are.
    public var watchCount: Int { state.withLock { $0.watches.count } }

    /// The version of the last change.
    public var version: Int { state.withLock { $0.version } }

    /// All objects, by name.
    public var all: [JSON] { state.withLock { state in state.objects.keys.sorted().compactMap { state.objects[$0] } } }

    /// An object.
    public subscript(name: String) -> JSON? { state.withLock { $0.objects[name] } }

    private static func store(_ object: JSON, _ name: String, _ type: String, in state: inout State) {
        state.version += 1
        var object = object
        object["metadata"]?["resourceVersion"] = .string("\(state.version)")
        state.objects[name] = object
        let event = Event(version: state.version, type: type, object: object)
        state.history.append(event)
        for watch in state.watches.values { watch.tell(event) }
    }

    /// A page of the list, all pages of one version; nil if its beginning is too long ago.
    func page(_ selection: FakeSelection, limit: Int, continuing token: String?) -> JSON? {
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
                all = state.objects.keys.sorted().compactMap { state.objects[$0] }.filter(selection.matches)
            }
            let end = min(offset + limit, all.count)
            var metadata: JSONObject = ["resourceVersion": .string("\(version)")]
            if end < all.count {
                metadata["continue"] = .string("\(version)/\(end)")
                metadata["remainingItemCount"] = JSON(all.count - end)
                state.snapshots[version] = all
            }
            return [
                "kind": .string("\(kind)List"), "apiVersion": .string(apiVersion), "metadata": .object(metadata),
                "items": .array(Array(all[offset..<end])),
            ]
        }
    }

    /// What changes after a version, for some time; nil if that is too long ago.
    ///
    /// A nil in the stream is a connection that breaks.
    func watch(_ selection: FakeSelection, since version: Int, for time: Duration) -> AsyncStream<JSON?>? {
        state.withLock { state in
            guard version >= state.oldest else { return nil }
            state.watchNumber += 1
            let number = state.watchNumber
            let (stream, continuation) = AsyncStream<JSON?>.makeStream()
            let watch = Watch(selection: selection, lines: continuation)
            for event in state.history where event.version > version { watch.tell(event) }
            state.watches[number] = watch
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

    /// Changes an object by a patch.
    ///
    /// - Returns: The status of HTTP and the object.
    func patch(_ name: String, _ patch: FakePatch) -> (status: Int, object: JSON) {
        state.withLock { state in
            guard let object = state.objects[name] else { return FakeAnswers.notFound(plural, name) }
            let version = patch.body["metadata"]?["resourceVersion"]
            if state.conflicts > 0 || version != nil && version != object["metadata"]?["resourceVersion"] {
                state.conflicts = max(0, state.conflicts - 1)
                return FakeAnswers.status(
                    409, "Conflict",
                    "Operation cannot be fulfilled on \(plural) \"\(name)\": the object has been modified")
            }
            let changed = patch.applied(to: object)
            // What changes nothing is no new version.
            if changed != object { Self.store(changed, name, "MODIFIED", in: &state) }
            return (200, state.objects[name] ?? .null)
        }
    }
}
