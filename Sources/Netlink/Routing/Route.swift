// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import CLibNL

/// A route, as `ip route`.
public struct Route: Hashable, Sendable {
    /// What is routed.
    public var destination: IPPrefix
    /// The next hop; nil for a network that is on the link itself.
    public var gateway: IPAddress?
    /// The nexthop object that leads to the gateway, as `nhid` of ip(8); nil for a gateway of the route's own.
    ///
    /// If it is ``ownNexthopID`` the object is made, replaced and removed with the route.
    public var nexthopID: UInt32?
    /// The source address that the route suggests.
    public var source: IPAddress?
    /// The routing table, 254 (main) unless told otherwise.
    public var table: UInt32
    /// The metric; the lowest wins.
    ///
    /// In a request nil leaves it to the kernel (0 in IPv4, 1024 in IPv6).
    public var priority: UInt32?
    /// The largest packet in bytes.
    public var mtu: UInt32?
    /// The largest TCP segment to announce, in bytes.
    public var advmss: UInt32?
    /// The scope (RT_SCOPE_…, 0 global, 253 link, 254 host); nil for what fits: link without a gateway.
    public var scope: UInt8?
    /// Whether the gateway is taken to be on the link though no network says so.
    public var isOnLink: Bool
    /// Who made the route (RTPROT_…, 3 boot, 4 static; of one's own from 64 up).
    public var origin: UInt8
    /// The kind (RTN_…, 1 unicast, 6 blackhole, 7 unreachable).
    public var kind: UInt8

    /// The number of the main routing table.
    public static let mainTable: UInt32 = 254

    /// Creates a unicast route in the main table.
    public init(_ destination: IPPrefix, via gateway: IPAddress? = nil) {
        self.destination = destination.network
        self.gateway = gateway
        table = Self.mainTable
        isOnLink = false
        origin = UInt8(RTPROT_BOOT)
        kind = UInt8(RTN_UNICAST)
    }

    /// The words of ip(8) for the route, without its link.
    public var text: String {
        let gateway = gateway.map { " via \($0)" } ?? ""
        let table = table == Self.mainTable ? "" : " table \(table)"
        return "\(destination.length == 0 ? "default" : destination.description)\(gateway)\(table)"
    }

    func encode(into request: inout NetlinkRequest, verb: Verb, index: UInt32?) {
        var header = rtmsg()
        header.rtm_family = destination.family.number
        header.rtm_dst_len = UInt8(destination.length)
        header.rtm_table = table < 256 ? UInt8(table) : UInt8(RT_TABLE_COMPAT.rawValue)
        header.rtm_protocol = origin
        header.rtm_type = kind
        // As `ip route delete` does: nowhere stands for any scope.
        let whatFits: UInt8 =
            gateway == nil && destination.family == .v4
            ? UInt8(RT_SCOPE_LINK.rawValue) : UInt8(RT_SCOPE_UNIVERSE.rawValue)
        header.rtm_scope = scope ?? (verb == .delete ? UInt8(RT_SCOPE_NOWHERE.rawValue) : whatFits)
        // With a nexthop the way is the nexthop's alone (rtm_to_fib_config()).
        if nexthopID == nil, isOnLink { header.rtm_flags = UInt32(RTNH_F_ONLINK) }
        request.header(header)
        if destination.length > 0 { request.attribute(Int(RTA_DST.rawValue), bytes: destination.first.bytes) }
        if let nexthopID {
            request.attribute(Int(RTA_NH_ID.rawValue), nexthopID)
        } else {
            if let gateway { request.attribute(Int(RTA_GATEWAY.rawValue), bytes: gateway.bytes) }
            if let index { request.attribute(Int(RTA_OIF.rawValue), index) }
        }
        if let source { request.attribute(Int(RTA_PREFSRC.rawValue), bytes: source.bytes) }
        if table >= 256 { request.attribute(Int(RTA_TABLE.rawValue), table) }
        if let priority { request.attribute(Int(RTA_PRIORITY.rawValue), priority) }
        if mtu != nil || advmss != nil {
            request.nest(Int(RTA_METRICS.rawValue)) { request in
                if let mtu { request.attribute(Int(RTAX_MTU), mtu) }
                if let advmss { request.attribute(Int(RTAX_ADVMSS), advmss) }
            }
        }
    }

