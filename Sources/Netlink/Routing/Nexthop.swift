// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CLibNL

/// Nexthop objects, as `ip nexthop` (Linux 5.3).
///
/// For thousands of IPv4 routes through one link: the kernel compares a new gateway with those of all other routes through
/// the link (`fib_create_info()`), but finds a nexthop by its number. 5,000 routes come four times as fast, their
/// nexthops included. IPv6 has no such comparison.
extension Route {
    /// The number of a nexthop that is the route's own: the first address of an IPv4 destination; nil for others.
    ///
    /// Of routes whose destinations begin with one address, one can have a nexthop of its own.
    public var ownNexthopID: UInt32? {
        guard destination.family == .v4, destination.first.bits != 0 else { return nil }
        return UInt32(truncatingIfNeeded: destination.first.bits)
    }

    /// ``nexthopID``, if that is the route's own.
    fileprivate var ownNexthop: UInt32? { nexthopID == ownNexthopID ? nexthopID : nil }
}

extension Batch {
    /// Makes or replaces a route's own nexthop, if it has one.
    ///
    /// As `ip nexthop replace id ID via GATEWAY dev LINK`: one that a route has left when others removed that is as good
    /// as none.
    mutating func replaceOwnNexthop(of route: Route, through index: UInt32?) {
        guard let id = route.ownNexthop else { return }
        append("nexthop replace id \(id)", type: Int(RTM_NEWNEXTHOP), flags: Verb.replace.flags) { request in
            var header = nhmsg()
            header.nh_family = route.destination.family.number
            header.nh_protocol = route.protocol.rawValue
            header.nh_flags = route.isOnLink ? UInt32(RTNH_F_ONLINK) : 0
            request.header(header)
            request.attribute(Int(NHA_ID), id)
            if let gateway = route.gateway { request.attribute(Int(NHA_GATEWAY), bytes: gateway.bytes) }
            if let index { request.attribute(Int(NHA_OIF), index) }
        }
    }

    /// Removes a route's own nexthop, if it has one.
    mutating func deleteOwnNexthop(of route: Route) {
        guard let id = route.ownNexthop else { return }
        append("nexthop delete id \(id)", type: Int(RTM_DELNEXTHOP)) { request in
            request.header(nhmsg())
            request.attribute(Int(NHA_ID), id)
        }
    }
}

extension NetworkEvent {
    /// Decodes an RTM_NEWNEXTHOP message into the nexthop's number; nil for one without.
    static func nexthop(_ message: Message) throws(MalformedMessage) -> UInt32? {
        try Attributes(message.payload.after(nhmsg.self)).number(Int(NHA_ID))
    }
}
