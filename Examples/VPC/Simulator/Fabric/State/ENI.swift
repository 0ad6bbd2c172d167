// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// An elastic network interface.
public struct ENI: Hashable, Sendable {
    /// Its id, `eni-…`.
    public var id: String
    /// The id of its subnet.
    public var subnet: String
    /// Its MAC address.
    public var mac: MACAddress
    /// The primary private IPv4 address; nil in a subnet of IPv6 only.
    public var primary: IPAddress?
    /// The secondary IPv4 addresses, and the IPv6 addresses.
    public var addresses: [IPAddress]
    /// The delegated prefixes: /28 and /80 in EC2.
    public var prefixes: [IPPrefix]
    /// The ids of its security groups.
    public var groups: [String]
    /// Whether packets from sources and to destinations that the ENI does not own are dropped.
    public var checksSource = true
    /// The public IPv4 addresses by the private ones.
    public var publicAddresses: [IPAddress: IPAddress] = [:]
    /// When connections are forgotten.
    public var timeouts = ConnectionTimeouts()
    /// Where it is; nil for one that is available.
    public var attachment: Attachment?

    /// Creates an ENI.
    public init(
        id: String, subnet: String, mac: MACAddress, primary: IPAddress?, addresses: [IPAddress] = [],
        prefixes: [IPPrefix] = [], groups: [String] = [], attachment: Attachment? = nil
    ) {
        self.id = id
        self.subnet = subnet
        self.mac = mac
        self.primary = primary
        self.addresses = addresses
        self.prefixes = prefixes
        self.groups = groups
        self.attachment = attachment
    }

    /// How an ENI is reached.
    public enum Attachment: Hashable, Sendable {
        /// It is a device of a machine's, which appears by this name in its namespace.
        case device(instance: String, name: String)
        /// It is behind a VLAN of another ENI's, its trunk, by its id: frames carry an 802.1Q tag.
        case branch(trunk: String, vlan: UInt16)
    }

    /// Whether an address is one of its own, also by a delegated prefix.
    public func owns(_ address: IPAddress) -> Bool {
        address == primary || addresses.contains(address) || prefixes.contains { $0.contains(address) }
    }
}

/// When an ENI's tracked connections are forgotten without a packet, in seconds.
public struct ConnectionTimeouts: Hashable, Sendable {
    /// An established TCP connection: 60 to 432,000.
    public var establishedTCP: Int
    /// A UDP flow that nobody has answered, or only once: 30 to 60.
    public var udp: Int
    /// A UDP flow of more than one question with its answer: 60 to 180.
    public var udpStream: Int

    /// Creates timeouts, EC2's defaults.
    public init(establishedTCP: Int = 432_000, udp: Int = 30, udpStream: Int = 180) {
        self.establishedTCP = establishedTCP
        self.udp = udp
        self.udpStream = udpStream
    }
}
