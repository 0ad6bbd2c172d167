// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// A link (network interface) as the kernel reports it.
public struct Link: Hashable, Sendable {
    /// Its number in its namespace.
    public let index: UInt32
    /// Its name in its namespace, up to 15 bytes.
    public var name: String
    /// What it is; nil for a physical device and the loopback.
    public var kind: LinkKind?
    /// The settings that links of every kind have.
    public var attributes: LinkAttributes
    /// The index of the bridge or other link that it belongs to.
    public var master: UInt32?
    /// The index of the link that it is a pair with or rests on, in its own namespace or another.
    public var peer: UInt32?
    /// The number by which this namespace knows the peer's (`ip netns list-id`); nil if it is the same one.
    public var peerNamespace: Int32?
    /// Its settings as a bridge's port.
    public var port: BridgePort?
    /// Its settings as a port of something other than a bridge, as the kernel has them (IFLA_INFO_SLAVE_KIND and
    /// IFLA_INFO_SLAVE_DATA).
    public var portSettings = RawAttributes()
    /// What the kernel reports besides, but for statistics and other facts that change by themselves.
    public var other: RawAttributes
    /// Whether it can carry packets now (RFC 2863 ifOperStatus up or unknown).
    public var isOperational: Bool

    init?(_ message: Message) throws(MalformedMessage) {
        guard message.type == Int(RTM_NEWLINK) else { return nil }
        let header = try message.payload.header(ifinfomsg.self)
        let all = try Attributes(message.payload.after(ifinfomsg.self))
        guard let name = all.string(Int(IFLA_IFNAME)), header.ifi_index > 0 else {
            throw MalformedMessage("link without a name or index")
        }
        let information = try all.nest(Int(IFLA_LINKINFO))
        index = UInt32(header.ifi_index)
        self.name = name
        kind = try LinkKind(information)
        attributes = try LinkAttributes(all, flags: header.ifi_flags)
        master = try all.number(Int(IFLA_MASTER))
        peer = try all.number(Int(IFLA_LINK))
        peerNamespace = try all.number(Int(IFLA_LINK_NETNSID))
        port = try BridgePort(information)
        if port == nil {
            portSettings = information.only([Int(IFLA_INFO_SLAVE_KIND), Int(IFLA_INFO_SLAVE_DATA)])
        }
        // A link-layer address of another length, as of InfiniBand or a tunnel, is kept as it is.
        other = all.others(than: attributes.mac == nil ? Self.known : Self.known.with(Int(IFLA_ADDRESS)))
        let state = try all.number(Int(IFLA_OPERSTATE), UInt8.self) ?? 0
        isOperational = state == UInt8(IF_OPER_UP) || state == UInt8(IF_OPER_UNKNOWN)
    }

    /// The above, and what changes by itself: counters, the carrier, the state of queues and of the address families.
    private static let known = AttributeKinds([
        IFLA_IFNAME, IFLA_LINKINFO, IFLA_MASTER, IFLA_LINK, IFLA_LINK_NETNSID, IFLA_OPERSTATE, IFLA_MTU,
        IFLA_IFALIAS, IFLA_TXQLEN, IFLA_AF_SPEC, IFLA_STATS, IFLA_STATS64, IFLA_MAP,
        IFLA_CARRIER,
        IFLA_CARRIER_CHANGES, IFLA_CARRIER_UP_COUNT, IFLA_CARRIER_DOWN_COUNT, IFLA_QDISC, IFLA_PROMISCUITY,
        IFLA_ALLMULTI, IFLA_EVENT, IFLA_PROTINFO, IFLA_XDP, IFLA_PAD,
    ])
}
