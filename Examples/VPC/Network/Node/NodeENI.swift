// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// An ENI of a node that pods share, as the node's network is described from it.
public struct NodeENI: Hashable, Sendable {
    /// What it has of one family.
    public struct Part: Hashable, Sendable {
        /// Its primary address.
        public var primaryAddress: IPAddress
        /// The subnet that it is in.
        public var subnet: IPPrefix
        /// The subnet's router: the subnet's first address, and for IPv6 a link-local one.
        public var gateway: IPAddress
        /// The length with which the interface has its address.
        ///
        /// The subnet's, unless the node's DHCP client has put it there with another one: the kernel takes an IPv6 address
        /// once, and DHCPv6 gives it with 128.
        public var length: Int

        /// Creates it; the address has the subnet's length.
        public init(primaryAddress: IPAddress, subnet: IPPrefix, gateway: IPAddress) {
            self.primaryAddress = primaryAddress
            self.subnet = subnet
            self.gateway = gateway
            length = subnet.length
        }
    }

    /// Its MAC address.
    public var mac: MACAddress
    /// The name of its interface.
    public var link: String
    /// Its device index.
    public var deviceIndex: Int
    /// Its network card.
    public var networkCard: Int
    /// Whether it is the node's primary one, whose table is the main one.
    public var isPrimary: Bool
    /// The table by which packets leave by it.
    public var table: UInt32
    /// What it has of IPv4; nil if nothing.
    public var v4: Part?
    /// What it has of IPv6; nil if nothing.
    public var v6: Part?

    /// Creates an ENI.
    ///
    /// - Parameter table: Nil for the usual one, as ``RouteTable`` numbers them.
    public init(
        mac: MACAddress, link: String, deviceIndex: Int, networkCard: Int = 0, isPrimary: Bool,
        table: UInt32? = nil, v4: Part? = nil, v6: Part? = nil
    ) {
        self.mac = mac
        self.link = link
        self.deviceIndex = deviceIndex
        self.networkCard = networkCard
        self.isPrimary = isPrimary
        self.table =
            isPrimary
            ? RouteTable.main
            : table ?? RouteTable.number(deviceIndex: deviceIndex, networkCard: networkCard)
        self.v4 = v4
        self.v6 = v6
    }

    /// What it has of a family.
    public subscript(family: IPAddress.Family) -> Part? { family == .v4 ? v4 : v6 }

    /// An address of a pod that it owns, for the plugin; nil if it has nothing of the address's family.
    public func podAddress(_ address: IPAddress) -> PodAddress? {
        guard let part = self[address.family] else { return nil }
        return PodAddress(
            address,
            of: PodAddress.ENI(
                mac: mac, link: link, deviceIndex: deviceIndex, networkCard: networkCard, table: table,
                subnet: part.subnet, gateway: part.gateway, primaryAddress: part.primaryAddress,
                isPrimary: isPrimary))
    }
}
