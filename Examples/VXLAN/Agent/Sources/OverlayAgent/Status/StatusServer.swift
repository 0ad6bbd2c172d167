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

    /// Listens until a graceful shutdown begins.
    ///
    /// - Throws: If it cannot listen at the address.
    public func run() async throws {
        let (pages, logger) = (pages, logger)
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(IdleStateHandler(readTimeout: .seconds(30)))
                    try pipeline.addHandler(Answering(pages: pages, logger: logger))
                }
            }
            .bind(host: address, port: port).get()
        logger.info("tells how it is", metadata: ["address": "\(address)", "port": "\(port)"])
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await channel.closeFuture.get()
            } onGracefulShutdown: {
                channel.close(promise: nil)
            }
        } onCancel: {
            channel.close(promise: nil)
        }
    }
}

/// Answers the requests of one connection, one after the other, and closes it when nothing comes any more.
private final class Answering: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let pages: StatusPages
    private let logger: Logger
    private var request: HTTPRequestHead?

    init(pages: StatusPages, logger: Logger) {
        self.pages = pages
        self.logger = logger
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head(let head): request = head
        case .body: return  // of no use for any page
        case .end:
            if let request { answer(request, context) }
            request = nil
        }
    }

    private func answer(_ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let page = pages.page(request.method == .GET ? request.uri : "")
        let body = ByteBuffer(string: page.text)
        var head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: page.status))
        head.headers.add(name: "content-type", value: page.type)
        head.headers.add(name: "content-length", value: "\(body.readableBytes)")
        if !request.isKeepAlive { head.headers.add(name: "connection", value: "close") }
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(Self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        let isSent = context.writeAndFlush(Self.wrapOutboundOut(.end(nil)))
        if !request.isKeepAlive { isSent.assumeIsolated().whenComplete { _ in context.close(promise: nil) } }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        logger.debug("status: a connection failed", metadata: ["reason": "\(error)"])
        context.close(promise: nil)
    }
}
