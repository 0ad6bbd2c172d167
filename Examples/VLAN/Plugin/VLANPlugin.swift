// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import Netlink
public import NetworkState

/// The vlan plugin: a VLAN of a link of the host's, for one container.
public struct VLANPlugin: StatePlugin {
    /// What the plugin reads of the configuration.
    public typealias Configuration = VLANConfiguration

    /// The plugin's name.
    public static let name = "vlan"
    /// A line for people.
    public static let about = "CNI vlan plugin: gives a container a VLAN of a link of the host"
    /// Without it nothing else is looked at.
    public static let examples: [String: JSON] = ["master": "eth0"]

    /// What the plugin accepts and will not work out.
    public static func advice(on network: NetworkConfiguration) -> [CNIError] {
        InterfaceKeys.adviceOnMTU(of: network, on: "a VLAN")
    }

    /// Creates the plugin.
    public init() {}

    /// The link, and the container's addresses and routes.
    public func desiredState(
        for request: StateRequest<VLANConfiguration>
    ) throws(CNIError) -> NetworkState {
        let configuration = request.configuration
        var state = NetworkState(owner: request.owner)
        guard request.attachment != nil else {
            state.addParent(configuration.below, for: false)
            return state
        }
        let kind = VLAN(id: UInt16(exactly: configuration.vlanID))
        var link = try request.containerLink(.vlan(kind), mtu: configuration.below.mtu)
        // It has that of the link below, as switches expect it of a VLAN.
        link.initial.mac = nil
        state.add(link, on: configuration.below)
        state.configure(request)
        return state
    }
}
