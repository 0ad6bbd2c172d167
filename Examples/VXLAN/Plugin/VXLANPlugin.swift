// SPDX-License-Identifier: Apache-2.0

internal import BridgePlugin
public import CNIPlugin
internal import Netlink
public import NetworkState

/// The vxlan plugin: attaches a container to the node's bridge, with an address of the node's subnet of an overlay.
///
/// The overlay itself (devices, routes, masquerading) is the node agent's. What this plugin makes is the bridge
/// plugin's description, completed from the file that the agent writes.
public struct VXLANPlugin: StatePlugin {
    /// What the plugin reads of the configuration.
    public typealias Configuration = VXLANConfiguration

    /// The plugin's name.
    public static let name = "vxlan"
    /// A line for people.
    public static let about = "CNI vxlan plugin: connects containers to the node's subnet of a VXLAN overlay"

    /// Every key that it reads.
    public static let keys: [String]? = VXLANConfiguration.keys

    /// Refuses what the plugin would refuse to work with on any node.
    public static func validate(_ network: NetworkConfiguration) throws(CNIError) {
        try CompletedConfiguration(network, for: .add).check()
    }

    /// Creates the plugin.
    public init() {}

    /// Fills in the node's subnet, the MTU and the routes to the cluster.
    ///
    /// - Throws: ``CNIError/Code/tryAgainLater`` for an ADD, ``CNIError/Code/pluginNotAvailable`` for a STATUS, as long
    ///   as the agent's file is not there.
    public static func completed(
        _ network: NetworkConfiguration, for command: Command
    ) throws(CNIError) -> NetworkConfiguration? {
        var configuration = CompletedConfiguration(network, for: command)
        return try configuration.complete()
    }

    /// Reads the keys.
    public static func configuration(from document: JSON) throws(CNIError) -> VXLANConfiguration {
        try VXLANConfiguration(JSONCursor(document))
    }

    /// Refuses what contradicts itself.
    public func validate(
        _ configuration: VXLANConfiguration, _ network: NetworkConfiguration
    ) throws(CNIError) {
        try configuration.validate(hasIPAM: network.ipamType != nil)
    }

    /// What the bridge plugin adds.
    public func supplement(_ addresses: CNIResult, for configuration: VXLANConfiguration) -> CNIResult {
        Bridge().supplement(addresses, for: configuration.bridge)
    }

    /// What the bridge plugin makes, and the agent's devices, which have to be up.
    public func desiredState(
        for request: StateRequest<VXLANConfiguration>
    ) throws(CNIError) -> NetworkState {
        var state = try Bridge().desiredState(for: request.with(request.configuration.bridge))
        for name in request.configuration.devices {
            let device = LinkState(name, nil, LinkAttributes(isUp: true))
            state.add(.link(device), in: .host, for: .host, concern: .inspection)
        }
        return state
    }

    /// Rejects what the bridge plugin rejects, but for gateways of subnets that the node had before.
    public func prepare(
        _ state: inout NetworkState, given found: ObservedState,
        for request: StateRequest<VXLANConfiguration>
    ) throws(CNIError) {
        var bridge = request.configuration.bridge
        let former = FormerGateways(request, found)
        try former.removeUnused(from: &state, request.network)
        bridge.tolerated = former.addresses.map(\.prefix)
        try Bridge().prepare(&state, given: found, for: request.with(bridge))
    }
}
