// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// The objects of nf_tables, as nft(8) has them: tables, chains, sets, elements and rules.
///
/// All are plain values that ask nothing of the kernel; ``NFTablesSocket`` reads and ``NFTablesBatch``
/// changes. What is read compares equal to what was written, so that a difference means something.
public enum NFTables {
    /// Which packets a table sees.
    public enum Family: Hashable, Sendable, CaseIterable {
        /// IPv4 and IPv6.
        case inet
        /// IPv4.
        case ip
        /// IPv6.
        case ip6
        /// Frames that cross a bridge.
        case bridge
        /// Packets on their way in from a device.
        case netdev
        /// ARP.
        case arp
    }

    /// What a table goes by: `inet cni`.
    public struct TableName: Hashable, Sendable {
        /// The packets that the table sees.
        public let family: Family
        /// Its name in its family, up to 255 bytes.
        public let name: String

        /// Creates a name.
        public init(_ family: Family, _ name: String) {
            self.family = family
            self.name = name
        }
    }
}

extension NFTables.Family: CustomStringConvertible {
    /// The word of nft(8).
    public var description: String {
        switch self {
        case .inet: "inet"
        case .ip: "ip"
        case .ip6: "ip6"
        case .bridge: "bridge"
        case .netdev: "netdev"
        case .arp: "arp"
        }
    }

    /// The NFPROTO_… number.
    var number: UInt8 {
        switch self {
        case .inet: UInt8(NFPROTO_INET)
        case .ip: UInt8(NFPROTO_IPV4)
        case .ip6: UInt8(NFPROTO_IPV6)
        case .bridge: UInt8(NFPROTO_BRIDGE)
        case .netdev: UInt8(NFPROTO_NETDEV)
        case .arp: UInt8(NFPROTO_ARP)
        }
    }

    init?(number: UInt8) {
        guard let family = Self.allCases.first(where: { $0.number == number }) else { return nil }
        self = family
    }
}

extension NFTables.TableName: CustomStringConvertible {
    /// `inet cni`.
    public var description: String { "\(family) \(name)" }
}
