// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import CLibNL

extension NFTables {
    /// Something of a packet that a rule can look at, in the words of nft(8).
    public enum Selector: Hashable, Sendable {
        /// `ip saddr` or `ip6 saddr`
        case saddr(IPAddress.Family)
        /// `ip daddr` or `ip6 daddr`
        case daddr(IPAddress.Family)
        /// `ether saddr`
        case etherSaddr
        /// `ether daddr`
        case etherDaddr
        /// `iifname`
        case iifname
        /// `oifname`
        case oifname
        /// `meta l4proto`
        case l4proto
        /// `th sport`
        case thSport
        /// `th dport`
        case thDport
        /// `meta mark`
        case mark
    }
}

extension NFTables.Selector {
    /// What it is, as a key of a set.
    public var type: NFTables.FieldType {
        switch self {
        case .saddr(let family), .daddr(let family): family == .v4 ? .ipv4Address : .ipv6Address
        case .etherSaddr, .etherDaddr: .etherAddress
        case .iifname, .oifname: .ifname
        case .l4proto: .inetProtocol
        case .thSport, .thDport: .inetService
        case .mark: .mark
        }
    }

    /// The step that loads it, or only its first `length` bytes.
    func load(into register: NFTables.Register, length: Int? = nil) -> NFTables.Expression {
        func payload(_ header: NFTables.Payload.Header, _ offset: UInt32) -> NFTables.Expression {
            .payload(
                NFTables.Payload(header, offset: offset, length: UInt32(length ?? type.length)),
                into: register)
        }
        return switch self {
        // Offsets as in RFC 791, RFC 8200, IEEE 802.3 and RFC 9293.
        case .saddr(let family): payload(.network, family == .v4 ? 12 : 8)
        case .daddr(let family): payload(.network, family == .v4 ? 16 : 24)
        case .etherSaddr: payload(.link, 6)
        case .etherDaddr: payload(.link, 0)
        case .thSport: payload(.transport, 0)
        case .thDport: payload(.transport, 2)
        case .iifname: .meta(.iifname, into: register)
        case .oifname: .meta(.oifname, into: register)
        case .l4proto: .meta(.l4proto, into: register)
        case .mark: .meta(.mark, into: register)
        }
    }

    /// The steps that make sure that a packet in a table of this family has it at all: as nft(8) puts them
    /// before the load, and leaves them out again when it lists the rule.
    func precondition(in family: NFTables.Family) -> [NFTables.Expression] {
        switch self {
        case .saddr(let version), .daddr(let version): Self.precondition(version, in: family)
        case .etherSaddr, .etherDaddr:
            switch family {
            case .inet, .ip, .ip6: [.meta(.iiftype), .compare(.r0, .equal, Self.ethernet)]
            case .bridge, .netdev, .arp: []
            }
        default: []
        }
    }

    private static func precondition(
        _ version: IPAddress.Family, in family: NFTables.Family
    ) -> [NFTables.Expression] {
        switch (family, version) {
        case (.ip, .v4), (.ip6, .v6): []
        case (.bridge, _), (.netdev, _), (.arp, _):
            [.meta(.protocol), .compare(.r0, .equal, version == .v4 ? [0x08, 0x00] : [0x86, 0xdd])]
        default:
            [.meta(.nfproto), .compare(.r0, .equal, [UInt8(version == .v4 ? NFPROTO_IPV4 : NFPROTO_IPV6)])]
        }
    }

    /// ARPHRD_ETHER.
    private static var ethernet: [UInt8] { withUnsafeBytes(of: UInt16(1)) { [UInt8]($0) } }
}
