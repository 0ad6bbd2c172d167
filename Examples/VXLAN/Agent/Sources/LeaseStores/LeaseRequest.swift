// SPDX-License-Identifier: Apache-2.0

public import CNITypes
public import VXLANOverlay

/// What a node that wants a lease says of itself.
public struct LeaseRequest: Hashable, Sendable {
    /// The cluster's network.
    public var configuration: OverlayConfiguration
    /// Where the others reach the node by IPv4.
    public var publicIPv4: IPAddress?
    /// Where the others reach the node by IPv6.
    public var publicIPv6: IPAddress?
    /// The MAC address that the node's IPv4 device has; nil if there is none yet.
    public var macV4: MACAddress?
    /// The MAC address that the node's IPv6 device has; nil if there is none yet.
    public var macV6: MACAddress?
    /// The subnets that the node had before.
    public var former: SubnetKey?
    /// Networks that the node has besides the overlay, for stores in which nodes choose: no subnet shares an address with
    /// them, except for the former one, which the node's own bridge has.
    public var avoided: [IPPrefix]

    /// Creates a request.
    public init(
        configuration: OverlayConfiguration, publicIPv4: IPAddress? = nil, publicIPv6: IPAddress? = nil,
        macV4: MACAddress? = nil, macV6: MACAddress? = nil, former: SubnetKey? = nil,
        avoided: [IPPrefix] = []
    ) {
        self.configuration = configuration
        self.publicIPv4 = publicIPv4
        self.publicIPv6 = publicIPv6
        self.macV4 = macV4
        self.macV6 = macV6
        self.former = former
        self.avoided = avoided
    }

    /// Where the others reach the node by a family.
    public func publicIP(_ family: IPAddress.Family) -> IPAddress? {
        family == .v4 ? publicIPv4 : publicIPv6
    }

    /// The lease for subnets: with the MAC addresses that its former lease has, or else that the node's devices have, or
    /// else with new ones.
    ///
    /// Peers know the ones that are published; a node that comes back keeps them.
    public func lease(
        _ subnets: SubnetKey, formerly: Lease?, using generator: inout some RandomNumberGenerator
    ) -> Lease {
        func part(
            _ subnet: IPPrefix?, _ address: IPAddress?, _ mac: MACAddress?, _ former: Lease.Part?,
            using generator: inout some RandomNumberGenerator
        ) -> Lease.Part? {
            guard let subnet, let address else { return nil }
            let backend = configuration.backend
            let tunnel =
                backend.isTunnel
                ? Lease.Tunnel(
                    vni: backend.vni,
                    mac: former?.tunnel?.mac ?? mac ?? backend.makeMAC(using: &generator)) : nil
            return Lease.Part(subnet: subnet, publicIP: address, tunnel: tunnel)
        }
        return Lease(
            v4: part(subnets.v4, publicIPv4, macV4, formerly?.v4, using: &generator),
            v6: part(subnets.v6, publicIPv6, macV6, formerly?.v6, using: &generator),
            backendType: configuration.backend.kind.rawValue)
    }

    /// Whether a lease is the node's own: published with the address at which the others reach it, or, if that has changed,
    /// of the subnets that the node had before with its devices' MAC addresses, which nobody else has.
    public func isOwn(_ lease: Lease) -> Bool {
        if lease.key == former {
            let macs = [(lease.v4, macV4), (lease.v6, macV6)]
            if macs.contains(where: { part, mac in mac != nil && part?.tunnel?.mac == mac }) { return true }
        }
        for family in configuration.families {
            guard let part = lease[family], let own = publicIP(family) else { continue }
            return part.publicIP == own
        }
        return false
    }

    /// Whether the network could have handed out subnets: all families', and no others'.
    public func accepts(_ subnets: SubnetKey) -> Bool {
        func fits(_ pool: AddressPool?, _ subnet: IPPrefix?) -> Bool {
            guard let pool else { return subnet == nil }
            return subnet.map { pool.canHold($0) } ?? false
        }
        return fits(configuration.v4, subnets.v4) && fits(configuration.v6, subnets.v6)
    }
}
