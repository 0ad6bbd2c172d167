// SPDX-License-Identifier: Apache-2.0

import CNITesting
import NodeAgentCore
import NodeAgentHTTP
import NodeAgentKubernetes
import NodeAgentTesting
import Testing

@Suite struct KubernetesAccessTests {
    private func access(_ text: String) throws -> KubernetesAccess {
        let folder = try TemporaryFolder()
        var access = try KubernetesAccess.kubeconfig(try folder.write("config", text))
        // The folder is another one each time.
        access.tls.authorities = access.tls.authorities?.replacing(folder.path, with: "FOLDER")
        return access
    }

    private func config(cluster: String = "server: https://192.0.2.1:6443", user: String = "token: abc")
        -> String
    {
        """
        current-context: a
        contexts:
        - name: b
          context: {cluster: none}
        - name: a
          context: {cluster: c, user: u}
        clusters:
        - name: c
          cluster: {\(cluster)}
        users:
        - name: u
          user: {\(user)}
        """
    }

    @Test func `the current context counts`() throws {
        let access = try access(config())
        #expect(access.server == "https://192.0.2.1:6443")
        #expect(access.token == "abc")
        #expect(access.tls == TLSSettings())
    }

    @Test func `data in base64, files beside the file, and JSON`() throws {
        let cluster = "server: https://x, certificate-authority: ca.pem, insecure-skip-tls-verify: true"
        let user = "client-certificate-data: aGk=, client-key-data: eW91"
        let access = try access(config(cluster: cluster, user: user))
        #expect(access.tls.authorities == "FOLDER/ca.pem")
        #expect(access.tls.trustsAnyServer)
        #expect(access.tls.certificateText == Array("hi".utf8))
        #expect(access.tls.keyText == Array("you".utf8))
        let json = try self.access(
            """
            {"current-context":"a","contexts":[{"name":"a","context":{"cluster":"c"}}],
             "clusters":[{"name":"c","cluster":{"server":"https://y"}}]}
            """)
        #expect(json.server == "https://y")
    }

    @Test(arguments: [
        ("", "not a YAML mapping"), ("a: [", "not YAML"), ("a: 1", "current-context: missing"),
        ("current-context: x\ncontexts: []", "contexts: none is named \"x\""),
        ("current-context: x\ncontexts: 7", "contexts: missing"),
        ("current-context: [x]", "current-context: not a string"),
    ])
    func `mistakes are reported with their path`(text: String, reason: String) throws {
        let failure = #expect(throws: AgentError.self) { try access(text) }
        #expect(failure?.code == .notConfigured)
        #expect(failure?.message.contains(reason) == true, "\(failure?.message ?? "")")
    }

    @Test(arguments: [
        ("client-key-data: '*'", "users[0].user.client-key-data: not base64"),
        ("exec: {command: aws}", "users[0].user.exec: programs that get tokens are not run here"),
    ])
    func `users that cannot be are reported with their path`(user: String, reason: String) throws {
        let failure = #expect(throws: AgentError.self) { try access(config(user: user)) }
        #expect(failure?.message.contains(reason) == true, "\(failure?.message ?? "")")
    }

    @Test func `a pod has its service account`() throws {
        let access = try KubernetesAccess.inCluster(
            ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"], folder: "/run/account")
        #expect(access.server == "https://[fd00::1]:443")
        #expect(access.tokenFile == "/run/account/token")
        #expect(access.tls.authorities == "/run/account/ca.crt")
        #expect(throws: AgentError.self) { try KubernetesAccess.inCluster([:]) }
        #expect(throws: AgentError.self) {
            try KubernetesAccess.inCluster(["KUBERNETES_SERVICE_HOST": "a", "KUBERNETES_SERVICE_PORT": "x"])
        }
    }

    @Test(arguments: ["", "a/b", "..", "A", "a..b", ".a", "a b", "a?b"])
    func `a name that no node can have is refused`(name: String) {
        #expect(throws: AgentError.self) {
            try KubernetesNodeName(name)
        }
    }
}
