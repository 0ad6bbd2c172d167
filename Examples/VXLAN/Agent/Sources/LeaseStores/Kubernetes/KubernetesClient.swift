// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import NIOHTTP1

/// The nodes of an API server.
///
/// See https://kubernetes.io/docs/reference/using-api/api-concepts.
struct KubernetesClient: Sendable {
    let server: JSONServer
    private let access: KubernetesAccess
    let prefix: String

    /// The longest watch, in seconds.
    static let watchLimit = 270

    /// How often a change is tried again that somebody else's has crossed.
    private static let races = 10

    /// - Parameter prefix: What the overlay's annotations begin with.
    init(_ access: KubernetesAccess, prefix: String) throws(LeaseStoreError) {
        // A watch is never silent for longer: the server is asked to end it before.
        server = try JSONServer(access.server, access.settings, silence: .seconds(Self.watchLimit + 30))
        self.access = access
        self.prefix = prefix
    }

    /// The headers of every request; the token may be another one each time.
    func headers() throws(LeaseStoreError) -> [(String, String)] {
        try access.headers() + [("accept", "application/json"), ("user-agent", "vxlan-agent")]
    }

    /// A Node object, whole.
    func object(_ name: String) async throws(LeaseStoreError) -> JSON {
        guard let object = try await objectIfThere(name) else {
            throw LeaseStoreError(
                .refused,
                """
                kubernetes has no node \(name) (404): the name has to be that of the Node object, and the kubelet has \
                to have registered it
                """)
        }
        return object
    }

    /// A Node object; nil if there is none.
    func objectIfThere(_ name: String) async throws(LeaseStoreError) -> JSON? {
        let path = "/api/v1/nodes/\(name)"
        let answer = try await server.request(.GET, path, headers: try headers())
        // The API server's own 404, not that of a path that something else knows nothing of.
        if answer.status == 404, answer.body["details"]?["name"]?.string == name { return nil }
        guard answer.isSuccess else { throw Self.failure(answer, "GET \(path)") }
        guard answer.body["metadata"]?["name"]?.string == name else {
            throw LeaseStoreError(.malformed, "kubernetes GET \(path): metadata.name: not \(name)")
        }
        return answer.body
    }

    func node(_ name: String) async throws(LeaseStoreError) -> KubernetesNode {
        try read(try await object(name))
    }

    func nodeIfThere(_ name: String) async throws(LeaseStoreError) -> KubernetesNode? {
        guard let object = try await objectIfThere(name) else { return nil }
        return try read(object)
    }

    func read(_ object: JSON) throws(LeaseStoreError) -> KubernetesNode {
        guard let node = KubernetesNode(object, prefix) else {
            throw LeaseStoreError(.malformed, "kubernetes: a node without metadata.name")
        }
        return node
    }

    /// The name of the node that a pod is on.
    func nodeName(ofPod pod: String, namespace: String) async throws(LeaseStoreError) -> String {
        let path = "/api/v1/namespaces/\(namespace)/pods/\(pod)"
        let answer = try await server.request(.GET, path, headers: try headers())
        guard answer.isSuccess else { throw Self.failure(answer, "GET \(path)") }
        guard let name = answer.body["spec"]?["nodeName"]?.string else {
            throw LeaseStoreError(.malformed, "kubernetes GET \(path): spec.nodeName: missing")
        }
        return name
    }

    /// Changes a Node object's metadata and status, whatever version it is of.
    func patch(_ name: String, _ patch: JSON) async throws(LeaseStoreError) {
        var backoff = Backoff()
        for _ in 0..<Self.races {
            if try await patchOnce(name, patch) { return }
            try await backoff.pause()
        }
        throw LeaseStoreError(.unreachable, "kubernetes: node \(name) keeps changing")
    }

    /// Changes a Node object's metadata and status; false if somebody else's change has crossed ours.
    ///
    /// The subresource `status` lets both be changed, and is all that flannel's role allows.
    func patchOnce(_ name: String, _ patch: JSON) async throws(LeaseStoreError) -> Bool {
        let path = "/api/v1/nodes/\(name)/status"
        let type = ("content-type", "application/strategic-merge-patch+json")
        let answer = try await server.request(.PATCH, path, headers: try headers() + [type], body: patch)
        if answer.isSuccess { return true }
        if answer.status == 409 { return false }
        throw Self.failure(answer, "PATCH \(path)")
    }

    static func failure(_ answer: JSONServer.Answer, _ request: String) -> LeaseStoreError {
        failure(status: Int(answer.status), answer.body, request)
    }

    /// What a Status object says.
    static func failure(status: Int, _ body: JSON, _ request: String) -> LeaseStoreError {
        let said = body["message"]?.string ?? body.string ?? "no reason"
        let code: LeaseStoreError.Code =
            switch status {
            case 410: .expired
            // Of a server that is overloaded, or that starts.
            case 429, 500...599: .unreachable
            case 200..<300: .malformed
            default: .refused
            }
        return LeaseStoreError(code, "kubernetes \(request): \(said.prefix(200)) (\(status))")
    }
}
