// SPDX-License-Identifier: Apache-2.0

internal import BridgePlugin
internal import CNIPlugin
internal import VXLANOverlay

/// The vxlan plugin's keys, beside those of the bridge plugin.
public struct VXLANConfiguration: Sendable {
    /// What is made for the container.
    let bridge: BridgeConfiguration
    /// The cluster's networks, of which the node's subnet is a part.
    let networks: [IPPrefix]
    /// The node's tunnel devices, which have to be there.
    let devices: [String]
    /// Whether the bridge was to masquerade, which it must not.
    let asksForMasquerading: Bool

    /// Every key that the plugin reads of a network configuration, beside those that all plugins have: the bridge
    /// plugin's, its own, and what is left to the user of host-local's.
    static let keys =
        BridgeConfiguration.keys + [
            "subnetFile", "dataDir", "contactLimit", "devices", "ipam.type", "ipam.dataDir",
            "ipam.resolvConf",
            "ipam.routes[].dst", "ipam.routes[].gw", "ipam.routes[].mtu", "ipam.routes[].advmss",
            "ipam.routes[].priority", "ipam.routes[].table", "ipam.routes[].scope",
        ]

    /// Where in the completed configuration the devices are that the agent named.
    static let devicesKey = "cni.swift/devices"

    /// Where in the completed configuration the cluster's networks are.
    static let networksKey = "cni.swift/networks"

    /// Reads a completed configuration.
    init(_ keys: JSONCursor) throws(CNIError) {
        bridge = try BridgeConfiguration(keys)
        asksForMasquerading = try keys["ipMasq"].bool() ?? false
        devices = try keys[Self.devicesKey].texts()
        networks = try keys[Self.networksKey].texts().compactMap { IPPrefix($0) }
    }

    func validate(hasIPAM: Bool) throws(CNIError) {
        if asksForMasquerading {
            throw CNIError(
                .invalidConfiguration, at: "ipMasq",
                "the node's agent masquerades; a bridge that does would hide containers from each other"
            )
        }
        try bridge.validate(hasIPAM: hasIPAM)
    }
}
