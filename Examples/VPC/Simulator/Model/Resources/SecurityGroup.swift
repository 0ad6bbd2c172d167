// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// A security group with its rules.
public struct SecurityGroup: Sendable {
    /// Which way a rule looks.
    public enum Direction: String, Hashable, Sendable {
        /// Towards the interface.
        case ingress
        /// From the interface.
        case egress
    }

    /// Whom a rule admits.
    public enum Peer: Hashable, Sendable {
        /// Everybody with an address in a range.
        case cidr(IPPrefix)
        /// Every interface that is in a group.
        case group(String)
    }

    /// One rule: what may pass to or from one peer.
    public struct Rule: Hashable, Sendable {
        /// `tcp`, `udp`, `icmp`, `icmpv6`, another protocol's number, or `-1` for all.
        public let networkProtocol: String
        /// The lowest port, or ICMP's type; nil or -1 is all.
        public let fromPort: Int?
        /// The highest port, or ICMP's code; nil or -1 is all.
        public let toPort: Int?
        /// Whom it admits.
        public let peer: Peer
        /// A text for people.
        public let description: String?

        /// A rule from its parts.
        public init(
            networkProtocol: String, fromPort: Int? = nil, toPort: Int? = nil, peer: Peer,
            description: String? = nil
        ) {
            self.networkProtocol = networkProtocol
            self.fromPort = fromPort
            self.toPort = toPort
            self.peer = peer
            self.description = description
        }

        /// Whether two rules admit the same: the description is not part of that.
        public func admitsSame(as other: Rule) -> Bool {
            networkProtocol == other.networkProtocol && fromPort == other.fromPort && toPort == other.toPort
                && peer == other.peer
        }
    }

    /// Such as `sg-0…`.
    public let id: String
    /// Grows with each resource that is made.
    public let serial: UInt64
    /// The name, unique in its VPC.
    public let name: String
    /// The text for people.
    public let description: String
    /// The VPC.
    public let vpc: String
    /// What may come in; nothing in a new group.
    public internal(set) var ingress: [Rule]
    /// What may go out; everything in a new group.
    public internal(set) var egress: [Rule]
    /// The tags.
    public internal(set) var tags: [String: String]

    /// The rules of a direction.
    public internal(set) subscript(direction: Direction) -> [Rule] {
        get { direction == .ingress ? ingress : egress }
        set { if direction == .ingress { ingress = newValue } else { egress = newValue } }
    }
}
