// SPDX-License-Identifier: Apache-2.0

internal import Addressing
public import Logging
public import ServiceLifecycle
internal import VPCFabric
internal import VPCModel
public import VPCSimulator

/// Joins a simulator and a packet fabric: what EC2 says is attached is a link in its instance's namespace, packets that
/// pass are flows of the simulator, and instances reach its services from inside.
///
///     simulator.changes() -> fabric.apply           169.254.169.254:80 -> the asking instance's metadata
///     fabric.takeNews()   -> simulator.record       the endpoint's address, port 80 -> EC2's API
public struct PacketService: Service {
    private let network: PacketNetwork
    private let simulator: Simulator
    private let listeners: [ListenerService]
    private let logger: Logger

    /// Makes the devices of what a simulator has, with everything that the setup says is around it.
    ///
    /// Needs CAP_NET_ADMIN and CAP_SYS_ADMIN in the namespaces, and /dev/net/tun.
    ///
    /// - Throws: `DocumentError` for a name of the setup's that nothing has; `FabricError` if there can be no fabric.
    public init(_ setup: PacketSetup, of simulator: Simulator, logger: Logger) async throws {
        self.simulator = simulator
        self.logger = logger
        var endpoint: EndpointMachine?
        var address: IPAddress?
        if let wanted = setup.endpoint {
            let made = try await Self.makeEndpoint(wanted, setup, simulator)
            address = made.primaryAddress
            endpoint = try EndpointMachine(interface: made.id)
        }
        network = try PacketNetwork(
            setup, await simulator.resources, await simulator.settings, endpoint: endpoint, logger: logger)
        let fabric = network.fabric
        var listeners: [ListenerService] = []
        for service in [LinkLocalService.metadata, LinkLocalService.metadata6] {
            let content = ListenerService.Content.metadata { client in
                IPAddress(client).flatMap(fabric.instance)
            }
            listeners.append(
                ListenerService(
                    content, of: simulator, descriptor: try fabric.openListener(at: service, port: 80),
                    logger: logger))
        }
        if let endpoint, let address {
            try fabric.configure(endpoint.interface)
            let descriptor = try fabric.openListener(
                inNamespaceOf: EndpointMachine.name, at: address, port: 80)
            listeners.append(
                ListenerService(.ec2, of: simulator, descriptor: descriptor, logger: logger))
        }
        self.listeners = listeners
    }

    private static func makeEndpoint(
        _ endpoint: PacketSetup.Endpoint, _ setup: PacketSetup, _ simulator: Simulator
    ) async throws -> NetworkInterface {
        let resources = await simulator.resources
        var call = MakeEndpoint(
            subnet: try setup.subnet(endpoint.subnet, in: resources, at: "\(endpoint.place).subnet"))
        call.address = endpoint.address
        for name in endpoint.groups {
            call.groups.append(try setup.group(name, in: resources, at: "\(endpoint.place).groups"))
        }
        do throws(EC2Error) {
            return try await simulator.perform(call)
        } catch {
            throw DocumentError(place: endpoint.place, problem: "\(error)")
        }
    }

    /// Follows the model and serves the instances until it is cancelled or asked to end; the devices go then.
    public func run() async throws {
        defer { network.fabric.close() }
        let (simulator, network) = (simulator, network)
        try await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await resources in await simulator.changes() { await network.apply(resources) }
                }
                group.addTask {
                    while !Task.isCancelled {
                        await network.look()
                        let news = network.fabric.takeNews()
                        if !news.isEmpty { await simulator.record(news.compactMap(Flow.init)) }
                        try? await Task.sleep(for: .milliseconds(250))
                    }
                }
                for listener in listeners { group.addTask { try await listener.run() } }
                try await group.next()
                group.cancelAll()
            }
        }
    }
}

extension Flow {
    /// What the page shows of a record; nil for one without a flow.
    fileprivate init?(_ record: FlowRecord) {
        guard let traffic = record.traffic else { return nil }
        self.init(
            time: .system, interface: record.interface.id, source: traffic.packetSource,
            destination: traffic.packetDestination, networkProtocol: Int(traffic.transport),
            port: Int(traffic.destinationPort), packets: Int(clamping: traffic.packets),
            bytes: Int(clamping: traffic.bytes), isAccepted: traffic.action == .accept)
    }
}
