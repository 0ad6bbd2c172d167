// SPDX-License-Identifier: Apache-2.0

package import CNITypes
import NIOHTTP1
import Synchronization

/// What an API server answers.
package final class FakeAnswers: Sendable {
    enum Answer: Sendable {
        case whole(status: Int, JSON)
        /// Lines; nil for a connection that breaks.
        case stream(AsyncStream<JSON?>)
    }

    /// How the server behaves.
    package struct Behaviour: Sendable {
        /// The bearer token that it wants.
        package var token: String?
        /// The requests that are forbidden, by what they begin with: `PATCH /api/v1/nodes/`.
        package var forbidden: [String] = []
        /// Whether a version that is too old is refused by HTTP, or within the stream.
        package var refusesByHTTP = true
        /// How many nodes a page has at most.
        package var pageLimit = 500
        /// How many pages after the first one are refused, as of a list that has taken too long.
        package var expiredPages = 0
        /// How long a second of a watch's `timeoutSeconds` is.
        package var watchSecond = Duration.seconds(1)
        /// The status that it answers everything with, if it is not well.
        package var failure: Int?
        /// How long it takes for each answer.
        package var delay = Duration.zero
        /// What happens between the moment that a change is asked for and the one that it is judged.
        package var beforePatch: (@Sendable () -> Void)?
        /// The nodes that pods are on, by NAMESPACE/NAME.
        package var pods: [String: String] = [:]
    }

    package let nodes = FakeNodes()
    private let behaviour = Mutex(Behaviour())
    private let requests = Mutex<[String]>([])

    /// What was asked for so far: `GET /api/v1/nodes?limit=500`.
    package var asked: [String] { requests.withLock { $0 } }

    /// How many requests began with a text.
    package func count(of beginning: String) -> Int { asked.count { $0.hasPrefix(beginning) } }

    package func behave(_ change: (inout Behaviour) -> Void) { behaviour.withLock { change(&$0) } }

    var delay: Duration { behaviour.withLock { $0.delay } }

    func answer(_ request: HTTPRequestHead, _ body: [UInt8]) -> Answer {
        let line = "\(request.method) \(request.uri)"
        requests.withLock { $0.append(line) }
        let behaviour = behaviour.withLock { $0 }
        if request.method == .PATCH { behaviour.beforePatch?() }
        if let failure = behaviour.failure { return whole(Self.status(failure, "InternalError", "not now")) }
        if let token = behaviour.token, request.headers.first(name: "authorization") != "Bearer \(token)" {
            return whole(Self.status(401, "Unauthorized", "Unauthorized"))
        }
        if behaviour.forbidden.contains(where: { line.hasPrefix($0) }) {
            return whole(Self.status(403, "Forbidden", "User \"node\" cannot do that"))
        }
        let parts = request.uri.split(separator: "?", maxSplits: 1).map(String.init)
        let query = Self.query(parts.count > 1 ? parts[1] : "")
        let path = parts[0].split(separator: "/").map(String.init)
        switch (request.method, path.count) {
        case (.GET, 3) where path[2] == "nodes" && query["watch"] == "true": return watch(query, behaviour)
        case (.GET, 3) where path[2] == "nodes":
            let limit = min(query["limit"].flatMap { Int($0) } ?? .max, behaviour.pageLimit)
            let next = query["continue"]
            guard next == nil || !expiresPage(), let page = nodes.page(limit: limit, continuing: next) else {
                return whole(Self.status(410, "Expired", "The provided continue parameter is too old"))
            }
            return .whole(status: 200, page)
        case (.GET, 4) where path[2] == "nodes":
            guard let node = nodes[path[3]] else { return whole(Self.notFound("nodes", path[3])) }
            return .whole(status: 200, node)
        case (.GET, 6) where path[4] == "pods":
            guard let node = behaviour.pods["\(path[3])/\(path[5])"] else {
                return whole(Self.notFound("pods", path[5]))
            }
            return .whole(
                status: 200, ["metadata": ["name": .string(path[5])], "spec": ["nodeName": .string(node)]])
        case (.PATCH, 4) where path[2] == "nodes",
            (.PATCH, 5) where path[2] == "nodes" && path[4] == "status":
            guard let kind = FakePatch.Kind(rawValue: request.headers.first(name: "content-type") ?? ""),
                let body = try? JSON(parsing: body)
            else { return whole(Self.status(415, "UnsupportedMediaType", "unsupported media type")) }
            return whole(
                nodes.patch(path[3], FakePatch(kind: kind, body: body, isOfStatus: path.count == 5)))
        default:
            return whole(Self.status(404, "NotFound", "the server could not find the requested resource"))
        }
    }

    private func expiresPage() -> Bool {
        behaviour.withLock { behaviour in
            defer { behaviour.expiredPages = max(0, behaviour.expiredPages - 1) }
            return behaviour.expiredPages > 0
        }
    }

    private func whole(_ answer: (status: Int, object: JSON)) -> Answer {
        .whole(status: answer.status, answer.object)
    }

    private func watch(_ query: [String: String], _ behaviour: Behaviour) -> Answer {
        guard let version = query["resourceVersion"].flatMap({ Int($0) }),
            let seconds = query["timeoutSeconds"].flatMap({ Int($0) }),
            query["allowWatchBookmarks"] == "true"
        else { return whole(Self.status(400, "BadRequest", "bad watch")) }
        let time = behaviour.watchSecond * seconds
        if let stream = nodes.watch(since: version, for: time) { return .stream(stream) }
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
            query[words[0]] = words.count > 1 ? words[1].replacing("%2F", with: "/") : ""
        }
        return query
    }

    package static func status(_ code: Int, _ reason: String, _ message: String) -> (
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

    package static func notFound(_ kind: String, _ name: String) -> (status: Int, object: JSON) {
        var (code, object) = status(404, "NotFound", "\(kind) \"\(name)\" not found")
        object["details"] = ["name": .string(name), "kind": .string(kind)]
        return (code, object)
    }
}
