// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP server on loopback whose answers a test chooses.
final class FakeServer: Sendable {
    struct Request: Sendable {
        let method: HTTPMethod
        let uri: String
        let headers: HTTPHeaders
        let body: String

        func header(_ name: String) -> String? { headers.first(name: name) }

        /// Whether it asks the metadata service for a token.
        var asksForToken: Bool { method == .PUT }

        /// The parameters of a request in the Query protocol.
        var parameters: [String: String] { decodedForm(body) }
    }

    enum Reply: Sendable {
        case answer(Int, [(String, String)], String)
        /// No answer, and no end.
        case silence
        /// The connection ends without an answer.
        case hangUp

        static func text(_ body: String) -> Reply { .answer(200, [], body) }
        static func status(_ status: Int) -> Reply { .answer(status, [], "") }
    }

    private let channel: any Channel
    private let seen = Mutex<[Request]>([])

    /// What was asked so far.
    var requests: [Request] { seen.withLock { $0 } }

    /// The server's URL.
    var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }

    /// Starts a server; `reply` is called with each request, and with how many there were before.
    private init(_ reply: @escaping @Sendable (Request, Int) -> Reply) async throws {
        let box = RequestLog()
        channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(box))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        box.connect { [weak self] request in
            guard let self else { return .hangUp }
            let index = self.seen.withLock { seen in
                seen.append(request)
                return seen.count - 1
            }
            return reply(request, index)
        }
    }

    /// Starts a server for as long as something is done with it.
    static func run<Value>(
        _ reply: @escaping @Sendable (Request, Int) -> Reply, _ body: (FakeServer) async throws -> Value
    ) async throws -> Value {
        let server = try await FakeServer(reply)
        do {
            let value = try await body(server)
            try await server.channel.close()
            return value
        } catch {
            try await server.channel.close()
            throw error
        }
    }

    /// Leads requests to the server, which is there only after its handlers.
    private final class RequestLog: Sendable {
        private let body = Mutex<(@Sendable (Request) -> Reply)?>(nil)

        func connect(_ body: @escaping @Sendable (Request) -> Reply) { self.body.withLock { $0 = body } }

        func reply(_ request: Request) -> Reply { body.withLock { $0 }?(request) ?? .hangUp }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let log: RequestLog
        private var head: HTTPRequestHead?
        private var body = ByteBuffer()

        init(_ log: RequestLog) { self.log = log }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body.clear()
            case .body(var part): body.writeBuffer(&part)
            case .end:
                guard let head else { return }
                let request = Request(
                    method: head.method, uri: head.uri, headers: head.headers, body: String(buffer: body))
                send(log.reply(request), context)
            }
        }

        private func send(_ reply: Reply, _ context: ChannelHandlerContext) {
            switch reply {
            case .silence: break
            case .hangUp: context.close(promise: nil)
            case .answer(let status, let headers, let text):
                var head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status))
                for (name, value) in headers { head.headers.add(name: name, value: value) }
                head.headers.add(name: "content-length", value: "\(text.utf8.count)")
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}

/// The names and values of a form, decoded independently of how the client encodes them.
func decodedForm(_ body: String) -> [String: String] {
    func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
    var fields: [String: String] = [:]
    for pair in body.split(separator: "&", omittingEmptySubsequences: true) {
        let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        fields[decoded(parts[0])] = parts.count == 2 ? decoded(parts[1]) : ""
    }
    return fields
}