    /// Decodes an RTM_NEWROUTE message into the link's index and the route; nil for one of another family
    /// or a cached one.
    static func decode(_ message: Message) throws(MalformedMessage) -> (index: UInt32?, route: Route)? {
        guard message.type == Int(RTM_NEWROUTE) else { return nil }
        let header = try message.payload.header(rtmsg.self)
        let all = try Attributes(message.payload.after(rtmsg.self))
        guard let family = IPAddress.Family(number: header.rtm_family),
            header.rtm_flags & UInt32(RTM_F_CLONED) == 0
        else { return nil }
        let first = all[Int(RTA_DST.rawValue)].flatMap { IPAddress(bytes: $0) } ?? .unspecified(family)
        guard let destination = IPPrefix(first, length: Int(header.rtm_dst_len)) else {
            throw MalformedMessage("route with a prefix of \(header.rtm_dst_len) bits")
        }
        var route = Route(
            destination, via: all[Int(RTA_GATEWAY.rawValue)].flatMap { IPAddress(bytes: $0) })
        route.nexthopID = all.number(Int(RTA_NH_ID.rawValue))
        route.source = all[Int(RTA_PREFSRC.rawValue)].flatMap { IPAddress(bytes: $0) }
        route.table = all.number(Int(RTA_TABLE.rawValue)) ?? UInt32(header.rtm_table)
        route.priority = all.number(Int(RTA_PRIORITY.rawValue))
        let metrics = try all.nest(Int(RTA_METRICS.rawValue))
        route.mtu = metrics.number(Int(RTAX_MTU))
        route.advmss = metrics.number(Int(RTAX_ADVMSS))
        route.scope = header.rtm_scope
        route.isOnLink = header.rtm_flags & UInt32(RTNH_F_ONLINK) != 0
        route.origin = header.rtm_protocol
        route.kind = header.rtm_type
        return (all.number(Int(RTA_OIF.rawValue)), route)
    }
}

extension Batch {
    /// Adds, replaces or deletes a route through a link.
    ///
    /// As `ip route add DESTINATION via GATEWAY dev LINK`.
    public mutating func route(_ verb: Verb, _ route: Route, through index: UInt32?) {
        // The kernel removes a nexthop's routes with it.
        if verb == .delete {
            append("route delete \(route.text)", type: Int(RTM_DELROUTE)) {
                route.encode(into: &$0, verb: verb, index: index)
            }
            deleteOwnNexthop(of: route)
        } else {
            replaceOwnNexthop(of: route, through: index)
            append("route \(verb) \(route.text)", type: Int(RTM_NEWROUTE), flags: verb.flags) {
                route.encode(into: &$0, verb: verb, index: index)
            }
        }
    }
}

extension RoutingSocket {
    /// The routes of a table, of a link, of an origin, or all.
    ///
    /// As `ip route show [table TABLE] [dev LINK]`.
    public func routes(
        _ family: IPAddress.Family, table: UInt32? = nil, through index: UInt32? = nil, origin: UInt8? = nil
    ) throws(NetlinkError) -> [(index: UInt32?, route: Route)] {
        let operation = "route show"
        let messages: [Message]
        do throws(NetlinkError) {
            messages = try socket.dump(operation, type: Int(RTM_GETROUTE)) { request in
                var header = rtmsg()
                header.rtm_family = family.number
                header.rtm_protocol = origin ?? 0
                request.header(header)
                if let table { request.attribute(Int(RTA_TABLE.rawValue), table) }
                if let index { request.attribute(Int(RTA_OIF.rawValue), index) }
            }
        } catch  where error.meansAbsence {
            return []  // strict dumps of a table that has never had a route answer ENOENT
        }
        return try NetlinkSocket.decode(operation, messages, Route.decode).filter {
            $0.route.destination.family == family && (table == nil || $0.route.table == table)
                && (index == nil || $0.index == index) && (origin == nil || $0.route.origin == origin)
        }
    }
}
