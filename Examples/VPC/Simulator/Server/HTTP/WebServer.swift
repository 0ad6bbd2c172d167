// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// A server on one address.
///
/// Hummingbird's server without its router: the connection may have to end without an answer, and the time in answers is
/// the simulator's own.
struct WebServer: Service {
    /// Why a connection is ended.
    private enum Ending: Error { case dropped }

    let host: String
    let port: Int
    let logger: Logger
    /// The time for the header `Date`.
    let date: @Sendable () async -> String
    let respond: @Sendable (WebRequest) async -> WebAnswer
    /// Called with the port once connections are taken.
    let onListening: @Sendable (Int) async -> Void

    private static let maximumBody = 1 << 20

    func run() async throws {
        let server = try HTTPServerBuilder.http1().buildServer(
            configuration: ServerConfiguration(address: .hostname(host, port: port), reuseAddress: true),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger
        ) { request, writer, _ in
            let answer = await answer(to: request)
            if answer.isDropped { throw Ending.dropped }
            var head = HTTPResponse(status: .init(code: answer.status))
            head.headerFields[.date] = await date()
            head.headerFields[.server] = "vpc-simulator"
            for (name, value) in answer.headers {
                if let name = HTTPField.Name(name) { head.headerFields[name] = value }
            }
            head.headerFields[.contentLength] = String(answer.body.count)
            let body = request.method == .head ? ByteBuffer() : ByteBuffer(bytes: answer.body)
            try await writer.write(response: head, body: ResponseBody(byteBuffer: body))
        } onServerRunning: { channel in
            await onListening(channel.localAddress?.port ?? port)
        }
        try await server.run()
    }

    private func answer(to request: Request) async -> WebAnswer {
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
                query: String(target[mark...].dropFirst()), headers: headers, body: body))
    }
}
