// SPDX-License-Identifier: Apache-2.0

internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOSSL

/// The connections to AWS and to the metadata service, which are closed with the last copy of their users.
public final class AWSConnections: Sendable {
    /// Those that lead straight to a server.
    private let direct: HTTPClient
    /// Those that lead through a proxy.
    private let proxied: HTTPClient?
    private let proxy: ProxySettings?

    /// To the metadata service and to containers' endpoints, which are on the node.
    var local: HTTPExchange { HTTPExchange(client: direct) }

    /// To a service of AWS.
    func aws(_ endpoint: Endpoint) -> HTTPExchange {
        guard let proxied, let proxy, let parts = Endpoint.Parts(endpoint.url), parts.scheme == "https",
            proxy.isUsed(for: parts.name)
        else { return HTTPExchange(client: direct) }
        return HTTPExchange(client: proxied)
    }

    /// Creates pools of connections.
    ///
    /// - Parameters:
    ///   - authorities: A PEM file of the authorities that AWS's certificates have to come from, as `AWS_CA_BUNDLE`
    ///     names it; nil for those of the system.
    ///   - proxy: The way to servers with TLS; nil for the straight one.
    /// - Throws: ``AWSAccessError`` for a file that cannot be read.
    public init(authorities: String? = nil, proxy: ProxySettings? = nil) throws(AWSAccessError) {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let authorities {
            do {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authorities))
            } catch {
                throw AWSAccessError("\(authorities): not PEM certificates: \(error)")
            }
        }
        self.proxy = proxy
        direct = Self.client(tls)
        proxied = proxy.map { Self.client(tls, .server(host: $0.host, port: $0.port)) }
    }

    deinit {
        // The clients must not go before they are shut down.
        let clients = [direct, proxied].compactMap { $0 }
        Task { for client in clients { try? await client.shutdown() } }
    }

    private static func client(_ tls: TLSConfiguration, _ proxy: HTTPClient.Configuration.Proxy? = nil)
        -> HTTPClient
    {
        // A signature holds for one host, and a metadata token goes to no other: no redirects.
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.httpVersion = .http1Only
        configuration.timeout = .init(connect: .seconds(5))
        // Whoever asks comes again.
        configuration.connectionPool.retryConnectionEstablishment = false
        // Shorter than the server's patience: a request into a connection that the server closes is a lost answer.
        configuration.connectionPool.idleTimeout = .seconds(10)
        configuration.tlsConfiguration = tls
        configuration.proxy = proxy
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}
