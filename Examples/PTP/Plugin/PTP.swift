// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import Netlink
public import NetworkState

/// The ptp plugin: a veth pair from the container to the host, which routes to the container's addresses.
///
/// Nobody else is on the link, so what is for the container's own network goes by the gateway, too.
public struct PTP: StatePlugin {
    /// What the plugin reads of the configuration.
    public typealias Configuration = PTPConfiguration

    /// The plugin's name.
    public static let name = "ptp"
    /// A line for people.
    public static let about = "CNI ptp plugin: connects containers to the host, each by a link of its own"

    /// What the plugin accepts and will not work out.
    public static func advice(on network: NetworkConfiguration) -> [CNIError] {
        InterfaceKeys.adviceOnMTU(of: network)
    }

    /// Creates the plugin.
    public init() {}

    /// Refuses a configuration without addresses, and one that the Go plugin would refuse.
    public func validate(
        _ configuration: PTPConfiguration, _ network: NetworkConfiguration
    ) throws(CNIError) {
        if network.ipamType == nil {
            throw CNIError(.invalidConfiguration, at: "ipam", "a link to the host alone needs addresses")
        }
        try InterfaceKeys.requireMasqueradeBackend(configuration.ipMasqBackend)
        try InterfaceKeys.requireMAC([configuration.mac].compactMap { $0 })
    }

    /// The pair, the gateways on its end on the host, the container's addresses and the host's routes to them.
    public func desiredState(
        for request: StateRequest<PTPConfiguration>
    ) throws(CNIError) -> NetworkState {
        let configuration = request.configuration
        var state = NetworkState(owner: request.owner)
        if request.attachment != nil {
            try refuseMissingGateways(request.addresses)
            let host = addPair(to: &state, request, try interface(request))
            state.configure(request, isAlone: true)
            addGateways(to: &state, request, on: host)
            let pods = request.addresses.ips.map { Route(IPPrefix(host: $0.address.address)) }
            state.add(routes: pods, through: host, in: .host)
        }
        state.forward(request.gateways)
        if configuration.ipMasq { state.masquerade(request.addresses.ips.map(\.address)) }
        return state
    }

    private func interface(_ request: StateRequest<PTPConfiguration>) throws(CNIError) -> LinkState {
        let configuration = request.configuration
        return try request.containerLink(mtu: configuration.mtu, macs: [configuration.mac].compactMap { $0 })
    }

    /// Adds the pair; returns the name of its end on the host.
    private func addPair(
        to state: inout NetworkState, _ request: StateRequest<PTPConfiguration>, _ container: LinkState
    ) -> String {
        var host = LinkState(request.hostInterface(), nil, LinkAttributes(isUp: true))
        host.initial = LinkAttributes(mtu: request.configuration.mtu, mac: request.randomHostMAC)
        // It has the gateways' addresses, and a link-local one where it needs that.
        host.attributes.ipv6AddressGeneration = LinkAttributes.IPv6AddressGeneration.none
        state.addVeth(host: host, container: container)
        return host.name
    }

    /// The gateways' addresses, each alone: what is in their networks is behind other links.
    private func addGateways(
        to state: inout NetworkState, _ request: StateRequest<PTPConfiguration>, on host: String
    ) {
        let gateways = request.gateways.map(\.address)
        let ownLinkLocal = gateways.first { $0.family == .v6 && $0.isLinkLocal }
        if gateways.contains(where: { $0.family == .v6 }), let address = ownLinkLocal ?? IPAddress("fe80::1")
        {
            state.add(linkLocal: address, to: host)
        }
        for gateway in gateways where gateway != ownLinkLocal {
            let address = InterfaceAddress(IPPrefix(host: gateway), skipsDAD: true)
            state.add(addresses: [address], to: host, in: .host)
        }
    }

    /// An address that is a network by itself has no room for a gateway that nobody names.
    private func refuseMissingGateways(_ addresses: CNIResult) throws(CNIError) {
        for ip in addresses.ips where ip.gateway == nil {
            let first = ip.address.first.advanced(by: 1)
            if let first, ip.address.contains(first), first != ip.address.address { continue }
            throw CNIError(
                .invalidConfiguration, at: "ipam", "no gateway for \(ip.address)",
                details: "give one: the first address of its network cannot be it")
        }
    }
}
