// SPDX-License-Identifier: Apache-2.0

public import CNITypes

/// An elastic network interface (ENI) as EC2 describes it.
///
/// See https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html.
public struct NetworkInterface: Hashable, Sendable {
    /// What an interface is just now; a text that is not known here stays as it is.
    public struct Status: RawRepresentable, Hashable, Sendable {
        /// EC2's own word.
        public let rawValue: String
        /// Creates a status from EC2's word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// Not attached.
        public static let available = Status(rawValue: "available")
        /// Being attached.
        public static let attaching = Status(rawValue: "attaching")
        /// Attached.
        public static let inUse = Status(rawValue: "in-use")
        /// Being detached: none of its addresses may be handed out any more.
        public static let detaching = Status(rawValue: "detaching")
        /// Associated with something other than an instance.
        public static let associated = Status(rawValue: "associated")
    }

    /// An IPv4 address of an interface.
    public struct PrivateAddress: Hashable, Sendable {
        /// The address in the subnet.
        public var address: IPAddress
        /// Whether it is the interface's primary one, which stays as long as the interface.
        public var isPrimary: Bool
        /// The public address that is translated to it, if there is one.
        public var publicAddress: IPAddress?

        /// Creates an address.
        public init(_ address: IPAddress, isPrimary: Bool = false, publicAddress: IPAddress? = nil) {
            self.address = address
            self.isPrimary = isPrimary
            self.publicAddress = publicAddress
        }
    }

    /// The id: `eni-0123456789abcdef0`.
    public var id: String
    /// What the interface is just now.
    public var status: Status
    /// The kind of interface: `interface`, `trunk`, `branch`, `efa`, `efa-only`, and more.
    public var interfaceType: String
    /// The MAC address; an interface has one from its creation on.
    public var macAddress: MACAddress?
    /// The subnet's id.
    public var subnetID: String
    /// The VPC's id.
    public var vpcID: String
    /// The availability zone's name in this account; empty if EC2 does not say.
    public var availabilityZone: String
    /// The account that owns the interface.
    public var ownerID: String
    /// The description, which the interface's creator chose.
    public var text: String
    /// The ids of its security groups.
    public var securityGroupIDs: [String]
    /// What it is attached to; nil if nothing.
    public var attachment: InterfaceAttachment?
    /// All IPv4 addresses except those of prefixes; the primary one is among them.
    public var addresses: [PrivateAddress]
    /// All IPv6 addresses except those of prefixes.
    public var ipv6Addresses: [IPAddress]
    /// The delegated IPv4 prefixes, each a /28.
    public var ipv4Prefixes: [IPPrefix]
    /// The delegated IPv6 prefixes, each a /80.
    public var ipv6Prefixes: [IPPrefix]
    /// Whether EC2 drops packets whose source or destination is none of the interface's addresses.
    public var checksSourceAndDestination: Bool
    /// Whether an AWS service manages the interface; others may not change it.
    public var isManagedByService: Bool
    /// The times after which connections are forgotten, where they are not the usual ones.
    public var connectionTracking: ConnectionTracking?
    /// The tags.
    public var tags: [String: String]

    /// The primary IPv4 address; nil for an interface with IPv6 only.
    public var primaryAddress: IPAddress? { addresses.first { $0.isPrimary }?.address }

    /// The IPv4 addresses that may be handed out: those that are not primary.
    public var secondaryAddresses: [IPAddress] { addresses.filter { !$0.isPrimary }.map(\.address) }

    /// Creates a description, for tests and for models; whatever is not given is empty.
    public init(
        id: String, status: Status = .available, interfaceType: String = "interface",
        macAddress: MACAddress? = nil, subnetID: String, vpcID: String, availabilityZone: String = "",
        ownerID: String = "", text: String = "", securityGroupIDs: [String] = [],
        attachment: InterfaceAttachment? = nil, addresses: [PrivateAddress] = [],
        ipv6Addresses: [IPAddress] = [], ipv4Prefixes: [IPPrefix] = [], ipv6Prefixes: [IPPrefix] = [],
        checksSourceAndDestination: Bool = true, isManagedByService: Bool = false,
        connectionTracking: ConnectionTracking? = nil, tags: [String: String] = [:]
    ) {
        self.id = id
        self.status = status
        self.interfaceType = interfaceType
        self.macAddress = macAddress
        self.subnetID = subnetID
        self.vpcID = vpcID
        self.availabilityZone = availabilityZone
        self.ownerID = ownerID
        self.text = text
        self.securityGroupIDs = securityGroupIDs
        self.attachment = attachment
        self.addresses = addresses
        self.ipv6Addresses = ipv6Addresses
        self.ipv4Prefixes = ipv4Prefixes
        self.ipv6Prefixes = ipv6Prefixes
        self.checksSourceAndDestination = checksSourceAndDestination
        self.isManagedByService = isManagedByService
        self.connectionTracking = connectionTracking
        self.tags = tags
    }
}
