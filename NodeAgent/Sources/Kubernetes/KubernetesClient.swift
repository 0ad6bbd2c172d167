// SPDX-License-Identifier: Apache-2.0

public import CNITypes
public import NodeAgentCore
internal import NodeAgentHTTP
internal import Synchronization

/// A client of an API server: gets, lists, watches, changes and creates objects of any kind, as JSON.
///
/// See https://kubernetes.io/docs/reference/using-api/api-concepts.
public struct KubernetesClient: Sendable {
    /// How a change of an object is written.
    public enum Patch: String, Hashable, Sendable {
        /// RFC 7386, for every kind: members are merged, lists replaced, null removes.
        case merge = "application/merge-patch+json"
        /// The same, but lists of built-in kinds are merged by their elements' keys.
        case strategic = "application/strategic-merge-patch+json"
    }

    /// An object's subresource.
    public enum Subresource: String, Hashable, Sendable {
        /// What controllers report, also beside metadata.
        case status
    }

    let connection: KubernetesConnection

    /// The longest watch, in seconds.
    static let watchLimit = 270

    /// How often a change is tried again that somebody else's has crossed.
    private static let races = 10

    /// Creates a client with connections of its own, which are closed with the last copy.
    ///
    /// - Parameter agent: Who asks, for the server's log: `vxlan-agent`.
    /// - Throws: ``AgentError/Code/notConfigured`` for a URL or a file that is none.
    public init(_ access: KubernetesAccess, agent: String) throws(AgentError) {
        connection = try KubernetesConnection(access, agent: agent)
    }

    /// The beginning of the server's URLs.
    public var server: String { connection.access.server }

    /// An object; nil if there is none of that name.
    ///
    /// - Throws: ``AgentError/Code/unreachable``, ``AgentError/Code/refused`` (also for a kind that the server does not
    ///   know), ``AgentError/Code/malformed``, ``AgentError/Code/cancelled``.
    public func get(
        _ resource: KubernetesResource, _ name: String, namespace: String? = nil
    ) async throws(AgentError) -> JSON? {
        let path = resource.path(name, namespace: namespace)
        let answer = try await connection.request(.get, path)
        // The API server's own 404, not that of a path that something else knows nothing of.
        if answer.status == 404, answer.body["details"]?["name"]?.string == name { return nil }
        guard answer.isSuccess else { throw Self.failure(answer, "GET \(path)") }
        guard answer.body["metadata"]?["name"]?.string == name else {
            throw AgentError(.malformed, "kubernetes GET \(path): metadata.name: not \(name)")
        }
        return answer.body
    }

    /// Changes an object, and returns what it is by then.
    ///
    /// A `resourceVersion` in the patch's metadata has the server refuse what was decided from an older object.
    ///
    /// - Throws: ``AgentError/Code/conflict`` if somebody else's change has crossed it, and what ``get(_:_:namespace:)``
    ///   throws; an object that is not there is ``AgentError/Code/refused``.
    @discardableResult
    public func patch(
        _ resource: KubernetesResource, _ name: String, namespace: String? = nil,
        _ subresource: Subresource? = nil, as kind: Patch = .merge, patch: JSON
    ) async throws(AgentError) -> JSON {
        let path = resource.path(name, namespace: namespace) + (subresource.map { "/\($0.rawValue)" } ?? "")
        let type = ("content-type", kind.rawValue)
        let answer = try await connection.request(.patch, path, headers: [type], body: patch)
        if answer.isSuccess { return answer.body }
        throw Self.failure(answer, "PATCH \(path)")
    }

    /// Changes an object, whatever version it is of: again, when somebody else's change has crossed it.
    ///
    /// - Throws: As ``patch(_:_:namespace:_:as:patch:)``; ``AgentError/Code/unreachable`` for one that keeps changing.
    @discardableResult
    public func patchAnyVersion(
        _ resource: KubernetesResource, _ name: String, namespace: String? = nil,
        _ subresource: Subresource? = nil, as kind: Patch = .merge, patch: JSON
    ) async throws(AgentError) -> JSON {
        var backoff = Backoff()
        for _ in 0..<Self.races {
            do throws(AgentError) {
                return try await self.patch(
                    resource, name, namespace: namespace, subresource, as: kind, patch: patch)
            } catch where error.code == .conflict {
                try await backoff.pause()
            }
        }
        throw AgentError(.unreachable, "kubernetes: \(resource) \(name) keeps changing")
    }

    /// Creates an object, and returns it as it is by then.
    ///
    /// - Throws: ``AgentError/Code/conflict`` if there is one of that name, and what ``get(_:_:namespace:)`` throws.
    @discardableResult
    public func create(
        _ resource: KubernetesResource, namespace: String? = nil, _ object: JSON
    ) async throws(AgentError) -> JSON {
        let path = resource.path(namespace: namespace)
        let answer = try await connection.request(.post, path, body: object)
        if answer.isSuccess { return answer.body }
        throw Self.failure(answer, "POST \(path)")
    }

    static func failure(_ answer: JSONClient.Answer, _ request: String) -> AgentError {
        failure(status: answer.status, answer.body, request)
    }

    /// What a Status object says.
    static func failure(status: Int, _ body: JSON, _ request: String) -> AgentError {
        let said = body["message"]?.string ?? body.string ?? "no reason"
        let code: AgentError.Code =
            switch status {
            case 409: .conflict
            case 410: .expired
            // Of a server that is overloaded, or that starts.
            case 429, 500...599: .unreachable
            case 200..<300: .malformed
            default: .refused
            }
        return AgentError(code, "kubernetes \(request): \(said.prefix(200)) (\(status))")
    }
}
