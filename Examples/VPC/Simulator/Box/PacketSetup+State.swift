// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import VPCFabric
internal import VPCModel
internal import VPCSimulator

/// The machine behind a VPC endpoint's interface: a namespace in which the service listens.
final class EndpointMachine: Sendable {
    /// The interface's id.
    let interface: String
    private let machine: ServiceMachine

    /// As whose the fabric knows it; flow logs show this for an interface that is no instance's.
    static let name = "-"

    init(interface: String) throws(FabricError) {
        self.interface = interface
        machine = try ServiceMachine()
    }

    var namespacePath: String { machine.namespacePath }
}

extension PacketSetup {
    /// What the fabric is to be like, with the names that the setup has for it.
    ///
    /// - Throws: the name of what is not there, and where it was named.
    func state(
        of resources: Resources, _ settings: RegionSettings, endpoint: EndpointMachine? = nil
    ) throws(DocumentError) -> FabricState {
        var state = FabricState(
            resources, of: try vpc(in: resources), settings: settings, namespaces: namespaces(in: resources),
            peerNetworks: peerNetworks)
        for (index, gateway) in gateways.enumerated() {
            let id = "nat-\(index)"
            state.natGateways.append(.init(id: id, publicAddress: gateway.address))
            for name in gateway.subnets {
                let subnet = try subnet(name, in: resources, at: "\(gateway.place).subnets")
                guard let place = state.subnets.firstIndex(where: { $0.id == subnet }) else { continue }
                state.subnets[place].routes[.everything(.v4)] = .natGateway(id)
                state.subnets[place].routes[.everything(.v6)] = .egressOnlyGateway
            }
        }
        if let endpoint, let place = state.interfaces.firstIndex(where: { $0.id == endpoint.interface }) {
            state.instances.append(.init(id: EndpointMachine.name, namespacePath: endpoint.namespacePath))
            state.interfaces[place].attachment = .device(instance: EndpointMachine.name, name: "eth0")
        }
        return state
    }

    /// The flow logs, with the identifiers of what they are of.
    func logs(in resources: Resources) throws(DocumentError) -> [FlowLog] {
        var logs: [FlowLog] = []
        for entry in flowLogs {
            var log = entry.log
            if let name = log.resource, !name.hasPrefix("eni-"), resources.vpcs[name] == nil {
                log.resource = try subnet(name, in: resources, at: "\(entry.place).resource")
            }
            logs.append(log)
        }
        return logs
    }

    /// Names of instances that nothing in the model has.
    func missingInstances(in resources: Resources) -> [String] {
        namespaces.keys.filter { key in !resources.instances.values.contains { $0.isCalled(key) } }.sorted()
    }

    private func namespaces(in resources: Resources) -> [String: String] {
        var paths: [String: String] = [:]
        // One that is terminated keeps its name for a while.
        for instance in resources.instances.values where instance.state != .terminated {
            for (name, path) in namespaces where instance.isCalled(name) { paths[instance.id] = path }
        }
        return paths
    }

    private func vpc(in resources: Resources) throws(DocumentError) -> String {
        let found = resources.vpcs.values.filter { vpc == nil || $0.id == vpc || $0.tags["Name"] == vpc }
        guard let id = found.first?.id, found.count == 1 else {
            throw DocumentError(
                place: "packets.vpc",
                problem: vpc.map { "there is no VPC \"\($0)\"" } ?? "which of the \(found.count) VPCs?")
        }
        return id
    }

    func subnet(_ name: String, in resources: Resources, at place: String) throws(DocumentError) -> String {
        guard let id = resources.subnets.values.first(where: { $0.id == name || $0.tags["Name"] == name })?.id
        else { throw DocumentError(place: place, problem: "there is no subnet \"\(name)\"") }
        return id
    }

    func group(_ name: String, in resources: Resources, at place: String) throws(DocumentError) -> String {
        guard let id = resources.groups.values.first(where: { $0.id == name || $0.name == name })?.id
        else { throw DocumentError(place: place, problem: "there is no group \"\(name)\"") }
        return id
    }
}

extension VPCModel.Instance {
    fileprivate func isCalled(_ name: String) -> Bool { id == name || tags["Name"] == name }
}
