// SPDX-License-Identifier: Apache-2.0

public import NodeAgentCore
public import NodeAgentHTTP

/// An API server, and what proves to it who we are.
public struct KubernetesAccess: Hashable, Sendable {
    /// The beginning of its URLs: `https://10.96.0.1:443`.
    public var server: String
    /// Whom to trust, and our certificate.
    public var tls = TLSSettings()
    /// A bearer token.
    public var token: String?
    /// A file with a bearer token, which is read for each request, since tokens of service accounts rotate.
    public var tokenFile: String?

    /// Creates an access without a proof.
    public init(server: String) { self.server = server }

    /// The access of a pod's service account.
    ///
    /// - Parameter environment: The process's variables, of which KUBERNETES_SERVICE_HOST and
    ///   KUBERNETES_SERVICE_PORT are read.
    /// - Parameter folder: Where the kubelet puts the account's files.
    /// - Throws: ``AgentError/Code/notConfigured`` outside of a pod.
    public static func inCluster(
        _ environment: [String: String], folder: String = "/var/run/secrets/kubernetes.io/serviceaccount"
    ) throws(AgentError) -> KubernetesAccess {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty else {
            throw AgentError(
                .notConfigured, "KUBERNETES_SERVICE_HOST is not set: not in a pod, and no kubeconfig is named"
            )
        }
        let port = environment["KUBERNETES_SERVICE_PORT"] ?? "443"
        guard UInt16(port) != nil else {
            throw AgentError(
                .notConfigured, "KUBERNETES_SERVICE_PORT: \"\(port.prefix(80))\" is not a port")
        }
        let isIPv6 = host.contains(":")
        var access = KubernetesAccess(server: "https://\(isIPv6 ? "[\(host)]" : host):\(port)")
        access.tls.authorities = "\(folder)/ca.crt"
        access.tokenFile = "\(folder)/token"
        return access
    }

    /// The header that proves who we are; none where a certificate does.
    func headers() throws(AgentError) -> [(String, String)] {
        if let tokenFile {
            return [try Self.header(try InputFile.firstLine(of: tokenFile), from: tokenFile)]
        }
        return try token.map { text throws(AgentError) in [try Self.header(text, from: "token")] } ?? []
    }

    /// - Parameter source: Where the token is from, for an error that does not show the token.
    static func header(_ token: String, from source: String) throws(AgentError) -> (String, String) {
        guard !token.isEmpty, token.utf8.allSatisfy({ 0x21...0x7e ~= $0 }) else {
            throw AgentError(.notConfigured, "\(source): not a bearer token (RFC 6750)")
        }
        return ("authorization", "Bearer \(token)")
    }
}
