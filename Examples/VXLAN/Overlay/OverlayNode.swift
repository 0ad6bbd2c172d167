// SPDX-License-Identifier: Apache-2.0

internal import Addressing
public import CNITypes
public import Netlink
public import NetworkState

/// A node of the overlay: what it is, from which follows what its kernel has to have.
///
/// A pure function of the network's configuration, the node's own lease, its interface and the other nodes' leases;
/// a caller with a new list of leases asks again, and has ``NetworkSession`` converge to the answer.
public struct OverlayNode: Hashable, Sendable {
    /// The cluster's network.
    public let configuration: OverlayConfiguration
    /// The node's own lease.
    public let lease: Lease
    /// The interface to the other nodes.
    public let underlay: Underlay
    /// Whether what leaves the cluster gets the node's address.
    public var masquerades = true
    /// Whether what comes from or goes to the cluster's network may be forwarded.
    public var acceptsForwarding = true
    /// Whether what is for an address of the node's own subnet that no container has is dropped: while there is no bridge, it
    /// would follow the default route, and come back from a router that sends it to this node.
    public var dropsUnusedAddresses = false
    /// Whether the tunnel devices leave the checksums of what they send to the device below.
    ///
    /// Off: with it, drivers and kernels have sent wrong ones for packets whose addresses were translated (NodePort).
    public var transmitChecksumOffload = false
    /// The protocol number of the routes, by which they are found again.
    ///
    /// Two agents on one node need two numbers.
    public var routeProtocol = Self.usualRouteProtocol

    /// Whether IPv4 routes through the tunnel have nexthop objects, with which thousands of them come four times as fast.
    ///
    /// For kernels that ``kernelShowsNexthops``.
    public var usesNexthops = false

    /// The number that routes have by default, one of those that rtnetlink.h leaves to users.
    public static let usualRouteProtocol = RoutingProtocol(rawValue: 67)
    /// The alias of devices that this package has made or taken over.
    public static let mark = "swift-cni overlay"

    /// Checks that the parts go together.
    ///
    /// - Throws: ``CNIError/Code/invalidConfiguration`` for a lease that is not of the network, an interface without an
    ///   address that is needed or too small for the headers, or a node that is itself in the overlay's network.
    public init(configuration: OverlayConfiguration, lease: Lease, underlay: Underlay) throws(CNIError) {
        self.configuration = configuration
        self.lease = lease
        self.underlay = underlay
        for family in configuration.families { try validate(family) }
        let published = configuration.families.compactMap { lease[$0]?.publicIP }
        try configuration.validateNode(at: underlay, publishing: published)
    }

    private func validate(_ family: IPAddress.Family) throws(CNIError) {
        func refuse(_ text: String) throws(CNIError) { throw CNIError(.invalidConfiguration, text) }
        guard let pool = configuration[family], let part = lease[family] else {
            return try refuse("the node's own lease has no \(family.name) subnet")
        }
        if !pool.network.contains(part.subnet) {
            try refuse("the node's own subnet \(part.subnet) is not in \(pool.network)")
        }
        if underlay[family] == nil { try refuse("\(underlay.name) has no \(family.name) address") }
        if configuration.backend.isTunnel, part.tunnel == nil {
            try refuse("the node's own lease has no \(family.name) tunnel")
        }
        // RFC 791 and RFC 8200.
        let least: UInt32 = family == .v4 ? 68 : 1280
        if baseMTU < least + configuration.backend.overhead(over: family) {
            try refuse(
                "\(underlay.name) takes packets of \(baseMTU) bytes, which leaves less than \(family.name)'s \(least)"
            )
        }
    }

    /// The node's tunnel devices.
    public var devices: [String] {
        configuration.backend.isTunnel
            ? configuration.families.map { configuration.backend.deviceName($0) } : []
    }

    /// The containers' MTU in bytes, with which packets of every family get to other nodes.
    public var mtu: UInt32 { configuration.families.map { mtu(over: $0) }.min() ?? baseMTU }

    /// The MTU of a family's device.
    func mtu(over family: IPAddress.Family) -> UInt32 {
        baseMTU - configuration.backend.overhead(over: family)
    }

    private var baseMTU: UInt32 { min(configuration.backend.mtu ?? underlay.mtu, underlay.mtu) }

    /// What the agent tells the plugin.
    public func record(lastContact: Int64) -> AgentRecord {
        AgentRecord(
            configuration: configuration, lease: lease, devices: devices, mtu: mtu, masquerades: masquerades,
            lastContact: lastContact)
    }

    /// What the kernel has to have, in the namespace of the host, for these other nodes.
    ///
    /// The node's own lease may be among them. One that contradicts the network, the host or an earlier one is left out
    /// and reported: it can do no harm to others.
    ///
    /// - Parameter host: What the host has of its own, which no lease takes from it.
    public func desiredState(
        peers: [Lease], beside host: HostNetworks = HostNetworks()
    ) -> (state: NetworkState, refused: [RefusedLease]) {
        let judged = judged(peers, beside: host)
        return (desiredState(for: judged), judged.refused)
    }

    /// What the kernel has to have for leases that have been judged.
    ///
    /// - Parameter links: The links that may take router advertisements, of a host that does not forward IPv6 yet.
    public func desiredState(
        for peers: JudgedLeases, among links: [Forwarding.Link] = []
    ) -> NetworkState {
        var state = NetworkState(owner: Self.mark)
        addDevices(to: &state)
        addBlackholes(to: &state)
        for peer in peers.accepted { add(peer, to: &state) }
        addForwarding(among: links, to: &state)
        addFirewall(to: &state)
        return state
    }
}

/// A lease of another node that was left out, and why.
public struct RefusedLease: Hashable, Sendable, CustomStringConvertible {
    /// The lease.
    public let lease: Lease
    /// The family of which it was left out.
    public let family: IPAddress.Family
    /// What is wrong with it.
    public let reason: String
    /// What of the host's own is in its way, if that is the reason: the lease may be good for every other node.
    public var conflict: HostNetwork?

    /// The name and the reason: `lease 10.5.34.0-24: its VNI is 7, ours is 1`.
    public var description: String { "lease \(lease.key): \(reason)" }
}
