// SPDX-License-Identifier: Apache-2.0

public import CNITypes

/// What the metadata service says of the instance.
public struct InstanceMetadata: Hashable, Sendable {
    /// The id: `i-…`.
    public var instanceID: String
    /// The type's name: `m5.large`.
    public var instanceType: String
    /// The region: `eu-central-1`.
    public var region: String
    /// The availability zone's name in this account: `eu-central-1a`.
    public var availabilityZone: String
    /// The MAC address of the primary interface.
    public var macAddress: MACAddress
    /// The primary interface's IPv4 address; nil for an instance with IPv6 only.
    public var localIPv4: IPAddress?
    /// The primary interface's IPv6 address.
    public var ipv6: IPAddress?

    /// Creates a description, for tests and for models.
    public init(
        instanceID: String, instanceType: String, region: String, availabilityZone: String,
        macAddress: MACAddress, localIPv4: IPAddress? = nil, ipv6: IPAddress? = nil
    ) {
        self.instanceID = instanceID
        self.instanceType = instanceType
        self.region = region
        self.availabilityZone = availabilityZone
        self.macAddress = macAddress
        self.localIPv4 = localIPv4
        self.ipv6 = ipv6
    }
}
