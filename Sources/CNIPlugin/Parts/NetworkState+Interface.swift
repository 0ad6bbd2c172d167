// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink
public import NetworkState

extension NetworkState {
    /// Configures the container's interface as the result says: IPv6 settings, addresses, routes.
    ///
    /// A route without a gateway of its own goes by the first one of its family, as with the reference plugins.
    ///
    /// - Parameters:
    ///   - detectsDuplicates: Whether IPv6 addresses are checked for duplicates before they are used (RFC 4862
    ///     section 5.4), which takes a second or two.
    ///   - isAlone: Whether nobody but the gateway is on the link: the networks of the addresses go by the gateway, too.
    public mutating func configure<Configuration>(
        _ request: StateRequest<Configuration>, detectsDuplicates: Bool = false, isAlone: Bool = false
    ) {
        let (interface, result) = (request.interface, request.addresses)
        if result.ips.contains(where: { $0.address.family == .v6 }) {
            // A setting of the container's own that stays: other interfaces come to need it.
            add(settings: [Sysctl("ipv6", "disable_ipv6", of: "lo", "0")], in: .container, for: .host)
            add(
                settings: IPv6Settings.container(interface, detectsDuplicates: detectsDuplicates),
                in: .container)
        }
        add(
            addresses: result.ips.map { ip in
                var address = InterfaceAddress(ip.address, skipsDAD: !detectsDuplicates)
                address.skipsPrefixRoute = isAlone
                return address
            }, to: interface, in: .container)
        if isAlone {
            for gateway in request.gateways {
                let routes = [
                    Route(IPPrefix(host: gateway.address)), Route(gateway.network, via: gateway.address),
                ]
                add(routes: routes, through: interface, in: .container)
            }
        }
        var routes: [Route] = []
        for route in result.routes.map({ Route($0, of: result) }) where !routes.contains(route) {
            routes.append(route)
        }
        add(routes: routes, through: interface, in: .container)
    }

    /// Has the host forward packets of the families of these addresses; others come to rely on that, so it stays.
    public mutating func forward(_ addresses: [IPPrefix]) {
        let families = IPAddress.Family.allCases.filter { family in
            addresses.contains { $0.family == family }
        }
        add(settings: Forwarding.settings(for: families), in: .host, for: .host)
    }
}

/// What the kernel has to do with IPv6 on a container's interface (Documentation/networking/ip-sysctl).
private enum IPv6Settings {
    /// The settings, which count from the moment the interface comes up.
    static func container(_ interface: String, detectsDuplicates: Bool) -> [Sysctl] {
        [
            Sysctl("ipv6", "disable_ipv6", of: interface, "0"),
            // Routers are what IPAM says, not what another container advertises.
            Sysctl("ipv6", "accept_ra", of: interface, "0"),
            // Addresses stay when the interface goes down for a moment, as those of IPv4 do.
            Sysctl("ipv6", "keep_addr_on_down", of: interface, "1"),
            Sysctl("ipv6", "accept_dad", of: interface, detectsDuplicates ? "1" : "0"),
            // Neighbours hear of a new address at once, as with arp_notify.
            Sysctl("ipv6", "ndisc_notify", of: interface, "1"),
        ]
    }
}

extension Route {
    /// A route of a result; without a gateway of its own it goes by the first one of its family.
    init(_ route: CNIResult.Route, of result: CNIResult) {
        let family = route.destination.family
        let gateway =
            route.gateway ?? result.ips.first { $0.address.family == family && $0.gateway != nil }?.gateway
        let isLocal = route.gateway == nil && route.scope == Scope.link.rawValue
        self.init(route.destination, via: isLocal ? nil : gateway)
        mtu = route.mtu
        advmss = route.advmss
        priority = route.priority
        table = route.table ?? Self.mainTable
        scope = route.scope.map(Scope.init(rawValue:))
    }
}
