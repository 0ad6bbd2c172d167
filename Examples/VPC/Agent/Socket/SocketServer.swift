// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import LinuxCore
package import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

/// Listens for the plugin: a request a connection, a line each way.
package struct SocketServer: Sendable {
    let path: String
    let handler: RequestHandler
    let logger: Logger
    private let isListening: @Sendable () async -> Void

    /// The longest request: an attachment's has some hundred bytes, a GC's some 100 for each pod.
    private static let longestRequest = 1 << 20
    /// How long a request may take to arrive.
    private static let arrival = Duration.seconds(10)
    /// More connections than that wait in the kernel's queue.
    private static let backlog: Int32 = 1024

    /// Creates a server.
    ///
    /// - Parameter isListening: Told as soon as requests can come, before the first is answered.
    package init(
        path: String, handler: RequestHandler, logger: Logger,
        isListening: @escaping @Sendable () async -> Void = {}
    ) {
        self.path = path
        self.handler = handler
        self.logger = logger
        self.isListening = isListening
    }

    /// Answers until the task is cancelled or a graceful shutdown begins.
    ///
    /// - Throws: `SystemError` if it cannot listen.
    package func run() async throws {
        let descriptor = try AgentSocket.bound(at: path)
        let open = OpenConnections()
        defer { open.close() }
        // Connections that come while the server ends are never served: nothing is read of them, and they are closed.
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: Self.backlog)
            .childChannelOption(.autoRead, value: false)
            .bind(descriptor) { channel in
                open.add(channel)
                return channel.eventLoop.makeSucceededFuture(channel)
            }
        logger.info("socket listening", metadata: ["path": "\(path)"])
        await isListening()
        try await cancelWhenGracefulShutdown {
            try await withThrowingDiscardingTaskGroup { group in
                try await server.executeThenClose { connections in
                    for try await connection in connections {
                        group.addTask { await serve(connection) }
                    }
                }
                group.cancelAll()
            }
        }
    }

    private func serve(_ channel: any Channel) async {
        do {
            let connection = try await channel.eventLoop.submit {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                    wrappingChannelSynchronously: channel,
                    configuration: .init(isOutboundHalfClosureEnabled: true))
            }.get()
            try await connection.executeThenClose { inbound, outbound in
                try await channel.setOption(.autoRead, value: true).get()
                let timer = Task {
                    try await Task.sleep(for: Self.arrival)
                    try? await connection.channel.close()
                }
                defer { timer.cancel() }
                var line: [UInt8] = []
                for try await part in inbound {
                    line += part.readableBytesView
                    if let end = line.firstIndex(of: UInt8(ascii: "\n")) {
                        timer.cancel()
                        let answer = await handler.answer(Array(line[..<end]))
                        // A client whose ADD waited in vain tries again; a stopped agent answers nothing, and is asked again.
                        if Task.isCancelled { return }
                        try await outbound.write(ByteBuffer(bytes: answer))
                        return
                    }
                    if line.count > Self.longestRequest {
                        logger.warning("request is too long", metadata: ["bytes": "\(line.count)"])
                        return
                    }
                }
            }
        } catch {
            logger.debug("connection ended", metadata: ["reason": "\(error)"])
        }
    }
}
