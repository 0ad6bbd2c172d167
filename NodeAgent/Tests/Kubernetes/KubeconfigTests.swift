// SPDX-License-Identifier: Apache-2.0

import CNITesting
import NodeAgentCore
import NodeAgentHTTP
import NodeAgentKubernetes
import NodeAgentTesting
import Testing

@Suite("kubernetes: credentials") struct KubeconfigTests {
    /// A kubeconfig as kubeadm writes it, with lines for the cluster and the user.
    private func kubeconfig(
        cluster: String = "    server: https://192.0.2.1:6443", user: String = "    token: abc"
    ) -> String {
        """
        apiVersion: v1
        kind: Config
        preferences: {}
        current-context: kubernetes-admin@kubernetes
        contexts:
        - context:
            cluster: kubernetes
            user: kubernetes-admin
          name: kubernetes-admin@kubernetes
        clusters:
        - cluster:
        \(cluster)
          name: kubernetes
        users:
        - name: other
          user: {exec: {command: never}}
        - name: kubernetes-admin
          user:
        \(user)
        """
    }

    private func access(_ text: String) throws -> KubernetesAccess {
        let folder = try TemporaryFolder()
        return try KubernetesAccess.kubeconfig(try folder.write("config", text))
    }

    private func refusal(_ text: String) -> AgentError? {
        #expect(throws: AgentError.self) { try access(text) }
    }

    @Test func `another user's program harms nobody`() throws {
        #expect(try access(kubeconfig()).token == "abc")
    }

    @Test func `base64 may have ends of lines`() throws {
        let user = "    client-certificate-data: |\n      aGVs\n      bG8=\n    client-key-data: eW91"
        let access = try access(kubeconfig(user: user))
        #expect(access.tls.certificateText == Array("hello".utf8))
        #expect(access.token == nil)
    }

    @Test func `a number is a token, too`() throws {
        #expect(try access(kubeconfig(user: "    token: 0123")).token == "0123")
    }

    @Test(arguments: [
        (
            "    server: 192.0.2.1:6443",
            "clusters[0].cluster.server: \"192.0.2.1:6443\" is not the URL of a server"
        ),
        ("    server: https://", "clusters[0].cluster.server: \"https://\" is not the URL of a server"),
        ("    server: https://x/?a=b", "clusters[0].cluster.server: "),
        ("    server: ''", "clusters[0].cluster.server: missing"),
        (
            "    server: https://x\n    insecure-skip-tls-verify: maybe",
            "clusters[0].cluster.insecure-skip-tls-verify: neither true nor false"
        ),
        ("    server: https://x\n    proxy-url: http://y", "clusters[0].cluster.proxy-url: not supported"),
        (
            "    server: https://x\n    tls-server-name: y",
            "clusters[0].cluster.tls-server-name: not supported"
        ),
        (
            "    server: https://x\n    certificate-authority-data: '%'",
            "clusters[0].cluster.certificate-authority-data: not base64"
        ),
    ])
    func `clusters that cannot be are reported with their path`(cluster: String, reason: String) {
        let failure = refusal(kubeconfig(cluster: cluster))
        #expect(failure?.code == .notConfigured)
        #expect(failure?.message.contains("/config: \(reason)") == true, "\(failure?.message ?? "")")
    }

    @Test(arguments: [
        ("    auth-provider: {name: gcp}", "users[1].user.auth-provider: programs that get tokens"),
        (
            "    username: admin\n    password: x",
            "users[1].user.username: not supported since Kubernetes 1.19"
        ),
        ("    token: abc\n    as: root", "users[1].user.as: not supported"),
        ("    token: \"a b\"", "users[1].user.token: not a bearer token"),
        ("    token: \"a\\r\\nX-Y: z\"", "users[1].user.token: not a bearer token"),
        ("    token: [a]", "users[1].user.token: not a string"),
        ("    client-key-data: eW91", "users[1].user: client-certificate and client-key go together"),
        ("    client-certificate: x.pem", "users[1].user: client-certificate and client-key go together"),
    ])
    func `users that cannot be are reported with their path`(user: String, reason: String) {
        let failure = refusal(kubeconfig(user: user))
        #expect(failure?.code == .notConfigured)
        #expect(failure?.message.contains("/config: \(reason)") == true, "\(failure?.message ?? "")")
        #expect(failure?.message.contains("X-Y") == false)
    }

    @Test func `aliases that stand for more than memory has are not resolved`() throws {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(try access(text + kubeconfig()).token == "abc")
    }

    @Test func `a file that is not there, and one that is no token`() async throws {
        let missing = #expect(throws: AgentError.self) {
            try KubernetesAccess.kubeconfig("/nowhere/config")
        }
        #expect(missing?.message == "/nowhere/config: cannot be read: No such file or directory")
        let server = try await FakeKubernetes()
        let folder = try TemporaryFolder()
        let file = try folder.write("token", "\n")
        var access = KubernetesAccess(server: server.url)
        access.tokenFile = file
        let client = try KubernetesClient(access, agent: "test")
        let failure = await #expect(throws: AgentError.self) { try await client.get(.nodes, "node1") }
        #expect(failure?.message == "\(file): not a bearer token (RFC 6750)")
        #expect(server.answers.asked.isEmpty)
    }

    @Test(.needsProgram("/usr/bin/openssl"))
    func `a pod's service account works over TLS, and only with the cluster's authority`() async throws {
        let folder = try TemporaryFolder()
        let certificates = try Certificates(in: folder)
        let server = try await FakeKubernetes(certificates, wantsClientCertificate: false)
        server.answers.behave { $0.token = "abc" }
        server.nodes.put("node1", podCIDRs: ["10.5.1.0/24"])
        try folder.write("token", "abc")
        try folder.write("ca.crt", try TemporaryFolder.read(certificates.authority))
        let port = String(server.url.split(separator: ":").last ?? "")
        var access = try KubernetesAccess.inCluster(
            ["KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": port], folder: folder.path)
        func client() throws -> KubernetesClient { try KubernetesClient(access, agent: "test") }
        #expect(try await client().get(.nodes, "node1") != nil)
        let other = try TemporaryFolder()
        access.tls.authorities = try Certificates(in: other).authority
        let failure = await #expect(throws: AgentError.self) { try await client().get(.nodes, "node1") }
        #expect(failure?.code == .unreachable)
        access.tls.trustsAnyServer = true
        #expect(try await client().get(.nodes, "node1") != nil)
        access.tls.authorities = try folder.write("ca.crt", "nothing")
        let none = #expect(throws: AgentError.self) { try client() }
        #expect(none?.code == .notConfigured)
        #expect(none?.message.contains("ca.crt: not PEM certificates") == true)
    }
}
