// SPDX-License-Identifier: Apache-2.0

public import CNITypes
internal import NIOHTTP1
internal import Synchronization

/// What an API server answers.
public final class FakeAnswers: Sendable {
    enum Answer: Sendable {
        case whole(status: Int, JSON)
        /// Lines; nil for a connection that breaks.
        case stream(AsyncStream<JSON?>)
    }

    /// How the server behaves.
    public struct Behaviour: Sendable {
        /// The bearer token that it wants.
        public var token: String?
        /// The requests that are forbidden, by what they begin with: `PATCH /api/v1/nodes/`.
        public var forbidden: [String] = []
        /// Whether a version that is too old is refused by HTTP, or within the stream.
        public var refusesByHTTP = true
        /// How many objects a page has at most.
        public var pageLimit = 500
        /// How many pages after the first one are refused, as of a list that has taken too long.
        public var expiredPages = 0
        /// How long a second of a watch's `timeoutSeconds` is.
        public var watchSecond = Duration.seconds(1)
        /// The status that it answers everything with, if it is not well.
        public var failure: Int?
        /// How long it takes for each answer.
        public var delay = Duration.zero
        /// Whether it hangs with its connections open: takes requests and connections, and says nothing any more.
        public var hangs = false
    }

    private struct State {
        var behaviour = Behaviour()
        var requests: [String] = []
        /// By the beginning of their paths: `/api/v1/nodes`.
        var objects: [String: FakeObjects] = [:]
    }

    private let state = Mutex(State())

    init() {
        for (kind, plural) in [("Node", "nodes"), ("Pod", "pods"), ("Event", "events")] {
            _ = objects(kind, plural)
        }
    }

    /// The objects of a kind; from the first time that they are asked for, the server knows the kind.
    ///
    /// - Parameter kind: `ENIConfig`.
    /// - Parameter plural: `eniconfigs`.
    /// - Parameter apiVersion: `crd.k8s.amazonaws.com/v1alpha1`.
    public func objects(_ kind: String, _ plural: String, apiVersion: String = "v1") -> FakeObjects {
        let root = apiVersion.contains("/") ? "apis" : "api"
        return state.withLock { state in
            let path = "\(root)/\(apiVersion)/\(plural)"
            if let objects = state.objects[path] { return objects }
            let objects = FakeObjects(kind: kind, apiVersion: apiVersion, plural: plural)
            state.objects[path] = objects
            return objects
        }
    }

    /// What was asked for so far: `GET /api/v1/nodes?limit=500`.
    public var asked: [String] { state.withLock { $0.requests } }

    /// How many requests began with a text.
    public func count(of beginning: String) -> Int { asked.count { $0.hasPrefix(beginning) } }

    /// Changes how the server behaves.
    public func behave(_ change: (inout Behaviour) -> Void) { state.withLock { change(&$0.behaviour) } }

    var behaviour: Behaviour { state.withLock { $0.behaviour } }

    func answer(_ request: HTTPRequestHead, _ body: [UInt8]) -> Answer {
        let line = "\(request.method) \(request.uri)"
        state.withLock { $0.requests.append(line) }
        let behaviour = behaviour
        if let failure = behaviour.failure { return whole(Self.status(failure, "InternalError", "not now")) }
        if let token = behaviour.token, request.headers.first(name: "authorization") != "Bearer \(token)" {
            return whole(Self.status(401, "Unauthorized", "Unauthorized"))
        }
        if behaviour.forbidden.contains(where: { line.hasPrefix($0) }) {
            return whole(Self.status(403, "Forbidden", "User \"node\" cannot do that"))
        }
        if request.uri == "/version" {
            return .whole(status: 200, ["major": "1", "minor": "31", "gitVersion": "v1.31.0"])
        }
        guard let target = target(of: request.uri) else {
            return whole(Self.status(404, "NotFound", "the server could not find the requested resource"))
        }
        switch (request.method, target.name) {
        case (.GET, nil) where target.query["watch"] == "true": return watch(target, behaviour)
        case (.GET, nil): return list(target, behaviour)
        case (.GET, let name?):
            guard let object = target.objects[name] else {
                return whole(Self.notFound(target.objects.plural, name))
            }
            return .whole(status: 200, object)
        case (.POST, nil): return create(target, body)
        case (.PATCH, let name?):
            guard let kind = FakePatch.Kind(rawValue: request.headers.first(name: "content-type") ?? ""),
                let body = try? JSON(parsing: body)
            else { return whole(Self.status(415, "UnsupportedMediaType", "unsupported media type")) }
            let patch = FakePatch(kind: kind, body: body, isOfStatus: target.isStatus)
            return whole(target.objects.patch(name, patch))
        default: return whole(Self.status(405, "MethodNotAllowed", "the server does not allow this method"))
        }
    }

