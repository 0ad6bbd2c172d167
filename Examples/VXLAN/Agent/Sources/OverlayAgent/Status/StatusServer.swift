// SPDX-License-Identifier: Apache-2.0

public import CNITypes
public import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
public import ServiceLifecycle

/// Tells by HTTP how the agent is doing: `/healthz`, `/readyz`, `/metrics`.
public struct StatusServer: Service {
    let pages: StatusPages
    let address: String
    let port: Int
    let logger: Logger

    /// Creates a server.
    ///
    /// - Parameter address: The address to listen at.
    /// - Parameter port: The TCP port; 0 for any.
    public init(pages: StatusPages, address: IPAddress, port: Int, logger: Logger) {
        self.pages = pages
        self.address = address.description
        self.port = port
        self.logger = logger
    }

    private typealias Connection = NIOAsyncChannel<
        HTTPServerRequestPart, HTTPPart<HTTPResponseHead, ByteBuffer>
    >

    /// Listens until a graceful shutdown begins.
    ///
    /// - Throws: If it cannot listen at the address.
    public func run() async throws {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: address, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(
                        IdleStateHandler(readTimeout: .seconds(30)))
                    try channel.pipeline.syncOperations.addHandler(ConnectionEnd())
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
        logger.info("tells how it is", metadata: ["address": "\(address)", "port": "\(port)"])
        do {
            try await cancelWhenGracefulShutdown {
                try await server.executeThenClose { connections in
                    try await withThrowingDiscardingTaskGroup { group in
                        for try await connection in connections {
                            group.addTask { await serve(connection) }
                        }
                    }
                }
            }
        } catch is CancellationError {
            // This is how a shutdown ends.
        }
    }

    private func serve(_ connection: Connection) async {
        do {
            try await connection.executeThenClose { requests, answers in
                for try await case .head(let request) in requests {
                    let page = pages.page(request.method == .GET ? request.uri : "")
                    let body = ByteBuffer(string: page.text)
                    var head = HTTPResponseHead(
                        version: .http1_1, status: HTTPResponseStatus(statusCode: page.status))
                    head.headers.add(name: "content-type", value: page.type)
                    head.headers.add(name: "content-length", value: "\(body.readableBytes)")
                    if !request.isKeepAlive { head.headers.add(name: "connection", value: "close") }
                    try await answers.write(.head(head))
                    try await answers.write(.body(body))
                    try await answers.write(.end(nil))
                    if !request.isKeepAlive { return }
                }
            }
        } catch {
            logger.debug("status: a connection failed", metadata: ["reason": "\(error)"])
        }
    }
}

/// The end of a connection's pipeline: closes one on which nothing comes, and has bodies written that are Sendable.
private final class ConnectionEnd: ChannelDuplexHandler, Sendable {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPPart<HTTPResponseHead, ByteBuffer>
    typealias OutboundOut = HTTPServerResponsePart

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part: HTTPServerResponsePart =
            switch Self.unwrapOutboundIn(data) {
            case .head(let head): .head(head)
            case .body(let bytes): .body(.byteBuffer(bytes))
            case .end(let headers): .end(headers)
            }
        context.write(Self.wrapOutboundOut(part), promise: promise)
    }
}
