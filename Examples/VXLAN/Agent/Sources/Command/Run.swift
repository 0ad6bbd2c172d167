// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
internal import CNITypes
public import Logging
internal import Metrics
internal import OverlayAgent
internal import ServiceLifecycle
internal import UnixSignals

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Keep the node in the overlay until told to stop.",
        discussion: """
            Ends with 0 when told to stop by SIGTERM or SIGINT, with 1 if it cannot start, with 64 if the command \
            line is wrong. The data path stays as it is. A store that does not answer, an interface that is not there yet, \
            a cluster that is not configured yet are waited for.
            """)

    @OptionGroup(title: "Leases") var store: StoreOptions
    @OptionGroup(title: "Node") var node: NodeOptions
    @OptionGroup(title: "Status") var status: StatusOptions

    func run() async throws {
        let level = status.logLevel
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let registry = PrometheusRegistry()
        MetricsSystem.bootstrap(registry)
        let logger = Logger(label: "vxlan-agent")
        let agent = Agent(store: try store.make(), options: node.options, logger: logger)
        var services: [any Service] = [agent]
        if let (address, port) = try status.listening() {
            let pages = StatusPages(board: agent.board, registry: registry, options: node.options)
            services.append(StatusServer(pages: pages, address: address, port: port, logger: logger))
        }
        let group = ServiceGroup(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        try await group.run()
    }
}

/// How the agent is looked at.
struct StatusOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where /healthz, /readyz and /metrics are: ADDRESS:PORT, [ADDRESS]:PORT, or off.",
            valueName: "address"))
    var statusAddress = "127.0.0.1:8081"

    @Option(
        help: ArgumentHelp(
            "What is logged: trace, debug, info, notice, warning or error.", valueName: "level"))
    var logLevel = Logger.Level.info

    /// Where to listen; nil for nowhere.
    func listening() throws -> (address: IPAddress, port: Int)? {
        if statusAddress == "off" { return nil }
        guard let colon = statusAddress.utf8.lastIndex(of: UInt8(ascii: ":")),
            let port = UInt16(statusAddress[statusAddress.utf8.index(after: colon)...])
        else { throw ValidationError("--status-address: \"\(statusAddress)\" is not ADDRESS:PORT") }
        var host = statusAddress[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard let address = host.isEmpty ? IPAddress.unspecified(.v6) : IPAddress(String(host)) else {
            throw ValidationError("--status-address: \"\(host)\" is not an address")
        }
        return (address, Int(port))
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
