// SPDX-License-Identifier: Apache-2.0

import CNITesting
import Glibc
import NIOSSL
import NodeAgentTesting
import Synchronization
import Testing

@testable import EC2

/// TLS, proxies, and what is reported of requests.
@Suite(.timeLimit(.minutes(2)))
struct ConnectionTests {
    private func client(
        _ url: String, _ connections: AWSConnections, observe: (@Sendable (CallReport) -> Void)? = nil
    ) throws -> EC2Client {
        let endpoint = try #require(Endpoint(url: url))
        let configuration = EC2Client.Configuration(
            region: "us-east-1", endpoint: endpoint, retries: RetryPolicy(attempts: 1), observe: observe)
        return EC2Client(
            configuration, credentials: CredentialsCache(.sample, logger: .silent), connections: connections,
            time: .quick, logger: .silent)
    }

    @Test(.needsProgram("/usr/bin/openssl"))
    func `a server has to prove who it is`() async throws {
        let folder = try TemporaryFolder()
        let (certificate, key) = ("\(folder.path)/certificate.pem", "\(folder.path)/key.pem")
        try Program.run(
            [
                "/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
            ], in: folder)
        var settings = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
        settings.minimumTLSVersion = .tlsv12
        let context = try NIOSSLContext(configuration: settings)
        try await FakeServer.run(tls: context, { _, _ in Answer.success("CreateTags") }) { server in
            let trusting = try client(server.url, try AWSConnections(authorities: certificate))
            try await trusting.createTags(["a": "b"], on: ["eni-1"])
            #expect(server.requests.count == 1)
            let other = try client(server.url, try AWSConnections())
            let error = await #expect(throws: EC2Error.self) {
                try await other.createTags(["a": "b"], on: ["e"])
            }
            #expect(error?.kind == .transport && error?.mayHaveHappened == false)
            #expect(error?.message.contains("TLS") == true, "\(error?.message ?? "")")
            #expect(server.requests.count == 1)
        }
        let error = #expect(throws: AWSAccessError.self) { try AWSConnections(authorities: "/nonexistent") }
        #expect(error?.message.hasPrefix("/nonexistent: not PEM certificates") == true)
    }

    @Test func `a proxy is asked for servers with TLS, and what it refuses was not sent`() async throws {
        try await FakeServer.run({ _, _ in .status(502) }) { proxy in
            let settings = try ProxySettings(["HTTPS_PROXY": proxy.url, "NO_PROXY": "127.0.0.1,.internal"])
            let connections = try AWSConnections(proxy: settings)
            let client = try client("https://ec2.example:8443", connections)
            let error = await #expect(throws: EC2Error.self) {
                try await client.createTags(["a": "b"], on: ["e"])
            }
            #expect(error?.kind == .transport && error?.mayHaveHappened == false)
            #expect(error?.message.contains("proxy") == true, "\(error?.message ?? "")")
            #expect(proxy.requests.map { "\($0.method) \($0.uri)" } == ["CONNECT ec2.example:8443"])
            try await FakeServer.run({ _, _ in Answer.success("CreateTags") }) { server in
                try await self.client(server.url, connections).createTags(["a": "b"], on: ["e"])
                #expect(server.requests.count == 1 && proxy.requests.count == 1)
            }
        }
    }

    @Test func `NO_PROXY says what is reached without the proxy`() throws {
        let settings = try #require(
            try ProxySettings([
                "https_proxy": "proxy.example:3128",
                "no_proxy": "localhost, .internal,Example.org,10.0.0.0/8,::1",
            ]))
        #expect(settings.host == "proxy.example" && settings.port == 3128)
        for name in [
            "localhost", "a.internal", "internal", "example.org", "b.example.org", "10.2.3.4", "::1",
        ] {
            #expect(!settings.isUsed(for: name), "\(name)")
        }
        for name in ["ec2.eu-west-1.amazonaws.com", "notexample.org", "192.0.2.1", "::2"] {
            #expect(settings.isUsed(for: name), "\(name)")
        }
        #expect(try ProxySettings([:]) == nil)
        #expect(try ProxySettings(["HTTPS_PROXY": "x", "NO_PROXY": "*"])?.isUsed(for: "a") == false)
        for text in ["https://proxy", "http://user:password@proxy", "http://", "socks5://proxy"] {
            #expect(throws: AWSAccessError.self) { try ProxySettings(["HTTPS_PROXY": text]) }
        }
    }

    @Test func `each request is reported`() async throws {
        let reports = Mutex<[CallReport]>([])
        try await FakeServer.run({ _, index in
            index == 0 ? Answer.failure("RequestLimitExceeded", status: 503) : Answer.success("CreateTags")
        }) { server in
            let client = try EC2Client.of(server.url) {
                $0.observe = { report in reports.withLock { $0.append(report) } }
            }
            try await client.createTags(["a": "b"], on: ["eni-1"])
            let told = reports.withLock { $0 }
            #expect(told.map(\.action) == ["CreateTags", "CreateTags"])
            #expect(told.map(\.status) == [503, 200])
            #expect(told.map(\.code) == ["RequestLimitExceeded", nil])
            #expect(told.allSatisfy { $0.latency > .zero })
        }
    }
}
