// SPDX-License-Identifier: Apache-2.0

internal import Addressing
package import Netlink
package import NetworkState

extension Request {
    /// The routing in the container, as the attachment's interface sees it.
    package func routingSurvey() throws(CNIError) -> RoutingSurvey {
        let session = session(try openNamespace())
        return try withKernel("cannot look at the container's routing") { () throws(StateError) in
            try session.survey(of: interface, in: .container)
        }
    }
}

extension NetworkState {
    /// Takes routes of the container's interface out of the main table as long as the attachment lasts.
    package mutating func remove(_ routes: [Route], through interface: String) {
        // They come back the other way round: what is on the link itself before what is behind a gateway there.
        for route in routes.filter({ $0.gateway != nil }) + routes.filter({ $0.gateway == nil }) {
            exclude(.route(route, link: interface), in: .container, for: .attachment, concern: .addition)
        }
    }

    /// Adds routes of the container's interface to another table than the main one.
    ///
    /// - Parameters:
    ///   - routes: Those that the kernel has, of which CHECK looks only at the demanded ones.
    ///   - demanded: Those that have to be there, as the result tells of them.
    package mutating func add(
        _ routes: [Route], demanding demanded: [Route], through interface: String, to table: UInt32
    ) {
        var all: [(route: Route, concern: Concern)] = []
        for route in routes + demanded where !all.contains(where: { $0.route.isAlike(route) }) {
            all.append((route, demanded.contains { $0.isAlike(route) } ? .always : .addition))
        }
        // What is on the link itself comes before what is behind a gateway there.
        for hasGateway in [false, true] {
            for (route, concern) in all where (route.gateway != nil) == hasGateway {
                var route = route
                route.table = table
                route.protocol = Ownership.routingProtocol
                add(.route(route, link: interface), in: .container, concern: concern)
            }
        }
    }
}

extension Route {
    /// Whether a table has room for only one of the two.
    fileprivate func isAlike(_ other: Route) -> Bool {
        destination == other.destination && gateway == other.gateway
    }
}

extension RoutingSurvey {
    /// The route to the network that an address of the link is in; none for one that is alone there.
    package func connectedRoutes(of address: IPPrefix) -> [Route] {
        let isConnected = addresses.contains { $0.prefix == address && !$0.skipsPrefixRoute }
        return isConnected && address != IPPrefix(host: address.address) ? [Route(address)] : []
    }
}

extension CNIResult.IPConfiguration {
    /// The routes of a result in the main table that are behind a gateway on this address's network.
    package func routes(of result: CNIResult) -> [Route] {
        result.routes.map { Route($0, of: result) }.filter { route in
            guard route.table == Route.mainTable, let gateway = route.gateway else { return false }
            return route.destination.family == address.family && address.contains(gateway)
        }
    }
}
