// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import NIOHTTP1

extension KubernetesClient {
    /// What a watch tells.
    enum Change: Sendable {
        case isThere(KubernetesNode)
        case isGone(KubernetesNode)
        /// Nothing has changed up to that version.
        case bookmark(String)
    }

    /// Nodes have several kilobytes each, mostly of images; a page of them is what is in memory at once.
    private static var pageLength: Int { 250 }
    /// More pages than any cluster has nodes.
    private static var pageLimit: Int { 1000 }

    /// Hands over all nodes, page by page.
    ///
    /// - Returns: The version that they are of.
    /// - Throws: ``LeaseStoreError/Code/expired`` if it took so long that the rest is not kept any more.
    func eachPage(
        _ take: @Sendable ([KubernetesNode]) async -> Void
    ) async throws(LeaseStoreError) -> String {
        let list = "/api/v1/nodes?limit=\(Self.pageLength)"
        var next = ""
        for _ in 0..<Self.pageLimit {
            let path = next.isEmpty ? list : "\(list)&continue=\(Self.escaped(next))"
            let answer = try await server.request(.GET, path, headers: try headers(), within: .seconds(60))
            guard answer.isSuccess else { throw Self.failure(answer, "GET /api/v1/nodes") }
            guard let items = answer.body["items"]?.array,
                let version = answer.body["metadata"]?["resourceVersion"]?.string, !version.isEmpty
            else {
                throw LeaseStoreError(
                    .malformed, "kubernetes GET /api/v1/nodes: items or metadata.resourceVersion: missing")
            }
            var nodes: [KubernetesNode] = []
            for item in items { nodes.append(try read(item)) }
            await take(nodes)
            next = answer.body["metadata"]?["continue"]?.string ?? ""
            if next.isEmpty { return version }
        }
        throw LeaseStoreError(
            .malformed, "kubernetes GET /api/v1/nodes: more than \(Self.pageLimit) pages")
    }

    /// Hands over what changes after a version; returns when the server ends the watch, which it is asked to do.
    ///
    /// - Throws: ``LeaseStoreError/Code/expired`` if the version is too old.
    func watch(
        since version: String, seconds: Int,
        _ take: @Sendable (Change) async throws(LeaseStoreError) -> Void
    ) async throws(LeaseStoreError) {
        let request = "GET /api/v1/nodes?watch"
        let path = "/api/v1/nodes?watch=true&allowWatchBookmarks=true&timeoutSeconds=\(seconds)"
        let refusal = try await server.lines(
            .GET, "\(path)&resourceVersion=\(Self.escaped(version))", headers: try headers()
        ) { line throws(LeaseStoreError) in
            guard let object = line["object"] else {
                throw LeaseStoreError(
                    .malformed, "kubernetes \(request): \(line.serialized().prefix(80)) has no object")
            }
            switch line["type"]?.string {
            case "ADDED", "MODIFIED": try await take(.isThere(try read(object)))
            case "DELETED": try await take(.isGone(try read(object)))
            case "BOOKMARK":
                if let version = object["metadata"]?["resourceVersion"]?.string {
                    try await take(.bookmark(version))
                }
            case "ERROR": throw Self.failure(status: object["code"]?.int ?? 0, object, request)
            // Kinds of events that are still to come.
            default: return
            }
        }
        if let refusal { throw Self.failure(refusal, request) }
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
