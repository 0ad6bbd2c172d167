// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

extension NetworkSession {
    /// The link that others can rest on: that of a name, or without one that of the default route; nil if there is none.
    ///
    /// IPv4's default route with the lowest metric comes before IPv6's.
    package func parentLink(_ name: String?, in place: Place) throws(StateError) -> LinkState? {
        let socket = try routing(place)
        let reference: LinkReference? = if let name { .name(name) } else { try defaultLink(socket) }
        guard let reference else { return nil }
        let link = try netlink { () throws(NetlinkError) in try socket.link(reference) }
        if let link { indices[link.name, in: place] = link.index }
        return link.map { LinkState($0, master: nil) }
    }

    private func defaultLink(_ socket: RoutingSocket) throws(StateError) -> LinkReference? {
        for family in IPAddress.Family.allCases {
            let ways = try netlink { () throws(NetlinkError) in
                try socket.routes(family, table: Route.mainTable)
            }
            .filter { $0.route.destination.length == 0 }
            .sorted { ($0.route.priority ?? 0) < ($1.route.priority ?? 0) }
            // A route of several ways has no link of its own.
            for way in ways {
                if let index = way.index ?? way.route.nexthops.first?.index { return .index(index) }
            }
        }
        return nil
    }
}
