// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import CLibNL

/// A route, as `ip route`.
public struct Route: Hashable, Sendable {
    /// What is routed.
    public var destination: IPPrefix
    /// The sources it is for; nil for all (IPv6).
    public var sources: IPPrefix?
    /// The type of service it is for; 0 for all (IPv4).
    public var typeOfService: UInt8 = 0
    /// The next hop; nil for a network that is on the link itself.
    ///
    /// An IPv4 route can have one of IPv6 (Linux 5.2).
    public var gateway: IPAddress?
    /// The ways among which the kernel chooses; none for a route with one way, which is ``gateway`` and a link.
    ///
    /// The kernel joins IPv6 routes of one destination and metric into one route of several ways.
    public var nexthops: [Nexthop] = []
    /// The nexthop object that leads to the gateway, as `nhid` of ip(8); nil for a gateway of the route's own.
    ///
    /// If it is ``ownNexthopID`` the object is made, replaced and removed with the route.
    public var nexthopID: UInt32?
    /// The source address that the route suggests.
    public var source: IPAddress?
    /// The routing table, 254 (main) by default.
    public var table: UInt32
    /// The metric; the lowest wins.
    ///
    /// In a request nil leaves it to the kernel (0 in IPv4, 1024 in IPv6).
    public var priority: UInt32?
    /// The MTU in bytes.
    public var mtu: UInt32?
    /// The largest TCP segment to announce, in bytes.
    public var advmss: UInt32?
    /// The other metrics (RTAX_…), as the kernel has them.
    public var otherMetrics = RawAttributes()
    /// How packets are wrapped (RTA_ENCAP_TYPE and RTA_ENCAP), as the kernel has it.
    public var encapsulation = RawAttributes()
    /// The preference among default routes of IPv6 (RFC 4191: 0 medium, 1 high, 3 low); nil leaves it to the kernel.
    public var preference: UInt8?
    /// How far it reaches; nil for what fits: the link without a gateway.
    public var scope: Scope?
    /// Whether the gateway is taken to be on the link though no network says so.
    public var isOnLink: Bool
    /// Who made the route.
    public var `protocol`: RoutingProtocol
    /// What becomes of its packets.
    public var type: RouteType
    /// What the kernel has besides.
    public var other = RawAttributes()

    /// The number of the main routing table.
    public static let mainTable: UInt32 = 254
    /// The number of the table of the machine's own addresses (RT_TABLE_LOCAL).
    public static let localTable: UInt32 = 255

    /// Whether packets go nowhere by it: it has no link of its own, though of IPv6's the kernel reports `lo`.
    public var leadsNowhere: Bool { type.leadsNowhere }

    /// Creates a unicast route in the main table.
    public init(_ destination: IPPrefix, via gateway: IPAddress? = nil) {
        self.destination = destination.network
        self.gateway = gateway
        table = Self.mainTable
        isOnLink = false
        `protocol` = .boot
        type = .unicast
    }

    /// The words of ip(8) for the route, without its link.
    public var text: String {
        let type = type == .unicast ? "" : "\(type) "
        let sources = sources.map { " from \($0)" } ?? ""
        let tos = typeOfService == 0 ? "" : " tos \(typeOfService)"
        let gateway = gateway.map { " via \($0)" } ?? ""
        let ways = nexthops.reduce("") { $0 + " \($1)" }
        let table = table == Self.mainTable ? "" : " table \(table)"
        let destination = destination.length == 0 ? "default" : destination.description
        return "\(type)\(destination)\(sources)\(tos)\(gateway)\(ways)\(table)"
    }
}

extension Batch {
    /// Adds, replaces or deletes a route through a link.
    ///
    /// As `ip route add DESTINATION via GATEWAY dev LINK`.
    ///
    /// - Parameter name: The link's name, for errors.
    public mutating func route(
        _ verb: Verb, _ route: Route, through index: UInt32?, named name: String? = nil
    ) {
        // The kernel removes a nexthop's routes with it.
        if verb == .delete {
            append("route delete \(route.text)\(name.map { " dev \($0)" } ?? "")", type: Int(RTM_DELROUTE)) {
                route.encode(into: &$0, verb: verb, index: index)
            }
            deleteOwnNexthop(of: route)
        } else {
            replaceOwnNexthop(of: route, through: index)
            append(
                "route \(verb) \(route.text)\(name.map { " dev \($0)" } ?? "")", type: Int(RTM_NEWROUTE),
                flags: verb.flags
            ) {
                route.encode(into: &$0, verb: verb, index: index)
            }
        }
    }
}

extension RoutingSocket {
    /// The routes of a table, of a link, of a protocol, or all.
    ///
    /// As `ip route show [table TABLE] [dev LINK]`.
    public func routes(
        _ family: IPAddress.Family, table: UInt32? = nil, through index: UInt32? = nil,
        protocol: RoutingProtocol? = nil
    ) throws(NetlinkError) -> [(index: UInt32?, route: Route)] {
        let operation = "route show"
        let messages: [Message]
        do throws(NetlinkError) {
            messages = try socket.dump(operation, type: Int(RTM_GETROUTE)) { request in
                var header = rtmsg()
                header.rtm_family = family.number
                header.rtm_protocol = `protocol`?.rawValue ?? 0
                request.header(header)
                if let table { request.attribute(Int(RTA_TABLE.rawValue), table) }
                if let index { request.attribute(Int(RTA_OIF.rawValue), index) }
            }
        } catch  where error.meansAbsence {
            return []  // strict dumps of a table that has never had a route answer ENOENT
        }
        return try NetlinkSocket.decode(operation, messages, Route.decode).filter {
            $0.route.destination.family == family && (table == nil || $0.route.table == table)
                && (index == nil || $0.index == index || $0.route.hasWay(through: index))
                && (`protocol` == nil || $0.route.protocol == `protocol`)
        }
    }
}
