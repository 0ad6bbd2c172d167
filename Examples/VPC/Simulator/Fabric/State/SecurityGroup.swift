// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// A security group: what its ENIs may receive and send.
///
/// A new group in EC2 lets nothing in and everything out.
public struct SecurityGroup: Hashable, Sendable {
    /// Its id, `sg-…`.
    public var id: String
    /// What may come in.
    public var ingress: [SecurityRule]
    /// What may go out.
    public var egress: [SecurityRule]

    /// Creates a group.
    public init(
        id: String, ingress: [SecurityRule] = [],
        egress: [SecurityRule] = [SecurityRule(.all, peers: SecurityRule.anywhere)]
    ) {
        self.id = id
        self.ingress = ingress
        self.egress = egress
    }
}

/// A rule that allows some traffic with some peers.
public struct SecurityRule: Hashable, Sendable {
    /// What is allowed.
    public var traffic: Traffic
    /// With whom; with none of these the rule allows nothing.
    public var peers: [Peer]

    /// Creates a rule.
    public init(_ traffic: Traffic, peers: [Peer]) {
        self.traffic = traffic
        self.peers = peers
    }

    /// Every address of both families.
    public static let anywhere: [Peer] = [.network(.everything(.v4)), .network(.everything(.v6))]

    /// The kinds of packets.
    public enum Traffic: Hashable, Sendable {
        /// Everything: `-1` in EC2.
        case all
        /// TCP to these ports.
        case tcp(ClosedRange<UInt16>)
        /// UDP to these ports.
        case udp(ClosedRange<UInt16>)
        /// ICMP of IPv4; nil is every type or code, -1 in EC2.
        case icmp(type: UInt8?, code: UInt8?)
        /// ICMP of IPv6.
        case icmp6(type: UInt8?, code: UInt8?)
        /// An IP protocol by its number, without regard to ports.
        case other(UInt8)
    }

    /// The other end.
    public enum Peer: Hashable, Sendable {
        /// The addresses of a network.
        case network(IPPrefix)
        /// The private addresses of all ENIs in a group, by its id.
        case group(String)
    }
}
