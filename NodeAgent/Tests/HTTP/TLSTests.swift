// SPDX-License-Identifier: Apache-2.0

import CNITesting
import NodeAgentCore
import NodeAgentHTTP
import NodeAgentTesting
import Testing

/// What is wrong with TLS, in sentences for operators.
@Suite(.needsProgram("/usr/bin/openssl")) struct TLSTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// The message that a client gets; nil if it gets an answer.
    private func message(_ url: String, _ tls: TLSSettings) async throws -> String? {
        do throws(AgentError) {
            let client = try JSONClient(url, tls: tls)
            let answer = try await client.request(.get, "/version")
            return answer.isSuccess ? nil : "\(answer.status)"
        } catch {
            // Nobody can do anything with a library's inside.
            for inside in ["BoringSSL", "NIOSSL", "OPENSSL", "/Sources/", ".cc:", "Error:", "sslError"] {
                #expect(!error.message.contains(inside), "\(error.message)")
            }
            #expect(error.message.hasPrefix("GET \(url)/version: "), "\(error.message)")
            return String(error.message.dropFirst("GET \(url)/version: ".count))
        }
    }

    private func settings(_ certificates: Certificates, isClient: Bool = true) -> TLSSettings {
        var settings = TLSSettings()
        settings.authorities = certificates.authority
        if isClient {
            settings.certificate = certificates.client
            settings.key = certificates.clientKey
        }
        return settings
    }

    @Test func `both sides prove who they are`() async throws {
        let certificates = try Certificates(in: folder)
        let server = try await FakeKubernetes(certificates)
        #expect(try await message(server.url, settings(certificates)) == nil)
    }

    @Test func `an authority that did not sign the certificate`() async throws {
        let certificates = try Certificates(in: folder)
        let server = try await FakeKubernetes(certificates)
        var tls = settings(certificates)
        let other = try TemporaryFolder()
        tls.authorities = try Certificates(in: other).authority
        #expect(
            try await message(server.url, tls)
                == "the server's certificate is not signed by an authority of \(tls.authorities ?? "")")
        tls.authorities = nil
        #expect(
            try await message(server.url, tls)
                == "the server's certificate is not signed by an authority of the system")
        withExtendedLifetime(other) {}
    }

    @Test func `a certificate without the server's address`() async throws {
        var shape = Certificates.Shape()
        shape.names = "DNS:etcd.example,IP:192.0.2.1,IP:2001:db8::1"
        let certificates = try Certificates(in: folder, shape)
        let server = try await FakeKubernetes(certificates)
        #expect(
            try await message(server.url, settings(certificates))
                == "the server's certificate is for etcd.example, 192.0.2.1, 2001:db8::1 and not for 127.0.0.1"
        )
    }

    @Test(arguments: [(-9, -2, "expired on 2"), (2, 9, "is not valid before 2")])
    func `a certificate whose time is over, or still to come`(from: Int, to: Int, reason: String) async throws
    {
        var shape = Certificates.Shape()
        shape.validity = (from, to)
        let certificates = try Certificates(in: folder, shape)
        let server = try await FakeKubernetes(certificates, wantsClientCertificate: false)
        let message = try await message(server.url, settings(certificates, isClient: false))
        #expect(message?.hasPrefix("the server's certificate \(reason)") == true, "\(message ?? "")")
    }

    @Test func `a client without a certificate, and with one of an authority that the server does not know`()
        async throws
    {
        let certificates = try Certificates(in: folder)
        let server = try await FakeKubernetes(certificates)
        #expect(
            try await message(server.url, settings(certificates, isClient: false))
                == "the server wants a certificate of ours, and none is configured")
        let elsewhere = try TemporaryFolder()
        let other = try Certificates(in: elsewhere)
        var tls = settings(other)
        tls.authorities = certificates.authority
        #expect(
            try await message(server.url, tls)
                == "the server refuses our certificate \(other.client): its authority has to be one that the server knows"
        )
        withExtendedLifetime(elsewhere) {}
    }

    @Test func `a server that does not speak TLS, and one that does to a client that does not`() async throws
    {
        let certificates = try Certificates(in: folder)
        let plain = try await FakeKubernetes()
        let url = plain.url.replacing("http:", with: "https:")
        let message = try await message(url, settings(certificates))
        #expect(message?.contains("does not speak TLS") == true, "\(message ?? "")")
    }

    @Test func `no listener, no host, no such name`() async throws {
        #expect(try await message("https://127.0.0.1:1", TLSSettings()) == "Connection refused")
        let message = try await message("http://nowhere.invalid", TLSSettings())
        #expect(message == "the name nowhere.invalid cannot be resolved")
    }

    @Test func `files of the wrong kind are named before anything is sent`() throws {
        let certificates = try Certificates(in: folder)
        func refusal(_ change: (inout TLSSettings) throws -> Void) throws -> String? {
            var tls = settings(certificates)
            try change(&tls)
            let error = #expect(throws: AgentError.self) { try JSONClient("https://127.0.0.1:1", tls: tls) }
            #expect(error?.code == .notConfigured)
            return error?.message
        }
        let text = try folder.write("text", "nothing")
        #expect(try refusal { $0.authorities = text } == "\(text): not PEM certificates")
        #expect(try refusal { $0.certificate = text } == "\(text): not PEM certificates")
        #expect(try refusal { $0.key = text } == "\(text): not a PEM key without a passphrase")
        #expect(
            try refusal { $0.authorities = "/nowhere/ca" }
                == "/nowhere/ca: cannot be read: No such file or directory")
        #expect(
            try refusal { $0.key = certificates.serverKey }
                == "\(certificates.serverKey) is not the key of \(certificates.client)")
        // Without TLS the files are not looked at.
        var tls = TLSSettings()
        tls.authorities = "/nowhere/ca"
        #expect(throws: Never.self) { try JSONClient("http://127.0.0.1:1", tls: tls) }
    }
}
