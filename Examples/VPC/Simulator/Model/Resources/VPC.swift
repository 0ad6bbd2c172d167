// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// A VPC with its address ranges.
public struct VPC: Sendable {
    /// An address range of a VPC.
    public struct Association: Hashable, Sendable {
        /// Such as `vpc-cidr-assoc-0…`.
        public let id: String
        /// The range.
        public let cidr: IPPrefix
    }

    /// Such as `vpc-0…`.
    public let id: String
    /// Grows with each resource that is made; describes are in this order.
    public let serial: UInt64
    /// The IPv4 ranges, the primary one first.
    public internal(set) var ipv4: [Association]
    /// The IPv6 ranges.
    public internal(set) var ipv6: [Association]
    /// The tags.
    public internal(set) var tags: [String: String]
    /// Whether it is the account's default VPC.
    public let isDefault: Bool

    /// The primary IPv4 range.
    public var cidr: IPPrefix? { ipv4.first?.cidr }
    /// All ranges, IPv4 before IPv6.
    public var cidrs: [IPPrefix] { (ipv4 + ipv6).map(\.cidr) }
}
