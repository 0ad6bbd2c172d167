// SPDX-License-Identifier: Apache-2.0

internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOSSL

/// The connections to AWS and to the metadata service, which are closed with the last copy of whoever uses them.
public final class AWSConnections: Sendable {
    /// Those to AWS, which may lead through a proxy.
    private let outer: HTTPClient
    /// Those to link-local addresses, which never do.
    private let inner: HTTPClient

    /// To AWS.
    var aws: HTTPExchange { HTTPExchange(client: outer) }
    /// To the metadata service and to containers' endpoints.
    var local: HTTPExchange { HTTPExchange(client: inner) }

    /// Creates two pools of connections.
    ///
    /// - Parameter authorities: A PEM file of the authorities that AWS's certificates have to come from, as
    ///   `AWS_CA_BUNDLE` names it; nil for those of the system.
    /// - Throws: ``CredentialsError`` for a file that cannot be read.
    public init(authorities: String? = nil) throws(CredentialsError) {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let authorities {
            do {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authorities))
            } catch {
                throw CredentialsError("\(authorities): not PEM certificates: \(error)")
            }
        }
        outer = Self.client(tls)
        inner = Self.client(nil)
    }

    deinit {
        // The clients must not go before they are shut down.
        let clients = [outer, inner]
        Task { for client in clients { try? await client.shutdown() } }
    }

    private static func client(_ tls: TLSConfiguration?) -> HTTPClient {
        // A signature holds for one host, and a metadata token goes to no other: no redirects.
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.httpVersion = .http1Only
        configuration.timeout = .init(connect: .seconds(5))
        // Whoever asks comes again.
        configuration.connectionPool.retryConnectionEstablishment = false
        // Shorter than the server's patience: a request into a connection that the server closes is a lost answer.
        configuration.connectionPool.idleTimeout = .seconds(10)
        configuration.tlsConfiguration = tls
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}
