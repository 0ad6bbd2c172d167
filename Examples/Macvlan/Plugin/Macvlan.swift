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

    /// What the plugin accepts and will not work out.
    public static func advice(on network: NetworkConfiguration) -> [CNIError] {
        InterfaceKeys.adviceOnMTU(of: network, on: "a macvlan")
    }

    /// Creates the plugin.
    public init() {}

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
            // The two have one address: that of the master, which gets the one that is asked for (macvlan_device_event()).
            if let parent = configuration.below.parent, let mac = link.initial.mac, mac != request.randomMAC {
                let master = LinkState(parent.name, nil, LinkAttributes(mac: mac))
                state.add(.link(master), in: parent.place, concern: .addition)
            }
            link.initial.mac = nil
        }
        state.add(link, on: configuration.below)
        state.configure(request)
        return state
    }
}