    /// What a path names.
    private struct Target {
        let objects: FakeObjects
        let namespace: String?
        /// NAME or NAMESPACE/NAME; nil for all.
        let name: String?
        let isStatus: Bool
        let query: [String: String]
    }

    private func target(of uri: String) -> Target? {
        let parts = uri.split(separator: "?", maxSplits: 1).map(String.init)
        var path = parts[0].split(separator: "/").map(String.init)
        let root = path.first == "api" ? 2 : 3
        guard path.count > root else { return nil }
        let beginning = path[..<root].joined(separator: "/")
        path.removeFirst(root)
        var namespace: String?
        if path.count > 2, path[0] == "namespaces" {
            namespace = path[1]
            path.removeFirst(2)
        }
        guard let objects = state.withLock({ $0.objects["\(beginning)/\(path[0])"] }), path.count < 4 else {
            return nil
        }
        let name = path.count > 1 ? (namespace.map { "\($0)/" } ?? "") + path[1] : nil
        return Target(
            objects: objects, namespace: namespace, name: name, isStatus: path.count > 2,
            query: Self.query(parts.count > 1 ? parts[1] : ""))
    }

    private func list(_ target: Target, _ behaviour: Behaviour) -> Answer {
        let limit = min(target.query["limit"].flatMap { Int($0) } ?? .max, behaviour.pageLimit)
        let next = target.query["continue"]
        let selection = FakeSelection(namespace: target.namespace, target.query)
        guard next == nil || !expiresPage(),
            let page = target.objects.page(selection, limit: limit, continuing: next)
        else { return whole(Self.status(410, "Expired", "The provided continue parameter is too old")) }
        return .whole(status: 200, page)
    }

    private func create(_ target: Target, _ body: [UInt8]) -> Answer {
        guard let object = try? JSON(parsing: body), let name = object["metadata"]?["name"]?.string else {
            return whole(Self.status(422, "Invalid", "metadata.name: Required value"))
        }
        let key = (target.namespace.map { "\($0)/" } ?? "") + name
        if target.objects[key] != nil {
            return whole(Self.status(409, "AlreadyExists", "\(target.objects.plural) \"\(name)\" already exists"))
        }
        target.objects.put(key, object)
        return .whole(status: 201, target.objects[key] ?? .null)
    }

    private func expiresPage() -> Bool {
        state.withLock { state in
            defer { state.behaviour.expiredPages = max(0, state.behaviour.expiredPages - 1) }
            return state.behaviour.expiredPages > 0
        }
    }

    private func whole(_ answer: (status: Int, object: JSON)) -> Answer {
        .whole(status: answer.status, answer.object)
    }

    private func watch(_ target: Target, _ behaviour: Behaviour) -> Answer {
        let query = target.query
        guard let version = query["resourceVersion"].flatMap({ Int($0) }),
            let seconds = query["timeoutSeconds"].flatMap({ Int($0) }),
            query["allowWatchBookmarks"] == "true"
        else { return whole(Self.status(400, "BadRequest", "bad watch")) }
        let time = behaviour.watchSecond * seconds
        let selection = FakeSelection(namespace: target.namespace, query)
        if let stream = target.objects.watch(selection, since: version, for: time) { return .stream(stream) }
        let status = Self.status(410, "Expired", "too old resource version: \(version)")
        if behaviour.refusesByHTTP { return whole(status) }
        return .stream(
            AsyncStream { continuation in
                continuation.yield(["type": "ERROR", "object": status.object])
                continuation.finish()
            })
    }

    private static func query(_ text: String) -> [String: String] {
        var query: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let words = pair.split(separator: "=", maxSplits: 1).map(String.init)
            let value = words.count > 1 ? words[1] : ""
            query[words[0]] = value.replacing("%2F", with: "/").replacing("%3D", with: "=")
                .replacing("%2C", with: ",")
        }
        return query
    }

    /// A Status object, as a server says why not.
    public static func status(_ code: Int, _ reason: String, _ message: String) -> (
        status: Int, object: JSON
    ) {
        (
            code,
            [
                "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": .string(reason),
                "message": .string(message), "code": JSON(code),
            ]
        )
    }

    /// The Status object for an object that is not there.
    ///
    /// - Parameter plural: `nodes`.
    /// - Parameter name: NAME, or NAMESPACE/NAME.
    public static func notFound(_ plural: String, _ name: String) -> (status: Int, object: JSON) {
        let bare = String(name.split(separator: "/").last ?? "")
        var (code, object) = status(404, "NotFound", "\(plural) \"\(bare)\" not found")
        object["details"] = ["name": .string(bare), "kind": .string(plural)]
        return (code, object)
    }
}
