// SPDX-License-Identifier: Apache-2.0

public import CNITypes
public import NodeAgentCore
internal import NodeAgentHTTP

extension KubernetesClient {
    /// What a watch reports.
    public enum Change: Hashable, Sendable {
        /// An object is there, new or changed.
        case present(JSON)
        /// An object has gone; as it was last.
        case absent(JSON)
        /// Nothing has changed up to that version.
        case bookmark(version: String)
    }

    /// Nodes have several kilobytes each, mostly of images; a page of them is what is in memory at once.
    private static var pageLength: Int { 250 }
    /// More pages than any cluster has objects.
    private static var pageLimit: Int { 1000 }

    /// Hands over all objects of a kind that are selected, page by page.
    ///
    /// - Returns: The version that they are of, which a watch starts from.
    /// - Throws: ``AgentError/Code/expired`` if it took so long that the rest is not kept any more; what
    ///   ``get(_:_:namespace:)`` and `take` throw.
    public func list(
        _ resource: KubernetesResource, _ selection: KubernetesSelection = .all,
        _ take: @Sendable ([JSON]) async throws(AgentError) -> Void
    ) async throws(AgentError) -> String {
        let path = resource.path(namespace: selection.namespace)
        var next = ""
        for _ in 0..<Self.pageLimit {
            var query = [("limit", "\(Self.pageLength)")] + selection.query
            if !next.isEmpty { query.append(("continue", next)) }
            let answer = try await connection.request(.get, path + Query.text(query), within: .seconds(60))
            guard answer.isSuccess else { throw Self.failure(answer, "GET \(path)") }
            guard let items = answer.body["items"]?.array,
                let version = answer.body["metadata"]?["resourceVersion"]?.string, !version.isEmpty
            else {
                throw AgentError(
                    .malformed, "kubernetes GET \(path): items or metadata.resourceVersion: missing")
            }
            try await take(items)
            next = answer.body["metadata"]?["continue"]?.string ?? ""
            if next.isEmpty { return version }
        }
        throw AgentError(.malformed, "kubernetes GET \(path): more than \(Self.pageLimit) pages")
    }

    /// Hands over what changes after a version; returns when the server ends the watch, which it is asked to do within
    /// five minutes.
    ///
    /// - Parameter contact: Told whenever the server, silent for a while, has answered something else; what it throws ends
    ///   the watch.
    /// - Throws: ``AgentError/Code/expired`` if the version is too old; ``AgentError/Code/unreachable`` also for a server
    ///   that hangs, within half a minute; what `take` throws.
    public func watch(
        _ resource: KubernetesResource, _ selection: KubernetesSelection = .all, since version: String,
        contact: @escaping @Sendable () async throws(AgentError) -> Void = {},
        _ take: @escaping @Sendable (Change) async throws(AgentError) -> Void
    ) async throws(AgentError) {
        let path = resource.path(namespace: selection.namespace)
        let request = "GET \(path)?watch"
        // Else all agents that an API server's restart has interrupted would reconnect at the same time.
        let seconds = Int.random(in: Self.watchLimit / 2...Self.watchLimit)
        let query =
            [("watch", "true"), ("allowWatchBookmarks", "true"), ("timeoutSeconds", "\(seconds)")]
            + selection.query + [("resourceVersion", version)]
        let refusal = try await connection.lines(path + Query.text(query), contact: contact) {
            line throws(AgentError) in
            guard let object = line["object"] else {
                throw AgentError(
                    .malformed, "kubernetes \(request): \(line.serialized().prefix(80)) has no object")
            }
            switch line["type"]?.string {
            case "ADDED", "MODIFIED": try await take(.present(object))
            case "DELETED": try await take(.absent(object))
            case "BOOKMARK":
                if let version = object["metadata"]?["resourceVersion"]?.string {
                    try await take(.bookmark(version: version))
                }
            case "ERROR": throw Self.failure(status: object["code"]?.int ?? 0, object, request)
            // Kinds of events that are still to come.
            default: return
            }
        }
        if let refusal { throw Self.failure(refusal, request) }
    }
}
