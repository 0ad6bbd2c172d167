// SPDX-License-Identifier: Apache-2.0

public import Logging
public import ServiceLifecycle
import VPCModel

/// Serves a part of a simulator on a socket that listens already, such as one inside a packet fabric.
public struct ListenerService: Service {
    /// What is served.
    public enum Content: Sendable {
        /// EC2's API alone, without the page and the simulator's own API.
        case ec2
        /// The metadata service: the closure tells by a client's address which instance asks.
        case metadata(of: @Sendable (String) -> String?)
    }

    private let simulator: Simulator
    private let descriptor: CInt
    private let content: Content
    private let logger: Logger

    /// A server on a socket, which it closes.
    public init(_ content: Content, of simulator: Simulator, descriptor: CInt, logger: Logger) {
        self.simulator = simulator
        self.descriptor = descriptor
        self.content = content
        self.logger = logger
    }

    /// Serves until it is cancelled or asked to end.
    public func run() async throws {
        let (simulator, content) = (simulator, content)
        let server = WebServer(
            place: .socket(descriptor), logger: logger, date: { await simulator.skewedTime.http },
            respond: { await Self.respond(to: $0, content, of: simulator) }, onListening: { _ in })
        try await server.run()
    }

    private static func respond(
        to request: WebRequest, _ content: Content, of simulator: Simulator
    ) async -> WebAnswer {
        switch content {
        case .ec2:
            guard request.path == "/" || request.path.isEmpty else {
                return WebAnswer(404, "no such path\n")
            }
            guard request.method == "POST" || request.method == "GET" else { return WebAnswer(405) }
            return await EC2Endpoint(simulator: simulator).respond(to: request)
        case .metadata(let identify):
            guard let client = request.client, let instance = identify(client) else {
                return WebAnswer(404, "no instance has this address\n")
            }
            var answer = await MetadataEndpoint(simulator: simulator, instance: instance)
                .respond(to: request)
            // The packets themselves die on the way to a container, and only those of a token's answer.
            let limit = await simulator.resources.instances[instance]?.metadata.hopLimit ?? 1
            answer.hops = request.method == "PUT" ? limit : 64
            return answer
        }
    }
}
