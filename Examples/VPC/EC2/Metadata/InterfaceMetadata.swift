// SPDX-License-Identifier: Apache-2.0

public import CNITypes

/// What the metadata service says of an interface. A leaf that it has not means none.
public struct InterfaceMetadata: Hashable, Sendable {
    /// The MAC address, by which the interface is found in the kernel.
    public var macAddress: MACAddress
    /// The interface's id: `eni-…`.
    public var interfaceID: String
    /// The device index on its card.
    public var deviceNumber: Int
    /// The network card; 0 where the service does not say.
    public var networkCard: Int
    /// The subnet's id.
    public var subnetID: String
    /// The VPC's id.
    public var vpcID: String
    /// The account that owns the interface.
    public var ownerID: String
    /// The ids of its security groups.
    public var securityGroupIDs: [String]
    /// All IPv4 addresses except those of prefixes, the primary one first.
    public var ipv4Addresses: [IPAddress]
    /// All IPv6 addresses except those of prefixes.
    public var ipv6Addresses: [IPAddress]
    /// The delegated IPv4 prefixes.
    public var ipv4Prefixes: [IPPrefix]
    /// The delegated IPv6 prefixes.
    public var ipv6Prefixes: [IPPrefix]
    /// The subnet's IPv4 network.
    public var subnetIPv4Network: IPPrefix?
    /// The subnet's IPv6 networks.
    public var subnetIPv6Networks: [IPPrefix]
    /// The VPC's IPv4 networks, the first one first.
    public var vpcIPv4Networks: [IPPrefix]
    /// The VPC's IPv6 networks.
    public var vpcIPv6Networks: [IPPrefix]
    /// The names of the leaves that the service lists for it. Without `local-ipv4s` and `ipv6s` it is for EFA only.
    public var leaves: Set<String>

    /// Whether it takes part in IP at all; an interface for EFA only does not.
    public var hasIP: Bool { leaves.contains("local-ipv4s") || leaves.contains("ipv6s") }

    /// Creates a description, for tests and for models.
    public init(
        macAddress: MACAddress, interfaceID: String, deviceNumber: Int, networkCard: Int = 0,
        subnetID: String = "", vpcID: String = "", ownerID: String = "", securityGroupIDs: [String] = [],
        ipv4Addresses: [IPAddress] = [], ipv6Addresses: [IPAddress] = [], ipv4Prefixes: [IPPrefix] = [],
        ipv6Prefixes: [IPPrefix] = [], subnetIPv4Network: IPPrefix? = nil,
        subnetIPv6Networks: [IPPrefix] = [], vpcIPv4Networks: [IPPrefix] = [],
        vpcIPv6Networks: [IPPrefix] = [], leaves: Set<String> = ["local-ipv4s"]
    ) {
        self.macAddress = macAddress
        self.interfaceID = interfaceID
        self.deviceNumber = deviceNumber
        self.networkCard = networkCard
        self.subnetID = subnetID
        self.vpcID = vpcID
        self.ownerID = ownerID
        self.securityGroupIDs = securityGroupIDs
        self.ipv4Addresses = ipv4Addresses
        self.ipv6Addresses = ipv6Addresses
        self.ipv4Prefixes = ipv4Prefixes
        self.ipv6Prefixes = ipv6Prefixes
        self.subnetIPv4Network = subnetIPv4Network
        self.subnetIPv6Networks = subnetIPv6Networks
        self.vpcIPv4Networks = vpcIPv4Networks
        self.vpcIPv6Networks = vpcIPv6Networks
        self.leaves = leaves
    }
}
