// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// Looks at the certificate of a server that was refused, to say what is wrong with it.
///
/// The TLS library says only that it was refused. Nothing is sent to the server and nothing that it says is trusted.
struct CertificateInspection {
    let host: String
    let port: Int

    /// Why the certificate was refused: `expired on 2026-01-31T12:00:00Z`; nil if the dates are not the reason.
    func mistakenDate() async -> String? {
        let now = Int(Date.now.timeIntervalSince1970)
        for certificate in await certificates() {
            if certificate.notValidAfter < now { return "expired on \(text(of: certificate.notValidAfter))" }
            if certificate.notValidBefore > now {
                return "is not valid before \(text(of: certificate.notValidBefore)) (is the clock right?)"
            }
        }
        return nil
    }

    /// The names and addresses that the certificate is for, the first of them.
    func names() async -> [String] {
        guard let certificate = await certificates().first else { return [] }
        return certificate._subjectAlternativeNames().prefix(5).compactMap { name in
            switch name.nameType {
            case .dnsName:
                String(decoding: name.contents.prefix(100).filter { 0x21...0x7e ~= $0 }, as: UTF8.self)
            case .ipAddress: address(Array(name.contents))
            default: nil
            }
        }
    }

    private func address(_ bytes: [UInt8]) -> String? {
        try? SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes), port: 0).ipAddress
    }

    private func text(of time: Int) -> String {
        Date(timeIntervalSince1970: Double(time)).formatted(.iso8601)
    }

    /// The certificates that the server shows; none if it shows none within some seconds.
    private func certificates() async -> [NIOSSLCertificate] {
        let seen = Shown()
        do {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .certificates([])
            let context = try NIOSSLContext(configuration: tls)
            // A name only, never an address (RFC 6066).
            let isAddress = (try? SocketAddress(ipAddress: host, port: port)) != nil
            let name = isAddress ? nil : host
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(.seconds(5))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = try NIOSSLClientHandler(
                            context: context, serverHostname: name,
                            customVerificationCallback: { certificates, verdict in
                                seen.certificates.withLock { $0 = certificates }
                                verdict.succeed(.failed)
                            })
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                }
                .connect(host: host, port: port).get()
            // The refusal closes it; a server that says nothing at all is left after a while.
            let limit = channel.eventLoop.scheduleTask(in: .seconds(5)) { channel.close(promise: nil) }
            try? await channel.closeFuture.get()
            limit.cancel()
        } catch {}
        return seen.certificates.withLock { $0 }
    }

    private final class Shown: Sendable {
        let certificates = Mutex<[NIOSSLCertificate]>([])
    }
}
