// SPDX-License-Identifier: Apache-2.0

import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// A server on one address, or on a socket that listens already.
///
/// Hummingbird's server without its router: the connection may have to end without an answer, and the time in answers is
/// the simulator's own.
struct WebServer: Service {
    /// Why a connection is ended.
    private enum Ending: Error { case dropped }

    /// Where it listens.
    enum Place {
        case address(host: String, port: Int)
        /// A socket, which the server closes.
        case socket(CInt)
    }

    let place: Place
    let logger: Logger
    /// The time for the header `Date`.
    let date: @Sendable () async -> String
    let respond: @Sendable (WebRequest) async -> WebAnswer
    /// Called with the port once connections are taken.
    let onListening: @Sendable (Int) async -> Void

    private static let maximumBody = 1 << 20

    func run() async throws {
        let connections = HTTP1Channel { request, writer, channel in
            let answer = await answer(to: request, from: channel.remoteAddress?.ipAddress)
            if answer.isDropped { throw Ending.dropped }
            if let hops = answer.hops { try await channel.set(hops: hops) }
            var head = HTTPResponse(status: .init(code: answer.status))
            head.headerFields[.date] = await date()
            head.headerFields[.server] = "vpc-simulator"
            for (name, value) in answer.headers {
                if let name = HTTPField.Name(name) { head.headerFields[name] = value }
            }
            head.headerFields[.contentLength] = String(answer.body.count)
            let body = request.method == .head ? ByteBuffer() : ByteBuffer(bytes: answer.body)
            try await writer.write(response: head, body: ResponseBody(byteBuffer: body))
        }
        switch place {
        case .address(let host, let port):
            let configuration = ServerConfiguration(address: .hostname(host, port: port), reuseAddress: true)
            try await connections.server(
                configuration: configuration,
                onServerRunning: { await onListening($0.localAddress?.port ?? port) },
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger
            ).run()
        case .socket(let descriptor):
            try await cancelWhenGracefulShutdown { try await serve(connections, on: descriptor) }
        }
    }

    /// Hummingbird's server makes its socket itself: this is what it does with one.
    private func serve(_ connections: HTTP1Channel, on descriptor: CInt) async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(descriptor) { connections.setup(channel: $0, logger: logger) }
        await onListening(listener.channel.localAddress?.port ?? 0)
        try await withThrowingDiscardingTaskGroup { group in
            try await listener.executeThenClose { accepted in
                for try await connection in accepted {
                    group.addTask { await connections.handle(value: connection, logger: logger) }
                }
            }
            group.cancelAll()
        }
    }

    private func answer(to request: Request, from client: String?) async -> WebAnswer {
        var body: [UInt8] = []
        do {
            for try await part in request.body {
                body += part.readableBytesView
                if body.count > Self.maximumBody { return WebAnswer(413, "the body is too long") }
            }
        } catch {
            return WebAnswer(400, "the body ends early")
        }
        let target = request.head.path ?? "/"
        let mark = target.firstIndex(of: "?") ?? target.endIndex
        var headers = request.headers.map { ($0.name.canonicalName, $0.value) }
        // HTTP/1.1's field is a pseudo field of the types that HTTP/2 has, too.
        if let authority = request.head.authority { headers.append(("host", authority)) }
        return await respond(
            WebRequest(
                method: request.method.rawValue, path: String(target[..<mark]),
                query: String(target[mark...].dropFirst()), headers: headers, body: body, client: client))
    }
}

extension Channel {
    /// Has packets from now on begin with a TTL, or hop limit.
    fileprivate func set(hops: Int) async throws {
        let (level, name) =
            localAddress?.protocol == .inet6
            ? (IPPROTO_IPV6, IPV6_UNICAST_HOPS) : (IPPROTO_IP, IP_TTL)
        let option = ChannelOptions.Types.SocketOption(level: .init(CInt(level)), name: .init(name))
        try await setOption(option, value: hops).get()
    }
}
