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
    /// The other metrics (RTAX_…), as the kernel has them.
    public var otherMetrics = RawAttributes()
    /// How packets are wrapped (RTA_ENCAP_TYPE and RTA_ENCAP), as the kernel has it.
    public var encapsulation = RawAttributes()
    /// The preference among default routes of IPv6 (RFC 4191: 0 medium, 1 high, 3 low); nil leaves it to the kernel.
    public var preference: UInt8?
    /// The scope (RT_SCOPE_…, 0 global, 253 link, 254 host); nil for what fits: link without a gateway.
    public var scope: UInt8?
    /// Whether the gateway is taken to be on the link though no network says so.
    public var isOnLink: Bool
    /// Who made the route (RTPROT_…, 3 boot, 4 static; of one's own from 64 up).
    public var origin: UInt8
    /// The kind (RTN_…, 1 unicast, 6 blackhole, 7 unreachable).
    public var kind: UInt8
    /// What the kernel has besides.
    public var other = RawAttributes()

    /// The number of the main routing table.
    public static let mainTable: UInt32 = 254

    /// The origin of routes that the kernel makes itself (RTPROT_KERNEL).
    public static let kernelOrigin: UInt8 = 2
    /// The origin of a route or rule whose author says nothing, as with ip(8) (RTPROT_BOOT).
    public static let usualOrigin: UInt8 = 3
    /// The origin of routes that a router advertisement has brought (RTPROT_RA).
    public static let advertisedOrigin: UInt8 = 9

    /// The kind of routes that drop what they lead to (RTN_BLACKHOLE).
    public static let blackhole = UInt8(RTN_BLACKHOLE)

    /// Whether packets go nowhere by it: it has no link of its own, though of IPv6's the kernel reports `lo`.
    public var leadsNowhere: Bool {
        [RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT, RTN_THROW].contains(Int(kind))
    }

    /// Creates a unicast route in the main table.
    public init(_ destination: IPPrefix, via gateway: IPAddress? = nil) {
        self.destination = destination.network
        self.gateway = gateway
        table = Self.mainTable
        isOnLink = false
        origin = Self.usualOrigin
        kind = UInt8(RTN_UNICAST)
    }

    /// The words of ip(8) for the route, without its link.
    public var text: String {
        let kind = Self.word(kind).map { "\($0) " } ?? ""
        let sources = sources.map { " from \($0)" } ?? ""
        let tos = typeOfService == 0 ? "" : " tos \(typeOfService)"
        let gateway = gateway.map { " via \($0)" } ?? ""
        let ways = nexthops.reduce("") { $0 + " \($1)" }
        let table = table == Self.mainTable ? "" : " table \(table)"
        let destination = destination.length == 0 ? "default" : destination.description
        return "\(kind)\(destination)\(sources)\(tos)\(gateway)\(ways)\(table)"
    }

    /// The word for a kind that is not unicast.
    private static func word(_ kind: UInt8) -> String? {
        switch Int(kind) {
        case RTN_UNICAST: nil
        case RTN_LOCAL: "local"
        case RTN_BROADCAST: "broadcast"
        case RTN_ANYCAST: "anycast"
        case RTN_MULTICAST: "multicast"
        case RTN_BLACKHOLE: "blackhole"
        case RTN_UNREACHABLE: "unreachable"
        case RTN_PROHIBIT: "prohibit"
        case RTN_THROW: "throw"
        default: "type \(kind)"
        }
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
                && (index == nil || $0.index == index || $0.route.hasWay(through: index))
                && (origin == nil || $0.route.origin == origin)
        }
    }
}
