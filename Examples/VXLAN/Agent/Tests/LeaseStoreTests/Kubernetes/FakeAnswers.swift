// SPDX-License-Identifier: Apache-2.0

import CNITypes
import NIOHTTP1
import Synchronization

/// What an API server answers.
final class FakeAnswers: Sendable {
    enum Answer: Sendable {
        case whole(status: Int, JSON)
        /// Lines; nil for a connection that breaks.
        case stream(AsyncStream<JSON?>)
    }

    /// How the server behaves.
    struct Behaviour: Sendable {
        /// The bearer token that it wants.
        var token: String?
        /// Whether a version that is too old is refused by HTTP, or within the stream.
        var refusesByHTTP = true
        /// How many nodes a page has at most.
        var pageLimit = 500
        /// The status that it answers everything with, if it is not well.
        var failure: Int?
    }

    let nodes = FakeNodes()
    private let behaviour = Mutex(Behaviour())
    private let requests = Mutex<[String]>([])

    /// What was asked for so far: `GET /api/v1/nodes?limit=500`.
    var asked: [String] { requests.withLock { $0 } }

    func behave(_ change: (inout Behaviour) -> Void) { behaviour.withLock { change(&$0) } }

    func answer(_ request: HTTPRequestHead, _ body: [UInt8]) -> Answer {
        requests.withLock { $0.append("\(request.method) \(request.uri)") }
        let behaviour = behaviour.withLock { $0 }
        if let failure = behaviour.failure { return .whole(status: failure, ["message": "not now"]) }
        if let token = behaviour.token, request.headers.first(name: "authorization") != "Bearer \(token)" {
            return .whole(status: 401, ["message": "Unauthorized"])
        }
        let parts = request.uri.split(separator: "?", maxSplits: 1).map(String.init)
        var query: [String: String] = [:]
        for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let words = pair.split(separator: "=", maxSplits: 1).map(String.init)
            query[words[0]] = words.count > 1 ? words[1].replacing("%2F", with: "/") : ""
        }
        let path = parts[0].split(separator: "/").map(String.init)
        switch (request.method, path.count) {
        case (.GET, 3) where query["watch"] == "true": return watch(query, behaviour)
        case (.GET, 3):
            let limit = min(query["limit"].flatMap { Int($0) } ?? .max, behaviour.pageLimit)
            guard let page = nodes.page(limit: limit, continuing: query["continue"]) else {
                return .whole(
                    status: 410, ["message": "The provided continue parameter is too old", "code": 410])
            }
            return .whole(status: 200, page)
        case (.GET, 4):
            guard let node = nodes[path[3]] else { return .whole(status: 404, ["message": "not found"]) }
            return .whole(status: 200, node)
        case (.PATCH, 5) where path[4] == "status":
            guard request.headers.first(name: "content-type") == "application/strategic-merge-patch+json",
                let patch = try? JSON(parsing: body)
            else { return .whole(status: 415, ["message": "unsupported media type"]) }
            let (status, object) = nodes.patch(path[3], patch)
            return .whole(status: status, object)
        default: return .whole(status: 403, ["message": "forbidden"])
        }
    }

    private func watch(_ query: [String: String], _ behaviour: Behaviour) -> Answer {
        guard let version = query["resourceVersion"].flatMap({ Int($0) }),
            query["allowWatchBookmarks"] == "true", query["timeoutSeconds"] != nil
        else { return .whole(status: 400, ["message": "bad watch"]) }
        if let stream = nodes.watch(since: version) { return .stream(stream) }
        let status: JSON = ["kind": "Status", "code": 410, "message": "too old resource version"]
        if behaviour.refusesByHTTP { return .whole(status: 410, status) }
        return .stream(
            AsyncStream { continuation in
                continuation.yield(["type": "ERROR", "object": status])
                continuation.finish()
            })
    }
}
