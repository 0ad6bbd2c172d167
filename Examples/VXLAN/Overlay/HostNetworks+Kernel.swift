// SPDX-License-Identifier: Apache-2.0

internal import Addressing
public import Netlink
internal import NetworkState

extension HostNetworks {
    /// Reads what the host has of its own, of the namespace that a session is with.
    ///
    /// - Parameter routeProtocol: The protocol number of the overlay's routes.
    public init(
        of configuration: OverlayConfiguration, by socket: RoutingSocket,
        routeProtocol: RoutingProtocol = OverlayNode.usualRouteProtocol
    ) throws(NetlinkError) {
        var names: [UInt32: String] = [:]
        for link in try socket.links() { names[link.index] = link.name }
        var objects: [Object] = []
        for (index, address) in try socket.addresses() {
            objects.append(.address(address, link: names[index] ?? "index \(index)"))
        }
        for family in configuration.families {
            for (index, route) in try socket.routes(family, table: Route.mainTable)
            where index == nil || route.protocol != routeProtocol {
                objects.append(.route(route, link: index.map { names[$0] ?? "index \($0)" }))
            }
        }
        self.init(among: objects, in: configuration, routeProtocol: routeProtocol)
    }
}
