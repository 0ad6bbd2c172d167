// SPDX-License-Identifier: Apache-2.0

import CNITypes
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// An API server for nodes on loopback, as long as it is referred to.
final class FakeKubernetes: Sendable {
    let answers = FakeAnswers()
    let url: String
    private let task: Task<Void, any Error>

    private typealias Connection = NIOAsyncChannel<
        HTTPServerRequestPart, HTTPPart<HTTPResponseHead, ByteBuffer>
    >

    var nodes: FakeNodes { answers.nodes }

    /// Starts it, with TLS if there are certificates, of which the client has to have one, too.
    init(_ certificates: Certificates? = nil) async throws {
        var tls: NIOSSLContext?
        if let certificates {
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(certificates.server).map {
                    .certificate($0)
                },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: certificates.serverKey, format: .pem)))
            configuration.trustRoots = .file(certificates.authority)
            configuration.certificateVerification = .noHostnameVerification
            tls = try NIOSSLContext(configuration: configuration)
        }
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0) { [tls] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(Bodies())
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
        url =
            "\(certificates == nil ? "http" : "https")://127.0.0.1:\(server.channel.localAddress?.port ?? 0)"
        task = Task { [answers] in
            try await server.executeThenClose { connections in
                try await withThrowingDiscardingTaskGroup { group in
                    for try await connection in connections {
                        group.addTask { try? await Self.serve(connection, answers) }
                    }
                }
            }
        }
    }

    deinit { task.cancel() }

    private static func serve(_ connection: Connection, _ answers: FakeAnswers) async throws {
        try await connection.executeThenClose { requests, writer in
            var head: HTTPRequestHead?
            var body: [UInt8] = []
            for try await part in requests {
                switch part {
                case .head(let received): (head, body) = (received, [])
                case .body(let bytes): body += bytes.readableBytesView
                case .end:
                    guard let request = head else { continue }
                    try await Task.sleep(for: answers.delay)
                    switch answers.answer(request, body) {
                    case .whole(let status, let json):
                        try await send(status, json, writer)
                    case .stream(let lines):
                        try await writer.write(.head(self.head(200)))
                        for await line in lines {
                            guard let line else {
                                try await writer.write(.body(ByteBuffer(string: "{\"type\":\"MODI")))
                                return
                            }
                            try await writer.write(.body(ByteBuffer(string: line.serialized() + "\n")))
                        }
                        try await writer.write(.end(nil))
                    }
                }
            }
        }
    }

    private static func head(_ status: Int) -> HTTPResponseHead {
        HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: status),
            headers: ["content-type": "application/json"])
    }

    private static func send(
        _ status: Int, _ json: JSON,
        _ writer: NIOAsyncChannelOutboundWriter<HTTPPart<HTTPResponseHead, ByteBuffer>>
    ) async throws {
        let body = ByteBuffer(string: json.serialized())
        var head = head(status)
        head.headers.add(name: "content-length", value: "\(body.readableBytes)")
        try await writer.write(.head(head))
        try await writer.write(.body(body))
        try await writer.write(.end(nil))
    }
}

/// Has bodies written that are Sendable.
private final class Bodies: ChannelOutboundHandler, Sendable {
    typealias OutboundIn = HTTPPart<HTTPResponseHead, ByteBuffer>
    typealias OutboundOut = HTTPServerResponsePart

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
