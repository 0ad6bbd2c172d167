// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import LeaseStores
internal import Logging
internal import NodeAgentStatus
internal import VXLANOverlay

extension Agent {
    /// Finds out what the node is: the cluster's configuration, the interface to the others, and a lease.
    ///
    /// Comes again until all is there; nil if the task is cancelled, or if the parts do not go together, after a pause.
    func establish() async -> OverlayNode? {
        guard
            let configuration = await untilSuccess("the cluster's configuration", store.configuration),
            let underlay = await untilSuccess(
                "the interface to other nodes", { try await underlay(for: configuration) }),
            let node = await untilSuccess(
                "a lease",
                { () async throws -> OverlayNode in
                    let request = try await request(configuration, underlay)
                    let lease = try await store.acquire(request)
                    return try self.node(configuration, lease, underlay)
                })
        else { return nil }
        logger.info(
            "this node has a lease",
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
        return node
    }

    /// The interface to the others, if the node can be in the overlay with it.
    ///
    /// Checked before a lease is requested: a node that cannot work must not announce itself to the others.
    func underlay(for configuration: OverlayConfiguration) async throws(CNIError) -> Underlay {
        let underlay = try await kernel.underlay(options.interface, for: configuration.families)
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
        node.routeOrigin = options.routeOrigin
        return node
    }

    /// What the node says of itself, with what is left of the run before: the subnets in the agent's or in flannel's
    /// file, and the MAC addresses of the devices or in the file.
    private func request(
        _ configuration: OverlayConfiguration, _ underlay: Underlay
    ) async throws(CNIError) -> LeaseRequest {
        let former = formerLease
        let host = try await kernel.hostNetworks(of: configuration, routeOrigin: options.routeOrigin)
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
                logger.warning("a file of the run before is left out", metadata: ["reason": "\(error)"])
            }
        }
        return (nil, nil)
    }
}
