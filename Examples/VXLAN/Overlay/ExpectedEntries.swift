// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink
public import NetworkState

/// What leads to other nodes as a node's kernel is to have it, to be asked about one change at a time.
///
/// For agents that are notified of changes in the kernel: their own, of which there are three for each lease, are no reason to
/// compare everything.
public struct ExpectedEntries: Sendable {
    private let node: OverlayNode
    private let accepted: [AcceptedPart]
    private let host: HostNetworks
    /// What the kernel is to have whoever the others are.
    private let base: NetworkState
    /// Which of `accepted` has the subnet that begins with an address: the address of routes and neighbours.
    private var bySubnet: [IPAddress: Int] = [:]
    /// Which of `accepted` has a tunnel with a MAC address: one for each family.
    private var byTunnel: [TunnelEnd: Int] = [:]

    private struct TunnelEnd: Hashable {
        let mac: MACAddress
        let family: IPAddress.Family
    }

    /// Expects what a node is to have for these leases.
    public init(of node: OverlayNode, for peers: JudgedLeases) {
        self.node = node
        accepted = peers.accepted
        host = peers.host
        base = node.desiredState(for: JudgedLeases(accepted: [], refused: [], host: host))
        bySubnet.reserveCapacity(accepted.count)
        byTunnel.reserveCapacity(accepted.count)
        for (index, peer) in accepted.enumerated() {
            bySubnet[peer.part.subnet.first] = index
            if case .tunnel(let tunnel) = peer.path {
                byTunnel[TunnelEnd(mac: tunnel.mac, family: peer.part.subnet.family)] = index
            }
        }
    }

    /// Whether an object of the host, as it is from now on or gone, goes against what is expected.
    ///
    /// Judged by ``NetworkState/conflicts(by:isRemoved:in:)`` with just those leases that can be meant. What the host
    /// gets or loses of its own among the overlay's addresses counts, too: it decides which leases are taken.
    public func conflict(with object: Object, isRemoved: Bool) -> Bool {
        if isHostChanged(by: object, isRemoved: isRemoved) { return true }
        var state = base
        if let index = index(of: object) { node.add(accepted[index], to: &state) }
        return state.conflicts(with: object, isRemoved: isRemoved, in: .host)
    }

    /// Whether the host has something of its own among the overlay's addresses on a link of that name.
    ///
    /// The kernel does not tell which IPv4 routes go with a link.
    public func dependOnHostLink(_ name: String) -> Bool { host.areOn(name) }

    /// In the node's own subnet are its containers, which no other node is reached by.
    private func isHostChanged(by object: Object, isRemoved: Bool) -> Bool {
        guard
            let network = HostNetwork(
                object, in: node.configuration, routeProtocol: node.routeProtocol),
            node.lease[network.prefix.family]?.subnet.contains(network.prefix) != true
        else { return false }
        return host.isChanged(by: network, isRemoved: isRemoved)
    }

    /// Whether a route that is expected has the nexthop object with a number, and so goes with it.
    public func needNexthop(_ id: UInt32) -> Bool {
        node.usesNexthops && bySubnet[IPAddress(.v4, bits: UInt128(id))] != nil
    }

    private func index(of object: Object) -> Int? {
        switch object {
        case .route(let route, _): bySubnet[route.destination.first]
        case .neighbour(let entry, _): bySubnet[entry.address]
        case .forwarding(let entry, _):
            entry.destination.flatMap { byTunnel[TunnelEnd(mac: entry.mac, family: $0.family)] }
        default: nil
        }
    }
}
