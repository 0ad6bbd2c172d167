// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// What an attachment has of the VPC: its addresses, and where each of them belongs.
public struct PodAttachment: Hashable, Sendable {
    /// How the pod is on the VPC.
    public var mode: AttachmentMode
    /// The MTU of the pod's interface, in bytes.
    public var mtu: UInt32
    /// Its addresses, one of each family at most.
    public var addresses: [PodAddress]
    /// The VLAN of the trunk that it is, for that mode.
    public var branch: BranchLink?

    /// Creates it.
    public init(mode: AttachmentMode, mtu: UInt32, addresses: [PodAddress], branch: BranchLink? = nil) {
        self.mode = mode
        self.mtu = mtu
        self.addresses = addresses
        self.branch = branch
    }
}

/// An address of a pod, and the ENI that owns it.
public struct PodAddress: Hashable, Sendable {
    /// The address.
    public var address: IPAddress
    /// The ENI by which packets with that source have to leave.
    public var eni: ENI

    /// Creates it.
    public init(_ address: IPAddress, of eni: ENI) {
        self.address = address
        self.eni = eni
    }

    /// An ENI, as far as a pod's address of one family needs it.
    public struct ENI: Hashable, Sendable {
        /// Its MAC address; for a branch the trunk's.
        public var mac: MACAddress
        /// Its interface in the node's namespace; for a branch the trunk's.
        public var link: String
        /// Its device index.
        public var deviceIndex: Int
        /// Its network card.
        public var networkCard: Int
        /// The routing table of what leaves by it, as ``RouteTable`` numbers them.
        public var table: UInt32
        /// The subnet that it is in.
        public var subnet: IPPrefix
        /// The subnet's router.
        public var gateway: IPAddress
        /// Its primary address.
        public var primaryAddress: IPAddress
        /// Whether it is the node's primary ENI.
        public var isPrimary: Bool

        /// Creates it.
        public init(
            mac: MACAddress, link: String, deviceIndex: Int, networkCard: Int = 0, table: UInt32,
            subnet: IPPrefix, gateway: IPAddress, primaryAddress: IPAddress, isPrimary: Bool
        ) {
            self.mac = mac
            self.link = link
            self.deviceIndex = deviceIndex
            self.networkCard = networkCard
            self.table = table
            self.subnet = subnet
            self.gateway = gateway
            self.primaryAddress = primaryAddress
            self.isPrimary = isPrimary
        }
    }
}

/// The VLAN of a trunk that is a branch ENI.
public struct BranchLink: Hashable, Sendable {
    /// The VLAN's number, 1 to 4094.
    public var vlan: UInt16
    /// The branch ENI's MAC address.
    public var mac: MACAddress
    /// Whether all of the pod's traffic, that with the node and its other pods too, goes by the branch and its security
    /// groups.
    public var isStrict: Bool

    /// Creates it.
    public init(vlan: UInt16, mac: MACAddress, isStrict: Bool) {
        self.vlan = vlan
        self.mac = mac
        self.isStrict = isStrict
    }
}
