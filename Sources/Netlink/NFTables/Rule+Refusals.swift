// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

extension NFTables {
    /// The unit of time of a rate.
    public enum RateUnit: UInt64, Hashable, Sendable {
        /// Per second.
        case second = 1
        /// Per minute.
        case minute = 60
        /// Per hour.
        case hour = 3600
        /// Per day.
        case day = 86400
    }
}

// Statements that have no case of their own among the expressions: their attributes are written as they are.
extension NFTables.Rule {
    /// `limit rate 10/second`, or with `isOver` `limit rate over 10/second`: matches as many packets, or those beyond.
    public func limit(
        _ rate: UInt64, per unit: NFTables.RateUnit, burst: UInt32 = 5, isOver: Bool = false
    ) -> NFTables.Rule {
        var attributes = RawAttributes()
        attributes.append(Int(NFTA_LIMIT_RATE.rawValue), Self.bytes(rate))
        attributes.append(Int(NFTA_LIMIT_UNIT.rawValue), Self.bytes(unit.rawValue))
        attributes.append(Int(NFTA_LIMIT_BURST.rawValue), Self.bytes(burst))
        attributes.append(Int(NFTA_LIMIT_TYPE.rawValue), Self.bytes(NFT_LIMIT_PKTS.rawValue))
        attributes.append(Int(NFTA_LIMIT_FLAGS.rawValue), Self.bytes(isOver ? NFT_LIMIT_F_INV.rawValue : 0))
        return then(.other(name: "limit", attributes: attributes.bytes))
    }

    /// `reject`: drops the packet and tells the sender that there is nobody at the port.
    public func reject() -> NFTables.Rule {
        // ICMP_PORT_UNREACH of RFC 792 and ICMPV6_PORT_UNREACH of RFC 4443; in tables of several families the kernel's own.
        let (type, code): (nft_reject_types, UInt8) =
            switch table.family {
            case .ip: (NFT_REJECT_ICMP_UNREACH, 3)
            case .ip6: (NFT_REJECT_ICMP_UNREACH, 4)
            case .inet, .bridge, .arp, .netdev:
                (NFT_REJECT_ICMPX_UNREACH, UInt8(NFT_REJECT_ICMPX_PORT_UNREACH.rawValue))
            }
        var attributes = RawAttributes()
        attributes.append(Int(NFTA_REJECT_TYPE.rawValue), Self.bytes(type.rawValue))
        attributes.append(Int(NFTA_REJECT_ICMP_CODE.rawValue), [code])
        return then(.other(name: "reject", attributes: attributes.bytes))
    }

    /// In network byte order.
    private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { [UInt8]($0) }
    }
}
