// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

extension NFTables {
    /// What ``Expression/meta(_:into:)`` can load, by the kernel's number.
    public struct MetaKey: RawRepresentable, Hashable, Sendable {
        /// The NFT_META_… number.
        public let rawValue: UInt32

        /// Creates a key from a NFT_META_… number.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        private init(_ key: nft_meta_keys) { self.init(rawValue: key.rawValue) }

        /// 1 byte: the family, IPv4 or IPv6.
        public static var nfproto: MetaKey { MetaKey(NFT_META_NFPROTO) }
        /// 2 bytes, network byte order: the EtherType.
        public static var `protocol`: MetaKey { MetaKey(NFT_META_PROTOCOL) }
        /// 1 byte: the protocol over IP.
        public static var l4proto: MetaKey { MetaKey(NFT_META_L4PROTO) }
        /// 16 bytes: the name of the interface that the packet came in by.
        public static var iifname: MetaKey { MetaKey(NFT_META_IIFNAME) }
        /// 16 bytes: the name of the interface that the packet leaves by.
        public static var oifname: MetaKey { MetaKey(NFT_META_OIFNAME) }
        /// 2 bytes: the ARPHRD_… number of the interface that the packet came in by.
        public static var iiftype: MetaKey { MetaKey(NFT_META_IFTYPE) }
        /// 4 bytes: the packet's mark.
        public static var mark: MetaKey { MetaKey(NFT_META_MARK) }
    }

    /// Bytes of a packet.
    public struct Payload: Hashable, Sendable {
        /// The header that an offset counts from, by the kernel's NFT_PAYLOAD_… number.
        public struct Header: RawRepresentable, Hashable, Sendable {
            /// The NFT_PAYLOAD_… number.
            public let rawValue: UInt32

            /// Creates a header from a NFT_PAYLOAD_… number.
            public init(rawValue: UInt32) { self.rawValue = rawValue }

            /// The Ethernet header.
            public static var link: Header { Header(rawValue: NFT_PAYLOAD_LL_HEADER.rawValue) }
            /// The IP header.
            public static var network: Header { Header(rawValue: NFT_PAYLOAD_NETWORK_HEADER.rawValue) }
            /// The header after the IP header.
            public static var transport: Header { Header(rawValue: NFT_PAYLOAD_TRANSPORT_HEADER.rawValue) }
        }

        /// The header that the offset counts from.
        public let header: Header
        /// Where the bytes start.
        public let offset: UInt32
        /// How many there are.
        public let length: UInt32

        /// Creates a description of bytes.
        public init(_ header: Header, offset: UInt32, length: UInt32) {
            self.header = header
            self.offset = offset
            self.length = length
        }
    }

    /// What ``Expression/connection(_:into:)`` can load, by the kernel's number.
    public struct ConnectionKey: RawRepresentable, Hashable, Sendable {
        /// The NFT_CT_… number.
        public let rawValue: UInt32

        /// Creates a key from a NFT_CT_… number.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// 4 bytes: a ``ConnectionState``.
        public static var state: ConnectionKey { ConnectionKey(rawValue: NFT_CT_STATE.rawValue) }
        /// 4 bytes: the connection's mark.
        public static var mark: ConnectionKey { ConnectionKey(rawValue: NFT_CT_MARK.rawValue) }
        /// 4 bytes: the IPS_… bits of what has been done to the connection.
        public static var status: ConnectionKey { ConnectionKey(rawValue: NFT_CT_STATUS.rawValue) }
        /// 1 byte: a ``ConnectionDirection``.
        public static var direction: ConnectionKey { ConnectionKey(rawValue: NFT_CT_DIRECTION.rawValue) }
    }

    /// Which way of its connection a packet goes (`ct direction`).
    public enum ConnectionDirection: UInt8, Hashable, Sendable {
        /// As the connection's first packet.
        case original = 0
        /// The other way.
        case reply = 1
    }

    /// What the kernel thinks of a packet's connection (`ct state`).
    public struct ConnectionState: OptionSet, Hashable, Sendable {
        /// A bit for each state.
        public let rawValue: UInt32

        /// Creates a set of states.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        // As NF_CT_STATE_BIT() in linux/netfilter/nf_conntrack_common.h.
        private init(_ info: ip_conntrack_info) { self.init(rawValue: 1 << (info.rawValue + 1)) }

        /// It makes no sense.
        public static var invalid: ConnectionState { ConnectionState(rawValue: 1) }
        /// Packets went both ways.
        public static var established: ConnectionState { ConnectionState(IP_CT_ESTABLISHED) }
        /// It belongs to another, as an ICMP error does.
        public static var related: ConnectionState { ConnectionState(IP_CT_RELATED) }
        /// This is its first packet.
        public static var new: ConnectionState { ConnectionState(IP_CT_NEW) }
    }

    /// What ``Expression/fib(_:into:)`` asks the routing tables.
    public struct FIB: Hashable, Sendable {
        /// The NFT_FIB_RESULT_… number.
        public let result: UInt32
        /// The NFTA_FIB_F_… flags.
        public let flags: UInt32

        /// Creates a question from the kernel's numbers.
        public init(result: UInt32, flags: UInt32) {
            self.result = result
            self.flags = flags
        }

        /// 4 bytes: the RTN_… type of the source address (`fib saddr type`).
        public static var sourceType: FIB {
            FIB(result: NFT_FIB_RESULT_ADDRTYPE.rawValue, flags: NFTA_FIB_F_SADDR.rawValue)
        }
        /// 4 bytes: the RTN_… type of the destination address (`fib daddr type`).
        public static var destinationType: FIB {
            FIB(result: NFT_FIB_RESULT_ADDRTYPE.rawValue, flags: NFTA_FIB_F_DADDR.rawValue)
        }
    }

    /// What kind of address one is to this machine (`fib daddr type`).
    public enum AddressType: Hashable, Sendable {
        /// Another machine's.
        case unicast
        /// This machine's own.
        case local
        /// That of all machines on a link.
        case broadcast
        /// That of a group.
        case multicast

        var bytes: [UInt8] {
            let number =
                switch self {
                case .unicast: RTN_UNICAST
                case .local: RTN_LOCAL
                case .broadcast: RTN_BROADCAST
                case .multicast: RTN_MULTICAST
                }
            return withUnsafeBytes(of: UInt32(number)) { [UInt8]($0) }
        }
    }
}
