// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import LeaseStores
internal import Logging
internal import Netlink
internal import NodeAgentStatus
internal import VXLANOverlay

extension Agent {
    /// Finds out what the node is: the cluster's configuration, the interface to the others, and a lease.
    ///
    /// Comes again until all is there; nil if the task is cancelled, or if the parts do not go together, after a pause.
    func establish() async -> (node: OverlayNode, choice: InterfaceChoice)? {
        guard
            let configuration = await untilSuccess("the cluster's configuration", store.configuration),
            let (underlay, choice) = await untilSuccess(
                "the underlay interface",
                { () async throws -> (Underlay, InterfaceChoice) in
                    var choice = options.interface
                    choice.preferred = try await store.wantedAddresses()
                    return (try await underlay(choice, for: configuration), choice)
                }),
            let node = await untilSuccess(
                "a lease",
                { () async throws -> OverlayNode in
                    let request = try await request(configuration, underlay)
                    let lease = try await store.acquire(request)
                    logChange(from: request.former, to: lease.key)
                    return try self.node(configuration, lease, underlay)
                })
        else { return nil }
        logger.info(
            "lease acquired",
            metadata: [
                "lease": "\(node.lease.key)", "interface": "\(underlay.name)", "mtu": "\(node.mtu)",
                "store": "\(store.description)",
            ])
        board.update { status in
            status.waitingFor = nil
            status.lease = node.lease
            status.devices = node.devices
            status.store.answered()
        }
        return (node, choice)
    }

    /// Warns of pods that have addresses which other nodes do not know as this node's any more.
    private func logChange(from former: SubnetKey?, to subnets: SubnetKey) {
        guard let former else { return }
        let gone = [former.v4, former.v6].compactMap { $0 }.filter { $0 != subnets.v4 && $0 != subnets.v6 }
        if gone.isEmpty { return }
        let list = gone.map(\.description).joined(separator: ", ")
        logger.warning(
            "this node has another subnet: pods of the former one are not reached from other nodes until they are replaced",
            metadata: ["former": "\(list)", "lease": "\(subnets)"])
    }

    /// The interface to the others, if the node can be in the overlay with it.
    ///
    /// Checked before a lease is requested: a node that cannot work must not announce itself to the others.
    func underlay(
        _ choice: InterfaceChoice, for configuration: OverlayConfiguration
    ) async throws(CNIError) -> Underlay {
        let underlay = try await kernel.underlay(choice, for: configuration.families)
        try configuration.validateNode(
            at: underlay, publishing: [options.publicIPv4, options.publicIPv6].compactMap { $0 })
        return underlay
    }

    func node(
        _ configuration: OverlayConfiguration, _ lease: Lease, _ underlay: Underlay
    ) throws(CNIError) -> OverlayNode {
        var node = try OverlayNode(configuration: configuration, lease: lease, underlay: underlay)
        node.masquerades = options.masquerades
        node.acceptsForwarding = options.acceptsForwarding
        node.dropsUnusedAddresses = options.dropsUnusedAddresses
        node.transmitChecksumOffload = options.transmitChecksumOffload
        node.usesNexthops = OverlayNode.kernelShowsNexthops
        node.routeProtocol = RoutingProtocol(rawValue: options.routeProtocol)
        return node
    }

    /// What the node says of itself, with what is left of the previous run: the subnets in the agent's or in flannel's
    /// file, and the MAC addresses of the devices or in the file.
    private func request(
        _ configuration: OverlayConfiguration, _ underlay: Underlay
    ) async throws(CNIError) -> LeaseRequest {
        let former = formerLease
        let host = try await kernel.hostNetworks(
            of: configuration, routeProtocol: RoutingProtocol(rawValue: options.routeProtocol))
        func mac(_ family: IPAddress.Family) async throws(CNIError) -> MACAddress? {
            guard configuration.backend.isTunnel else { return nil }
            return try await kernel.mac(of: configuration.backend.deviceName(family))
                ?? former.lease?[family]?.tunnel?.mac
        }
        return LeaseRequest(
            configuration: configuration, publicIPv4: options.publicIPv4 ?? underlay.v4,
            publicIPv6: options.publicIPv6 ?? underlay.v6, macV4: try await mac(.v4),
            macV6: try await mac(.v6),
            former: former.subnets, avoided: host.prefixes)
    }

    private var formerLease: (subnets: SubnetKey?, lease: Lease?) {
        for path in [options.recordFile, options.subnetFile] {
            do throws(CNIError) {
                switch try NodeFile(reading: path) {
                case .record(let record): return (record.lease.key, record.lease)
                case .subnet(let file):
                    return (SubnetKey(v4: file.v4?.subnet, v6: file.v6?.subnet), nil)
                case nil: continue
                }
            } catch {
                logger.warning("cannot read a file of the previous run", metadata: ["reason": "\(error)"])
            }
        }
        return (nil, nil)
    }
}
