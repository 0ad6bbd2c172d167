// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
internal import Hummingbird
public import Logging
internal import NIOCore
internal import NodeAgentCore
public import ServiceLifecycle

/// Answers by HTTP with an agent's pages.
public struct StatusServer: Service {
    private let pages: StatusPages
    private let address: ListenAddress
    private let option: String
    private let logger: Logger
    private let isListening: @Sendable (Int) -> Void

    /// Creates a server.
    ///
    /// - Parameters:
    ///   - option: By what the address is set, for messages: `--status-address`.
    ///   - isListening: Called with the TCP port as soon as the server listens.
    public init(
        pages: StatusPages, address: ListenAddress, option: String, logger: Logger,
        isListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.pages = pages
        self.address = address
        self.option = option
        self.logger = logger
        self.isListening = isListening
    }

    /// Listens until a graceful shutdown begins or the task is cancelled.
    ///
    /// - Throws: `AgentError` with the option if it cannot listen at the address.
    public func run() async throws {
        // Its own messages are of its inside, such as each connection that breaks.
        var inner = logger
        inner.logLevel = max(logger.logLevel, .warning)
        let pages = pages
        let responder = CallbackResponder<BasicRequestContext> { request, _ in
            guard request.method == .get || request.method == .head else {
                return Response(
                    status: .methodNotAllowed, headers: [.allow: "GET, HEAD"], body: ResponseBody())
            }
            let page = await pages.page(request.uri.path)
            let body = ByteBuffer(string: page.text)
            return Response(
                status: HTTPResponse.Status(code: page.status),
                headers: [.contentType: page.type, .contentLength: "\(body.readableBytes)"],
                body: request.method == .head ? ResponseBody() : ResponseBody(byteBuffer: body))
        }
        let server = Application(
            responder: responder, server: .http1(configuration: .init(idleTimeout: .seconds(30))),
            configuration: .init(address: .hostname("\(address.address)", port: Int(address.port))),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? Int(address.port)
                logger.info(
                    "status server listening",
                    metadata: ["address": "\(address.address)", "port": "\(port)"])
                isListening(port)
            }, logger: inner)
        do {
            try await server.run()
        } catch let error as IOError {
            throw address.failure(error, option: option)
        }
    }
}
