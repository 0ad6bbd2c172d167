// SPDX-License-Identifier: Apache-2.0

public import CNITypes

/// A subnet as EC2 describes it.
public struct Subnet: Hashable, Sendable {
    /// The id: `subnet-…`.
    public var id: String
    /// The state: `pending`, `available`, `unavailable`, `failed`, `failed-insufficient-capacity`.
    public var state: String
    /// The VPC's id.
    public var vpcID: String
    /// The availability zone's name in this account.
    public var availabilityZone: String
    /// The IPv4 network; nil for a subnet with IPv6 only.
    public var ipv4Network: IPPrefix?
    /// The IPv6 networks that are associated by now.
    public var ipv6Networks: [IPPrefix]
    /// The IPv4 addresses that are left. They may be too scattered for a prefix.
    public var availableAddresses: Int
    /// The tags.
    public var tags: [String: String]

    /// Creates a description, for tests and for models.
    public init(
        id: String, state: String = "available", vpcID: String, availabilityZone: String = "",
        ipv4Network: IPPrefix? = nil, ipv6Networks: [IPPrefix] = [], availableAddresses: Int = 0,
        tags: [String: String] = [:]
    ) {
        self.id = id
        self.state = state
        self.vpcID = vpcID
        self.availabilityZone = availabilityZone
        self.ipv4Network = ipv4Network
        self.ipv6Networks = ipv6Networks
        self.availableAddresses = availableAddresses
        self.tags = tags
    }
}
