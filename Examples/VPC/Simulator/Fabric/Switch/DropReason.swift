// SPDX-License-Identifier: Apache-2.0

/// Why the fabric has dropped a packet.
public enum DropReason: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// Headers that are cut off or contradict themselves.
    case malformed
    /// A frame of another MAC address than the ENI's.
    case sourceMAC = "source MAC address not the ENI's"
    /// A frame to a MAC address that no ENI of the subnet has.
    case unknownMAC = "destination MAC address unknown"
    /// A frame with an 802.1Q tag of which the trunk has no branch ENI.
    case unknownVLAN = "VLAN without a branch ENI"
    /// Neither IPv4, IPv6 nor ARP.
    case etherType = "neither IP nor ARP"
    /// Larger than the ENI's MTU.
    case tooBig = "larger than the MTU"
    /// The source/dest check of the sending ENI.
    case source = "source not owned"
    /// The source/dest check of the receiving ENI.
    case destination = "destination not owned"
    /// To many, which a VPC does not have.
    case multicast = "multicast or broadcast"
    /// A fragment without its first one.
    case fragment = "fragment without its first"
    /// No rule of the sender's security groups allows it.
    case egress = "security group egress"
    /// No rule of the receiver's security groups allows it.
    case ingress = "security group ingress"
    /// The ENI has as many tracked connections as it may have.
    case connections = "conntrack allowance exceeded"
    /// The ENI asks link-local services more often than 1,024 times a second.
    case services = "linklocal allowance exceeded"
    /// An address of the VPC that no attached ENI owns.
    case noOwner = "no attached ENI owns the destination"
    /// No route leads there.
    case noRoute = "no route"
    /// To the VPC's router itself, which answers nothing.
    case router = "to the VPC router"
    /// To the internet from an address that has no public one.
    case noPublicAddress = "source has no public address"
    /// From the internet to what no connection has begun.
    case unsolicited = "unsolicited from the internet"
    /// From outside, with a source that cannot come from there.
    case foreignSource = "source not of that side"
    /// TTL or hop limit has ended.
    case timeExceeded = "TTL exceeded"
    /// Larger than the MTU of the way out.
    case needsFragmentation = "larger than the MTU of the way out"
    /// The NAT gateway has no port left.
    case natPorts = "NAT gateway out of ports"
    /// The kernel did not take the frame: the interface is down.
    case interfaceDown = "interface down"

    /// What an operator reads.
    public var description: String { rawValue }
}

/// How many packets went which way.
public struct Counters: Hashable, Sendable {
    /// Packets that were passed on.
    public var forwarded: UInt64 = 0
    /// Their bytes, with IP headers.
    public var forwardedBytes: UInt64 = 0
    /// Answers to ARP and neighbour discovery.
    public var answers: UInt64 = 0
    /// Packets that were dropped, by reason.
    public var drops: [DropReason: UInt64] = [:]

    /// Creates counters of zero.
    public init() {}

    mutating func drop(_ reason: DropReason) { drops[reason, default: 0] += 1 }
}
