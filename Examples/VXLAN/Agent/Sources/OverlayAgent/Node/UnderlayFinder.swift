// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import Netlink
internal import VXLANOverlay

/// Finds the interface by which a node reaches the others.
struct UnderlayFinder {
    let choice: InterfaceChoice
    /// The families that the node needs an address of.
    let families: [IPAddress.Family]

    /// What the kernel has, read once.
    private struct Found {
        var links: [Link] = []
        var addresses: [(index: UInt32, address: InterfaceAddress)] = []
        var routes: [(index: UInt32?, route: Route)] = []

        init(_ socket: RoutingSocket) throws(NetlinkError) {
            links = try socket.links()
            addresses = try socket.addresses()
            for family in IPAddress.Family.allCases {
                routes += try socket.routes(family, table: Route.mainTable)
            }
        }
    }

    /// Looks at links, addresses and routes of the namespace that the socket is in.
    ///
    /// - Throws: ``CNIError/Code/invalidConfiguration`` if no interface fits, with what was looked for.
    func find(by socket: RoutingSocket) throws(CNIError) -> Underlay {
        let found = try CNIError.wrapping { () throws(NetlinkError) in try Found(socket) }
        let (link, preferred) = try select(found)
        func address(_ family: IPAddress.Family) -> IPAddress? {
            if let preferred, preferred.family == family { return preferred }
            let own = found.addresses.filter { $0.index == link.index }.map(\.address).filter {
                $0.prefix.address.family == family && !$0.isTentative && !$0.isDuplicate
            }
            // RT_SCOPE_UNIVERSE; an IPv4 link-local address is better than none.
            return (own.first { $0.scope == .global } ?? own.first { family == .v4 && $0.scope != .host })?
                .prefix
                .address
        }
        for family in families where address(family) == nil {
            throw CNIError(
                .invalidConfiguration,
                "\(link.name), by which the node reaches others, has no \(family == .v4 ? "IPv4" : "IPv6") address",
                details: "name another interface, or give it one")
        }
        return Underlay(
            name: link.name, index: link.index, mtu: link.attributes.mtu ?? 1500, v4: address(.v4),
            v6: address(.v6),
            onLink: found.routes.filter {
                $0.index == link.index && $0.route.gateway == nil && !$0.route.destination.isDefault
                    && !$0.route.destination.address.isLinkLocal
            }.map(\.route.destination))
    }

    /// The interface, and the address of it that was asked for.
    private func select(_ found: Found) throws(CNIError) -> (Link, IPAddress?) {
        func link(_ index: UInt32) -> Link? { found.links.first { $0.index == index } }
        for wanted in choice.interfaces {
            if let link = found.links.first(where: { $0.name == wanted }) { return (link, nil) }
            guard let address = IPAddress(wanted),
                let owner = found.addresses.first(where: { $0.address.prefix.address == address }),
                let link = link(owner.index)
            else { continue }
            return (link, address)
        }
        for pattern in choice.patterns {
            let regex = try InterfaceChoice.regex(pattern)
            func matches(_ text: String) -> Bool { (try? regex.firstMatch(in: text)) != nil }
            if let link = found.links.first(where: { matches($0.name) }) { return (link, nil) }
            for entry in found.addresses where matches("\(entry.address.prefix.address)") {
                if let link = link(entry.index) { return (link, entry.address.prefix.address) }
            }
        }
        if choice.reaching == nil, !(choice.interfaces.isEmpty && choice.patterns.isEmpty) {
            let wanted = (choice.interfaces + choice.patterns).joined(separator: ", ")
            throw CNIError(.invalidConfiguration, "no interface is named, has, or matches: \(wanted)")
        }
        if choice.reaching == nil {
            for address in choice.preferred {
                let owner = found.addresses.first { $0.address.prefix.address == address }
                if let owner, let link = link(owner.index) { return (link, address) }
            }
        }
        guard let index = route(in: found)?.index, let link = link(index) else {
            let target = choice.reaching.map { "\($0)" } ?? "anywhere, by a default route"
            throw CNIError(
                .invalidConfiguration, "no interface leads to \(target)",
                details: "name the interface by which the node reaches the others")
        }
        return (link, nil)
    }

    /// The route to the address to reach, or the default route of the first family that has one.
    private func route(in found: Found) -> (index: UInt32?, route: Route)? {
        func best(_ candidates: [(index: UInt32?, route: Route)]) -> (index: UInt32?, route: Route)? {
            candidates.min {
                (-$0.route.destination.length, $0.route.priority ?? 0)
                    < (-$1.route.destination.length, $1.route.priority ?? 0)
            }
        }
        if let target = choice.reaching {
            return best(found.routes.filter { $0.index != nil && $0.route.destination.contains(target) })
        }
        for family in families {
            let defaults = found.routes.filter {
                $0.index != nil && $0.route.destination.isDefault && $0.route.destination.family == family
            }
            if let route = best(defaults) { return route }
        }
        return nil
    }
}

extension IPPrefix {
    /// Whether it is the default route's: all addresses.
    fileprivate var isDefault: Bool { length == 0 }
}
