// SPDX-License-Identifier: Apache-2.0

public import CNITypes
internal import Netlink
internal import VXLANOverlay

/// The options of a node's agent.
public struct AgentOptions: Sendable {
    /// By which interface the node reaches the others.
    public var interface = InterfaceChoice()
    /// Where the others reach the node by IPv4, if that is not the interface's address.
    public var publicIPv4: IPAddress?
    /// Where the others reach the node by IPv6, if that is not the interface's address.
    public var publicIPv6: IPAddress?
    /// The file for the plugin and for the agent's next start.
    public var recordFile = AgentRecord.usualPath
    /// The file for flannel's plugin.
    public var subnetFile = SubnetFile.usualPath
    /// Whether what leaves the cluster gets the node's address.
    public var masquerades = true
    /// Whether what comes from or goes to the cluster's network may be forwarded.
    public var acceptsForwarding = true
    /// Whether what is for an address of the node's subnet that no container has is dropped, and not routed on.
    public var dropsUnusedAddresses = false
    /// Whether tunnel devices leave checksums to the device below.
    public var transmitChecksumOffload = false
    /// The protocol number of the routes.
    public var routeProtocol = Self.usualRouteProtocol
    /// The protocol number of the routes unless an option says otherwise.
    public static let usualRouteProtocol = OverlayNode.usualRouteProtocol.rawValue
    /// How often everything is compared, whether something seems to have changed or not.
    public var resync = Duration.seconds(60)
    /// Past which time without an answer of the store the node is not ready.
    public var contactLimit = Duration.seconds(300)

    /// Creates options with what is usual.
    public init() {}
}
