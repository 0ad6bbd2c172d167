// SPDX-License-Identifier: Apache-2.0

public import Logging
public import ServiceLifecycle
import VPCModel

/// The simulator's servers: EC2's API, the page and the simulator's own API on one address, metadata services below it and,
/// if asked for, each on an address of its own.
public struct SimulatorService: Service {
    private let simulator: Simulator
    private let host: String
    private let port: Int
    private let metadata: (host: String, firstPort: Int?)?
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// Servers of a simulator.
    ///
    /// - Parameters:
    ///   - simulator: whose.
    ///   - host: the address to listen on; on others than loopback anybody there can change everything.
    ///   - port: the port; 0 is any.
    ///   - metadataHost: where metadata services listen, each at a port of its own; nil is below the main address alone.
    ///   - metadataPort: the first of their ports; nil is any.
    ///   - logger: where calls and failures are logged.
    ///   - onListening: called with the port once connections are taken.
    public init(
        simulator: Simulator, host: String = "127.0.0.1", port: Int = 4599, metadataHost: String? = nil,
        metadataPort: Int? = nil, logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.simulator = simulator
        self.host = host
        self.port = port
        metadata = metadataHost.map { ($0, metadataPort) }
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until it is cancelled or asked to end.
    public func run() async throws {
        let simulator = simulator
        // Whoever hangs on purpose would hold up the end.
        try await withGracefulShutdownHandler {
            try await serve(simulator)
        } onGracefulShutdown: {
            Task { await simulator.release(nil) }
        }
    }

    private func serve(_ simulator: Simulator) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await server(host, port, onListening: onListening) {
                    await Self.respond(to: $0, of: simulator)
                }
                .run()
            }
            if let metadata {
                group.addTask { try await serveMetadata(on: metadata.host, from: metadata.firstPort) }
            }
            // The first that ends, by a graceful shutdown or a failure, ends the others.
            try await group.next()
            group.cancelAll()
        }
    }

    /// Starts a server for each instance that appears; a port once given is its instance's for good.
    private func serveMetadata(on host: String, from firstPort: Int?) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            var nextPort = firstPort == 0 ? nil : firstPort
            var served: Set<String> = []
            for await resources in await simulator.changes() {
                let instances = resources.instances.values.sorted { $0.serial < $1.serial }
                for instance in instances where served.insert(instance.id).inserted {
                    let port = nextPort ?? 0
                    nextPort = nextPort.map { $0 + 1 }
                    let endpoint = MetadataEndpoint(simulator: simulator, instance: instance.id)
                    let server = server(host, port) { port in
                        await simulator.setMetadataEndpoint("http://\(host):\(port)", of: instance.id)
                    } respond: {
                        await endpoint.respond(to: $0)
                    }
                    group.addTask {
                        do {
                            try await server.run()
                        } catch {
                            logger.error(
                                "cannot serve an instance's metadata",
                                metadata: [
                                    "instance": "\(instance.id)", "port": "\(port)", "error": "\(error)",
                                ])
                        }
                    }
                }
            }
        }
    }

    private func server(
        _ host: String, _ port: Int, onListening: @escaping @Sendable (Int) async -> Void,
        respond: @escaping @Sendable (WebRequest) async -> WebAnswer
    ) -> WebServer {
        let simulator = simulator
        return WebServer(
            place: .address(host: host, port: port), logger: logger,
            date: { await simulator.skewedTime.http },
            respond: respond,
            onListening: onListening)
    }

    /// Answers a request to the main address.
    static func respond(to request: WebRequest, of simulator: Simulator) async -> WebAnswer {
        if request.path.hasPrefix("/_simulator/") {
            // A page of somebody else's, in a browser that can reach the simulator, has no business here.
            if let origin = request.header("origin"), origin != "http://\(request.header("host") ?? "")" {
                return WebAnswer(403, "another origin\n")
            }
            return await AdminEndpoint(simulator: simulator)
                .respond(to: request, path: String(request.path.dropFirst("/_simulator/".count)))
        }
        if request.path.hasPrefix("/_imds/") {
            let parts = request.path.split(separator: "/", maxSplits: 2).map(String.init)
            guard parts.count == 3 else { return WebAnswer(404, "expected /_imds/INSTANCE/latest/...\n") }
            var inner = request
            inner.path = "/" + parts[2]
            return await MetadataEndpoint(simulator: simulator, instance: parts[1]).respond(to: inner)
        }
        guard request.path == "/" || request.path.isEmpty else { return WebAnswer(404, "no such path\n") }
        if request.method == "GET", !request.query.contains("Action=") {
            return WebAnswer(200, Page.html, type: "text/html; charset=utf-8")
        }
        guard request.method == "POST" || request.method == "GET" else { return WebAnswer(405) }
        return await EC2Endpoint(simulator: simulator).respond(to: request)
    }
}
