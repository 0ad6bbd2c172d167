// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import CLibNL

/// A change in a network namespace, by whomever.
public enum NetworkEvent: Hashable, Sendable {
    /// A link is there, or has other settings than before; or it is gone.
    case link(Link, isRemoved: Bool)
    /// An address of the link with that number.
    case address(InterfaceAddress, index: UInt32, isRemoved: Bool)
    /// A route, through the link with that number if it is through one.
    case route(Route, index: UInt32?, isRemoved: Bool)
    /// A routing policy rule.
    case rule(Rule, isRemoved: Bool)
    /// A nexthop object with that number; its routes go with it, which is not reported.
    case nexthop(UInt32, isRemoved: Bool)
    /// A neighbour on the link with that number.
    case neighbour(Neighbour, index: UInt32, isRemoved: Bool)
    /// A forwarding entry of the link with that number.
    case forwarding(ForwardingEntry, index: UInt32, isRemoved: Bool)
    /// Whether the namespace forwards packets of a family: net.ipv4.ip_forward, net.ipv6.conf.all.forwarding.
    case packetForwarding(IPAddress.Family, isOn: Bool)
    /// Something in an nf_tables table, or the table itself.
    case table(NFTables.TableName)
    /// The kernel had more to tell than there was room for: everything has to be looked at again.
    case lost

    /// Decodes a message of rtnetlink; nil for one about something else.
    static func routing(_ message: Message) throws(MalformedMessage) -> NetworkEvent? {
        // Each kind has four numbers: NEW, DEL, GET and SET.
        let isRemoved = message.type & 3 == 1
        guard isRemoved || message.type & 3 == 0 else { return nil }
        let object = message.withType(message.type & ~3)
        switch object.type {
        case Int(RTM_NEWLINK): return try Link(object).map { .link($0, isRemoved: isRemoved) }
        case Int(RTM_NEWADDR):
            return try InterfaceAddress.decode(object).map {
                .address($0.address, index: $0.index, isRemoved: isRemoved)
            }
        case Int(RTM_NEWROUTE):
            return try Route.decode(object).map { .route($0.route, index: $0.index, isRemoved: isRemoved) }
        case Int(RTM_NEWRULE): return try Rule.decode(object).map { .rule($0, isRemoved: isRemoved) }
        case Int(RTM_NEWNEXTHOP): return try nexthop(object).map { .nexthop($0, isRemoved: isRemoved) }
        case Int(RTM_NEWNEIGH):
            if let entry = try ForwardingEntry.decode(object) {
                return .forwarding(entry.entry, index: entry.index, isRemoved: isRemoved)
            }
            return try Neighbour.decode(object).map {
                .neighbour($0.entry, index: $0.index, isRemoved: isRemoved)
            }
        case Int(RTM_NEWNETCONF): return try packetForwarding(object)
        default: return nil
        }
    }

    /// Decodes an RTM_NEWNETCONF message; nil for one about a single link or another setting.
    private static func packetForwarding(_ message: Message) throws(MalformedMessage) -> NetworkEvent? {
        let header = try message.payload.header(netconfmsg.self)
        let all = try Attributes(message.payload.after(netconfmsg.self))
        guard let family = IPAddress.Family(number: header.ncm_family),
            try all.number(Int(NETCONFA_IFINDEX), Int32.self) == NETCONFA_IFINDEX_ALL,
            let value = try all.number(Int(NETCONFA_FORWARDING), Int32.self)
        else { return nil }
        return .packetForwarding(family, isOn: value != 0)
    }

    /// Decodes a message of nf_tables; nil for one about no table.
    static func firewall(_ message: Message) throws(MalformedMessage) -> NetworkEvent? {
        guard message.type >> 8 == Int(NFNL_SUBSYS_NFTABLES),
            message.type & 0xff != Int(NFT_MSG_NEWGEN.rawValue)
        else { return nil }
        let header = try message.payload.header(nfgenmsg.self)
        guard let family = NFTables.Family(number: header.nfgen_family) else { return nil }
        let attributes = try Attributes(message.payload.after(nfgenmsg.self))
        // The table's name is the first attribute of every kind: NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_TABLE…
        return attributes.string(Int(NFTA_TABLE_NAME.rawValue)).map { .table(NFTables.TableName(family, $0)) }
    }
}
