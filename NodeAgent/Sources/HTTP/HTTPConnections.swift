// SPDX-License-Identifier: Apache-2.0

internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOSSL

/// A pool of connections that is closed with its last owner.
final class HTTPConnections: Sendable {
    let client: HTTPClient

    /// How long a connection, TLS included, may take to stand.
    static let connectLimit = Duration.seconds(5)

    init(tls: TLSConfiguration?) {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        // HTTP/2 has nothing that a handful of requests needs, and streams that end each other.
        configuration.httpVersion = .http1Only
        configuration.timeout = .init(connect: TimeAmount(Self.connectLimit))
        // The caller knows another server, or retries.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.maximumUsesPerConnection = nil
        configuration.tlsConfiguration = tls
        configuration.http1_1ConnectionDebugInitializer = { channel in
            channel.setOptions(Self.liveness)
        }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit {
        // The client must not go before it is shut down.
        let client = client
        Task { try? await client.shutdown() }
    }

    /// What lets the kernel notice a peer that vanished, as a streamed answer may be silent for hours (tcp(7)).
    private static let liveness: [(ChannelOptions.Types.SocketOption, SocketOptionValue)] = [
        (.init(level: .socket, name: .so_keepalive), 1),
        (.init(level: .tcp, name: .init(rawValue: TCP_KEEPIDLE)), 15),
        (.init(level: .tcp, name: .init(rawValue: TCP_KEEPINTVL)), 5),
        (.init(level: .tcp, name: .init(rawValue: TCP_KEEPCNT)), 3),
        (.init(level: .tcp, name: .init(rawValue: TCP_USER_TIMEOUT)), 30_000),
    ]
}

extension Channel {
    fileprivate func setOptions(
        _ options: [(ChannelOptions.Types.SocketOption, SocketOptionValue)]
    ) -> EventLoopFuture<Void> {
        .andAllSucceed(options.map { setOption($0.0, value: $0.1) }, on: eventLoop)
    }
}
