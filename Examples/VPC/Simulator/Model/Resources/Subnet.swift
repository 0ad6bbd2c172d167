// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// A subnet, and which of its addresses are taken.
public struct Subnet: Sendable {
    /// Such as `subnet-0…`.
    public let id: String
    /// Grows with each resource that is made.
    public let serial: UInt64
    /// The VPC.
    public let vpc: String
    /// The availability zone, such as `us-east-1a`.
    public let zone: String
    /// The zone's identifier, such as `use1-az1`.
    public let zoneID: String
    /// The IPv4 range.
    public let cidr: IPPrefix
    /// The IPv6 range, a /64, if it has one.
    public let ipv6: IPPrefix?
    /// Which IPv4 addresses and prefixes are taken.
    public internal(set) var plan: AddressPlan
    /// Which IPv6 addresses and prefixes are taken.
    public internal(set) var ipv6Plan: AddressPlan?
    /// Whether instances get a public IPv4 address.
    public internal(set) var mapsPublicAddress: Bool
    /// The tags.
    public internal(set) var tags: [String: String]

    /// The VPC router's address, which the fabric answers for: the second of the range.
    public var gateway: IPAddress { cidr.first.advanced(by: 1) ?? cidr.first }
}
