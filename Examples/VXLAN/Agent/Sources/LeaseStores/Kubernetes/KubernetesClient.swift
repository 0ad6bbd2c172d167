// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import NIOHTTP1

/// The nodes of an API server.
///
/// See https://kubernetes.io/docs/reference/using-api/api-concepts.
struct KubernetesClient: Sendable {
    /// What a watch tells.
    enum Change: Sendable {
        case isThere(KubernetesNode)
        case isGone(KubernetesNode)
        /// Nothing has changed up to that version.
        case bookmark(String)
    }

    private let server: JSONServer
    private let access: KubernetesAccess

    init(_ access: KubernetesAccess) throws(LeaseStoreError) {
        server = try JSONServer(access.server, access.settings)
        self.access = access
    }

    func node(_ name: String) async throws(LeaseStoreError) -> KubernetesNode {
        let path = "/api/v1/nodes/\(name)"
        let answer = try await server.request(.GET, path, headers: try access.headers())
        guard answer.isSuccess, let node = KubernetesNode(answer.body) else {
            throw Self.failure(answer, path)
        }
        return node
    }

    /// Changes an object's metadata and status; conflicts are tried again a few times.
    ///
    /// The subresource `status` lets both be changed, and is all that flannel's role allows.
    func patch(_ name: String, _ patch: JSON) async throws(LeaseStoreError) -> KubernetesNode {
        let path = "/api/v1/nodes/\(name)/status"
        var backoff = Backoff()
        var attempt = 0
        while true {
            attempt += 1
            let headers = try access.headers() + [("content-type", "application/strategic-merge-patch+json")]
            let answer = try await server.request(.PATCH, path, headers: headers, body: patch)
            if answer.isSuccess, let node = KubernetesNode(answer.body) { return node }
            guard answer.status == 409, attempt < 10 else { throw Self.failure(answer, path) }
            try await backoff.pause()
        }
    }

    /// All nodes, page by page, and the version that they are of.
    func nodes() async throws(LeaseStoreError) -> (nodes: [KubernetesNode], version: String) {
        var nodes: [KubernetesNode] = []
        var next = ""
        while true {
            let path = "/api/v1/nodes?limit=500\(next.isEmpty ? "" : "&continue=\(Self.escaped(next))")"
            let answer = try await server.request(
                .GET, path, headers: try access.headers(), within: .seconds(60))
            guard answer.isSuccess, let items = answer.body["items"]?.array else {
                throw Self.failure(answer, "/api/v1/nodes")
            }
            nodes += items.compactMap { KubernetesNode($0) }
            next = answer.body["metadata"]?["continue"]?.string ?? ""
            if next.isEmpty { return (nodes, answer.body["metadata"]?["resourceVersion"]?.string ?? "") }
        }
    }

    /// Hands over what changes after a version; returns when the server ends the watch.
    ///
    /// - Throws: ``LeaseStoreError/Code/expired`` if the version is too old.
    func watch(
        since version: String, _ take: @Sendable (Change) async throws(LeaseStoreError) -> Void
    ) async throws(LeaseStoreError) {
        // The server ends it after some five minutes; then it goes on where it was.
        let path = "/api/v1/nodes?watch=true&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion="
        let refusal = try await server.lines(
            .GET, path + Self.escaped(version), headers: try access.headers(), within: .seconds(330)
        ) { line throws(LeaseStoreError) in
            guard let object = line["object"] else {
                throw LeaseStoreError(.malformed, "/api/v1/nodes?watch: a line without an object")
            }
            switch line["type"]?.string {
            case "ADDED", "MODIFIED":
                if let node = KubernetesNode(object) { try await take(.isThere(node)) }
            case "DELETED":
                if let node = KubernetesNode(object) { try await take(.isGone(node)) }
            case "BOOKMARK":
                if let version = object["metadata"]?["resourceVersion"]?.string {
                    try await take(.bookmark(version))
                }
            case "ERROR": throw Self.failure(status: object["code"]?.int ?? 0, object, "/api/v1/nodes?watch")
            default: return
            }
        }
        if let refusal { throw Self.failure(refusal, "/api/v1/nodes?watch") }
    }

    private static func failure(_ answer: JSONServer.Answer, _ path: String) -> LeaseStoreError {
        failure(status: Int(answer.status), answer.body, path)
    }

    private static func failure(status: Int, _ body: JSON, _ path: String) -> LeaseStoreError {
        let said = body["message"]?.string ?? body.string ?? "no reason"
        let code: LeaseStoreError.Code =
            switch status {
            case 410: .expired
            // Of a server that is overloaded, or that starts.
            case 429, 500...599: .unreachable
            case 200..<300: .malformed
            default: .refused
            }
        return LeaseStoreError(code, "kubernetes \(path): \(said.prefix(200)) (\(status))")
    }

    /// A part of a query as it is to be written (RFC 3986).
    private static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var escaped: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                escaped.append(byte)
            default: escaped += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }
}
