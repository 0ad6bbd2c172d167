// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import Netlink
public import NetworkState

/// The ipvlan plugin: a link of the container's with addresses of its own and the MAC address of a link of the host's.
public struct IPVLANPlugin: StatePlugin {
    /// What the plugin reads of the configuration.
    public typealias Configuration = IPVLANConfiguration

    /// The plugin's name.
    public static let name = "ipvlan"
    /// A line for people.
    public static let about =
        "CNI ipvlan plugin: connects containers by a link of the host and its MAC address"

    /// What the plugin accepts and will not work out.
    public static func advice(on network: NetworkConfiguration) -> [CNIError] {
        InterfaceKeys.adviceOnMTU(of: network, on: "an ipvlan")
    }

    /// Creates the plugin.
    public init() {}

    /// Refuses what no ADD can take.
    public func validate(
        _ configuration: IPVLANConfiguration, _ network: NetworkConfiguration
    ) throws(CNIError) {
        try configuration.validate()
        if network.ipamType == nil, network.raw["prevResult"] == nil {
            throw CNIError(
                .invalidConfiguration, at: "ipam", "an ipvlan has nothing but addresses of its own")
        }
    }

    /// Looks for the link below: the configuration's, that of an earlier plugin of the chain, the default route's; and for
    /// addresses, if there is no IPAM.
    public func allocate(
        _ purpose: Allocation, for request: Request<IPVLANConfiguration>
    ) throws(CNIError) -> IPVLANConfiguration {
        var configuration = request.configuration
        var chained: String?
        if purpose != .comparison, let made = try request.previousResult {
            if request.ipam == nil { configuration.inherited = try Self.addresses(of: made) }
            if configuration.below.master == nil { chained = try Self.onlyLink(of: made) }
        }
        configuration.below = try configuration.below.found(purpose, for: request, chained: chained)
        return configuration
    }

    private static func onlyLink(of made: CNIResult) throws(CNIError) -> String {
        if made.interfaces.count == 1, let only = made.interfaces.first, !only.name.isEmpty {
            return only.name
        }
        throw CNIError(
            .invalidConfiguration, at: "master",
            "missing, and the plugins before have not made just one link that it could be")
    }

    private static func addresses(of made: CNIResult) throws(CNIError) -> CNIResult {
        if made.ips.isEmpty {
            throw CNIError(
                .invalidConfiguration, at: "ipam", "missing, and the plugins before have given no address")
        }
        var addresses = CNIResult()
        (addresses.ips, addresses.routes) = (made.ips, made.routes)
        return addresses
    }

    /// Without IPAM the addresses are those of the plugins before.
    public func supplement(_ addresses: CNIResult, for configuration: IPVLANConfiguration) -> CNIResult {
        configuration.inherited ?? addresses
    }

    /// The link, and the container's addresses and routes.
    public func desiredState(
        for request: StateRequest<IPVLANConfiguration>
    ) throws(CNIError) -> NetworkState {
        let configuration = request.configuration
        var state = NetworkState(owner: request.owner)
        guard request.attachment != nil else {
            state.addParent(configuration.below, for: false)
            return state
        }
        var link = try request.containerLink(
            configuration.kind.map { .ipvlan($0) }, mtu: configuration.below.mtu)
        // It has the master's, whatever that becomes (ipvlan_link_new()).
        (link.attributes.mac, link.initial.mac) = (nil, nil)
        state.add(link, on: configuration.below)
        state.configure(request)
        return state
    }
}
