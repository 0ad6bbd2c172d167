// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import Netlink
public import NetworkState

/// The macvlan plugin: a link of the container's with a MAC address of its own on a link of the host's.
public struct Macvlan: StatePlugin {
    /// What the plugin reads of the configuration.
    public typealias Configuration = MacvlanConfiguration

    /// The plugin's name.
    public static let name = "macvlan"
    /// A line for people.
    public static let about =
        "CNI macvlan plugin: connects containers to the network that a link of the host is on"
    /// Every key that the plugin reads of a network configuration, beside those that all plugins have.
    public static let keys: [String]? = MacvlanConfiguration.keys

    /// What the plugin accepts and will not work out.
    public static func advice(on network: NetworkConfiguration) -> [CNIError] {
        InterfaceKeys.adviceOnMTU(of: network, on: "a macvlan")
    }

    /// Creates the plugin.
    public init() {}

    /// Reads the keys.
    public static func configuration(from document: JSON) throws(CNIError) -> MacvlanConfiguration {
        try MacvlanConfiguration(JSONCursor(document))
    }

    /// Refuses what no ADD can take.
    public func validate(
        _ configuration: MacvlanConfiguration, _ network: NetworkConfiguration
    ) throws(CNIError) {
        try configuration.validate()
    }

    /// Looks for the link below.
    public func allocate(
        _ purpose: Allocation, for request: Request<MacvlanConfiguration>
    ) throws(CNIError) -> MacvlanConfiguration {
        var configuration = request.configuration
        configuration.below = try configuration.below.found(purpose, for: request)
        return configuration
    }

    /// The link, and the container's addresses and routes.
    public func desiredState(
        for request: StateRequest<MacvlanConfiguration>
    ) throws(CNIError) -> NetworkState {
        let configuration = request.configuration
        var state = NetworkState(owner: request.owner)
        guard request.attachment != nil else {
            state.addParent(configuration.below, for: false)
            return state
        }
        var kind = MACVLAN(mode: configuration.mode)
        kind.broadcastQueueLength = configuration.broadcastQueueLength
        var link = try request.containerLink(
            .macvlan(kind), mtu: configuration.below.mtu,
            macs: [configuration.runtimeMAC].compactMap { $0 }, otherwise: configuration.usualMAC)
        if configuration.mode == .passthru {
            // It has the master's: to set one would change that (macvlan_set_mac_address()).
            link.initial.mac = nil
        }
        state.add(link, on: configuration.below)
        state.configure(request)
        return state
    }
}
