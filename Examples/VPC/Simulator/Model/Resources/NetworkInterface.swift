// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// A network interface (ENI) with everything it owns.
public struct NetworkInterface: Sendable {
    /// A single IPv4 address of an interface.
    public struct PrivateAddress: Hashable, Sendable {
        /// The address.
        public let address: IPAddress
        /// Whether it is the primary one, which cannot be taken away.
        public let isPrimary: Bool
        /// The public address that the internet sees instead, if there is one.
        public internal(set) var publicAddress: IPAddress?
    }

    /// How long connections are remembered, in seconds.
    public struct ConnectionTracking: Hashable, Sendable {
        /// Established TCP, 60 to 432000; nil is the default of 432000.
        public var tcpEstablished: Int?
        /// UDP with more than one request and answer, 60 to 180; nil is 180.
        public var udpStream: Int?
        /// Other UDP, 30 to 60; nil is 30.
        public var udp: Int?

        /// Timeouts in seconds; nil is the default.
        public init(tcpEstablished: Int? = nil, udpStream: Int? = nil, udp: Int? = nil) {
            self.tcpEstablished = tcpEstablished
            self.udpStream = udpStream
            self.udp = udp
        }
    }

    /// Such as `eni-0…`.
    public let id: String
    /// Grows with each resource that is made.
    public let serial: UInt64
    /// The subnet.
    public let subnet: String
    /// The VPC.
    public let vpc: String
    /// The availability zone.
    public let zone: String
    /// The zone's identifier.
    public let zoneID: String
    /// The MAC address.
    public let mac: MACAddress
    /// `interface`, `efa`, `efa-only`, `trunk` or `branch`; `vpc_endpoint` is a service's.
    public internal(set) var type: String
    /// When it was made.
    public let createdAt: Timestamp
    /// The text for people.
    public internal(set) var description: String
    /// The security groups, at least one.
    public internal(set) var groups: [String]
    /// Whether packets whose source or destination is not the interface's are dropped.
    public internal(set) var checksSourceAndDestination = true
    /// The single IPv4 addresses, the primary one first.
    public internal(set) var addresses: [PrivateAddress]
    /// The delegated /28 prefixes.
    public internal(set) var ipv4Prefixes: [IPPrefix] = []
    /// The single IPv6 addresses.
    public internal(set) var ipv6Addresses: [IPAddress] = []
    /// The delegated /80 prefixes.
    public internal(set) var ipv6Prefixes: [IPPrefix] = []
    /// Whether the first IPv6 address is the primary one.
    public internal(set) var hasPrimaryIPv6 = false
    /// Timeouts of tracked connections.
    public internal(set) var connectionTracking: ConnectionTracking?
    /// The attachment to an instance, if there is one.
    public internal(set) var attachment: Attachment?
    /// The tags.
    public internal(set) var tags: [String: String]

    /// The primary IPv4 address.
    public var primaryAddress: IPAddress? { addresses.first { $0.isPrimary }?.address }

    /// Whether it is a service's: an interface that no instance has, and that nobody can attach or delete.
    public var isOfService: Bool { type == Self.endpointType }

    static let endpointType = "vpc_endpoint"

    /// How many of the instance type's IPv4 places are used: one for an address, one for a prefix.
    public var ipv4Slots: Int { addresses.count + ipv4Prefixes.count }

    /// How many of the instance type's IPv6 places are used.
    public var ipv6Slots: Int { ipv6Addresses.count + ipv6Prefixes.count }

    /// Whether the interface may send from an address, and gets what is sent there.
    public func owns(_ address: IPAddress) -> Bool {
        address.family == .v4
            ? addresses.contains { $0.address == address } || ipv4Prefixes.contains { $0.contains(address) }
            : ipv6Addresses.contains(address) || ipv6Prefixes.contains { $0.contains(address) }
    }

    /// What Describe calls the status.
    public var status: String {
        switch attachment?.status {
        case nil: isOfService ? "in-use" : "available"
        case .attaching: "attaching"
        case .attached: "in-use"
        case .detaching: "detaching"
        }
    }
}

/// An interface's place at an instance.
public struct Attachment: Hashable, Sendable {
    /// How far it has come.
    public enum Status: String, Sendable {
        /// Asked for; the instance does not see it yet.
        case attaching
        /// There.
        case attached
        /// Going; the instance may still see it.
        case detaching
    }

    /// Such as `eni-attach-0…`.
    public let id: String
    /// The instance.
    public let instance: String
    /// The device index; 0 is the primary interface.
    public let deviceIndex: Int
    /// The network card.
    public let networkCard: Int
    /// When it was asked for.
    public let attachedAt: Timestamp
    /// How far it has come.
    public internal(set) var status: Status
    /// Whether it goes with its instance.
    public internal(set) var deleteOnTermination: Bool
}
