// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// An API server on loopback, as long as it is referred to.
public final class FakeKubernetes: Sendable {
    /// What it answers, and what it was asked.
    public let answers = FakeAnswers()
    /// The beginning of its URLs.
    public let url: String
    private let server: any Channel
    private let connections: FakeConnections

    /// Its nodes.
    public var nodes: FakeObjects { answers.objects("Node", "nodes") }
    /// Its pods, by NAMESPACE/NAME.
    public var pods: FakeObjects { answers.objects("Pod", "pods") }
    /// Its events, by NAMESPACE/NAME.
    public var events: FakeObjects { answers.objects("Event", "events") }

    /// Starts it, with TLS if there are certificates, of which the client has to have one, too, by default.
    public init(_ certificates: Certificates? = nil, wantsClientCertificate: Bool = true) async throws {
        var tls: NIOSSLContext?
        if let certificates {
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(certificates.server).map {
                    .certificate($0)
                },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: certificates.serverKey, format: .pem)))
            configuration.trustRoots = .file(certificates.authority)
            configuration.certificateVerification = wantsClientCertificate ? .noHostnameVerification : .none
            tls = try NIOSSLContext(configuration: configuration)
        }
        connections = FakeConnections()
        server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { [tls, answers, connections] channel in
                channel.eventLoop.makeCompletedFuture {
                    connections.add(channel)
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandlers(Bodies(), FakeConnection(answers))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let scheme = certificates == nil ? "http" : "https"
        url = "\(scheme)://127.0.0.1:\(server.localAddress?.port ?? 0)"
    }

    deinit {
        server.close(promise: nil)
        connections.close()
    }
}

/// The connections that clients have.
private final class FakeConnections: Sendable {
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        channels.withLock { $0[id] = channel }
        channel.closeFuture.whenComplete { _ in self.channels.withLock { $0[id] = nil } }
    }

    func close() { for channel in channels.withLock({ Array($0.values) }) { channel.close(promise: nil) } }
}

/// Takes the requests of a connection, one after the other.
private final class FakeConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias Part = HTTPPart<HTTPResponseHead, ByteBuffer>

    private let answers: FakeAnswers
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var work: Task<Void, any Error>?

    init(_ answers: FakeAnswers) { self.answers = answers }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let received): (head, body) = (received, [])
        case .body(let bytes): body += bytes.readableBytesView
        case .end:
            guard let head else { return }
            work = Self.answer(head, body, from: answers, to: context.channel)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { work?.cancel() }

    private static func answer(
        _ head: HTTPRequestHead, _ body: [UInt8], from answers: FakeAnswers, to channel: any Channel
    ) -> Task<Void, any Error> {
        Task {
            try await Task.sleep(for: answers.behaviour.delay)
            try await waits(for: answers)
            try await send(answers.answer(head, body), from: answers, to: channel)
        }
    }

    /// Says nothing for as long as the server hangs.
    private static func waits(for answers: FakeAnswers) async throws {
        while answers.behaviour.hangs { try await Task.sleep(for: .milliseconds(20)) }
    }

    private static func send(
        _ answer: FakeAnswers.Answer, from answers: FakeAnswers, to channel: any Channel
    ) async throws {
        switch answer {
        case .whole(let status, let json):
            let bytes = ByteBuffer(string: json.serialized())
            channel.write(Part.head(head(status, length: bytes.readableBytes)), promise: nil)
            channel.write(Part.body(bytes), promise: nil)
            try await channel.writeAndFlush(Part.end(nil))
        case .stream(let lines):
            try await channel.writeAndFlush(Part.head(head(200)))
            for await line in lines {
                try await waits(for: answers)
                guard let line else {
                    try await channel.writeAndFlush(Part.body(ByteBuffer(string: "{\"type\":\"MODI")))
                    try await channel.close()
                    return
                }
                try await channel.writeAndFlush(Part.body(ByteBuffer(string: line.serialized() + "\n")))
            }
            try await waits(for: answers)
            try await channel.writeAndFlush(Part.end(nil))
        }
    }

    private static func head(_ status: Int, length: Int? = nil) -> HTTPResponseHead {
        var headers: HTTPHeaders = ["content-type": "application/json"]
        if let length { headers.add(name: "content-length", value: "\(length)") }
        return HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: headers)
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
