// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import CLibNL

extension NFTables {
    /// How the kernel chooses an address and a port.
    public struct NATFlags: OptionSet, Hashable, Sendable {
        /// The NF_NAT_RANGE_… flags.
        public let rawValue: UInt32

        /// Creates a set of flags.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// The port is chosen at random, by a hash (`random`).
        public static var random: NATFlags { NATFlags(rawValue: UInt32(NF_NAT_RANGE_PROTO_RANDOM)) }
        /// The port is chosen at random, all of it (`fully-random`).
        public static var fullyRandom: NATFlags {
            NATFlags(rawValue: UInt32(NF_NAT_RANGE_PROTO_RANDOM_FULLY))
        }
        /// A client gets the same address every time (`persistent`).
        public static var persistent: NATFlags { NATFlags(rawValue: UInt32(NF_NAT_RANGE_PERSISTENT)) }

        /// What the kernel adds by itself where there are addresses or ports.
        fileprivate static var implied: NATFlags {
            NATFlags(rawValue: UInt32(NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED))
        }
    }

    /// How to masquerade.
    public struct Masquerade: Hashable, Sendable {
        /// How the port is chosen.
        public var flags: NATFlags

        /// Creates a description.
        public init(flags: NATFlags = []) { self.flags = flags }
    }

    /// A change of a packet's address or port.
    public struct NAT: Hashable, Sendable {
        /// Which end changes.
        public enum Kind: Hashable, Sendable {
            /// The source.
            case source
            /// The destination.
            case destination
        }

        /// Which end changes.
        public var kind: Kind
        /// The family of the new address.
        public var family: IPAddress.Family
        /// Where the new address is.
        public var address: Register?
        /// Where the new port is.
        public var port: Register?
        /// Where the last of several addresses to choose from is.
        public var lastAddress: Register?
        /// Where the last of several ports to choose from is.
        public var lastPort: Register?
        /// How to choose.
        public var flags: NATFlags = []

        /// Creates a change to what is in registers.
        public init(_ kind: Kind, _ family: IPAddress.Family, address: Register?, port: Register? = nil) {
            self.kind = kind
            self.family = family
            self.address = address
            self.port = port
        }
    }
}

extension NFTables.Masquerade {
    func encode(into request: inout NetlinkRequest) {
        if !flags.isEmpty { request.attribute(NFTA_MASQ_FLAGS, bigEndian: flags.rawValue) }
    }

    init(_ data: Attributes) throws(MalformedMessage) {
        flags = NFTables.NATFlags(rawValue: try data.bigEndian(NFTA_MASQ_FLAGS) ?? 0)
    }
}

extension NFTables.NAT {
    func encode(into request: inout NetlinkRequest) {
        let type = kind == .source ? NFT_NAT_SNAT : NFT_NAT_DNAT
        request.attribute(NFTA_NAT_TYPE, bigEndian: type.rawValue)
        request.attribute(
            NFTA_NAT_FAMILY, bigEndian: UInt32(family == .v4 ? NFPROTO_IPV4 : NFPROTO_IPV6))
        if let address { request.attribute(NFTA_NAT_REG_ADDR_MIN, address) }
        if let lastAddress { request.attribute(NFTA_NAT_REG_ADDR_MAX, lastAddress) }
        if let port { request.attribute(NFTA_NAT_REG_PROTO_MIN, port) }
        if let lastPort { request.attribute(NFTA_NAT_REG_PROTO_MAX, lastPort) }
        if !flags.isEmpty { request.attribute(NFTA_NAT_FLAGS, bigEndian: flags.rawValue) }
    }

    init?(_ data: Attributes) throws(MalformedMessage) {
        switch try data.bigEndian(NFTA_NAT_TYPE) {
        case NFT_NAT_SNAT.rawValue: kind = .source
        case NFT_NAT_DNAT.rawValue: kind = .destination
        default: return nil
        }
        switch try data.bigEndian(NFTA_NAT_FAMILY) {
        case UInt32(NFPROTO_IPV4): family = .v4
        case UInt32(NFPROTO_IPV6): family = .v6
        default: return nil
        }
        address = try data.register(NFTA_NAT_REG_ADDR_MIN)
        port = try data.register(NFTA_NAT_REG_PROTO_MIN)
        // The kernel says the first again where there is only one.
        let last = (try data.register(NFTA_NAT_REG_ADDR_MAX), try data.register(NFTA_NAT_REG_PROTO_MAX))
        lastAddress = last.0 == address ? nil : last.0
        lastPort = last.1 == port ? nil : last.1
        flags = NFTables.NATFlags(rawValue: try data.bigEndian(NFTA_NAT_FLAGS) ?? 0)
            .subtracting(.implied)
    }
}
