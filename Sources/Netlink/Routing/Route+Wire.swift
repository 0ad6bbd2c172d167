// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CLibNL

extension Route {
    func encode(into request: inout NetlinkRequest, verb: Verb, index: UInt32?) {
        request.header(header(verb))
        if destination.length > 0 { request.attribute(Int(RTA_DST.rawValue), bytes: destination.first.bytes) }
        if let sources { request.attribute(Int(RTA_SRC.rawValue), bytes: sources.first.bytes) }
        if let nexthopID {
            request.attribute(Int(RTA_NH_ID.rawValue), nexthopID)
        } else if !nexthops.isEmpty {
            request.attribute(
                Int(RTA_MULTIPATH.rawValue), bytes: nexthops.flatMap { $0.bytes(family: destination.family) })
        } else {
            if let gateway {
                let way = Self.attribute(of: gateway, in: destination.family)
                request.attribute(way.kind, bytes: way.content)
            }
            if let index { request.attribute(Int(RTA_OIF.rawValue), index) }
        }
        if let source { request.attribute(Int(RTA_PREFSRC.rawValue), bytes: source.bytes) }
        if table >= 256 { request.attribute(Int(RTA_TABLE.rawValue), table) }
        if let priority { request.attribute(Int(RTA_PRIORITY.rawValue), priority) }
        if mtu != nil || advmss != nil || !otherMetrics.isEmpty {
            request.nest(Int(RTA_METRICS.rawValue)) { request in
                if let mtu { request.attribute(Int(RTAX_MTU), mtu) }
                if let advmss { request.attribute(Int(RTAX_ADVMSS), advmss) }
                request.append(otherMetrics)
            }
        }
        if let preference { request.attribute(Int(RTA_PREF.rawValue), preference) }
        request.append(encapsulation)
        request.append(other)
    }

    private func header(_ verb: Verb) -> rtmsg {
        var header = rtmsg()
        header.rtm_family = destination.family.number
        header.rtm_dst_len = UInt8(destination.length)
        header.rtm_src_len = UInt8(sources?.length ?? 0)
        header.rtm_tos = typeOfService
        header.rtm_table = table < 256 ? UInt8(table) : UInt8(RT_TABLE_COMPAT.rawValue)
        header.rtm_protocol = `protocol`.rawValue
        header.rtm_type = type.rawValue
        // As `ip route delete` does: nowhere stands for any scope.
        let whatFits: Scope =
            gateway == nil && nexthops.isEmpty && destination.family == .v4 ? .link : .global
        header.rtm_scope = (scope ?? (verb == .delete ? .nowhere : whatFits)).rawValue
        // With a nexthop the way is the nexthop's alone (rtm_to_fib_config()).
        if nexthopID == nil, isOnLink { header.rtm_flags = UInt32(RTNH_F_ONLINK) }
        return header
    }

    /// RTA_GATEWAY, or RTA_VIA for a gateway of another family: struct rtvia.
    static func attribute(
        of gateway: IPAddress, in family: IPAddress.Family
    ) -> (kind: Int, content: [UInt8]) {
        if gateway.family == family { return (Int(RTA_GATEWAY.rawValue), gateway.bytes) }
        let number = withUnsafeBytes(of: UInt16(gateway.family.number)) { [UInt8]($0) }
        return (Int(RTA_VIA.rawValue), number + gateway.bytes)
    }

    /// The gateway in RTA_GATEWAY or RTA_VIA.
    static func gateway(_ all: Attributes) throws(MalformedMessage) -> IPAddress? {
        if let gateway = try all.address(Int(RTA_GATEWAY.rawValue)) { return gateway }
        guard let via = all[Int(RTA_VIA.rawValue)] else { return nil }
        guard let gateway = IPAddress(bytes: via.dropFirst(2)) else {
            throw MalformedMessage("gateway of \(via.count) bytes")
        }
        return gateway
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
        let destination = try prefix(all, Int(RTA_DST.rawValue), header.rtm_dst_len, family)
        var route = Route(destination, via: try gateway(all))
        if header.rtm_src_len > 0 {
            route.sources = try prefix(all, Int(RTA_SRC.rawValue), header.rtm_src_len, family)
        }
        route.typeOfService = header.rtm_tos
        route.nexthopID = try all.number(Int(RTA_NH_ID.rawValue))
        route.source = try all.address(Int(RTA_PREFSRC.rawValue))
        route.table = try all.number(Int(RTA_TABLE.rawValue)) ?? UInt32(header.rtm_table)
        route.priority = try all.number(Int(RTA_PRIORITY.rawValue))
        if let bytes = all[Int(RTA_METRICS.rawValue)] {
            let metrics = try Attributes(bytes)
            route.mtu = try metrics.number(Int(RTAX_MTU))
            route.advmss = try metrics.number(Int(RTAX_ADVMSS))
            route.otherMetrics = metrics.others(than: [Int(RTAX_MTU), Int(RTAX_ADVMSS)])
        }
        if let bytes = all[Int(RTA_MULTIPATH.rawValue)] { route.nexthops = try Nexthop.all(in: bytes) }
        route.preference = try all.number(Int(RTA_PREF.rawValue))
        route.encapsulation = all.only([Int(RTA_ENCAP_TYPE.rawValue), Int(RTA_ENCAP.rawValue)])
        route.scope = Scope(rawValue: header.rtm_scope)
        route.isOnLink = header.rtm_flags & UInt32(RTNH_F_ONLINK) != 0
        route.protocol = RoutingProtocol(rawValue: header.rtm_protocol)
        route.type = RouteType(rawValue: header.rtm_type)
        route.other = all.others(than: known)
        return (try all.number(Int(RTA_OIF.rawValue)), route)
    }

    /// The above, and what is no setting: how long ago the route was used.
    private static let known = AttributeKinds([
        Int(RTA_DST.rawValue), Int(RTA_SRC.rawValue), Int(RTA_OIF.rawValue), Int(RTA_GATEWAY.rawValue),
        Int(RTA_VIA.rawValue), Int(RTA_NH_ID.rawValue), Int(RTA_PREFSRC.rawValue), Int(RTA_TABLE.rawValue),
        Int(RTA_PRIORITY.rawValue),
        Int(RTA_METRICS.rawValue), Int(RTA_MULTIPATH.rawValue), Int(RTA_PREF.rawValue),
        Int(RTA_ENCAP_TYPE.rawValue), Int(RTA_ENCAP.rawValue), Int(RTA_CACHEINFO.rawValue),
        Int(RTA_PAD.rawValue),
    ])

    private static func prefix(
        _ all: Attributes, _ kind: Int, _ length: UInt8, _ family: IPAddress.Family
    ) throws(MalformedMessage) -> IPPrefix {
        let first = try all.address(kind) ?? .unspecified(family)
        guard first.family == family, let prefix = IPPrefix(first, length: Int(length)) else {
            throw MalformedMessage("route with a prefix of \(length) bits")
        }
        return prefix
    }
}
