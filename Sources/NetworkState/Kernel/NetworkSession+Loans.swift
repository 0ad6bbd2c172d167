// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

extension NetworkSession {
    /// Refuses to lend a link to a container without which the host has no way out.
    func refuseLastWayOut(of state: NetworkState, with found: ObservedState) throws(StateError) {
        for item in state.items {
            guard case .link(let link) = item.object, let loan = link.loan,
                found.link(link.name, in: item.place) == nil
            else { continue }
            for family in IPAddress.Family.allCases where try isOnlyWayOut(loan.name, family, in: loan.place)
            {
                throw StateError(
                    .taken(
                        "\(loan.name) has the host's only \(family == .v4 ? "IPv4" : "IPv6") default route"))
            }
        }
    }

    private func isOnlyWayOut(
        _ link: String, _ family: IPAddress.Family, in place: Place
    ) throws(StateError) -> Bool {
        guard try hasLink(link, in: place) else { return false }
        let socket = try routing(place)
        let index = try index(of: link, in: place)
        let ways = try netlink { () throws(NetlinkError) in
            try socket.routes(family, table: Route.mainTable)
        }
        .filter { $0.route.destination.length == 0 && $0.index != nil }
        return !ways.isEmpty && ways.allSatisfy { $0.index == index }
    }
}
