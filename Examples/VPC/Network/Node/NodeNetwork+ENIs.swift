// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink
internal import NetworkState

extension NodeNetwork {
    /// Adds an ENI: its link, and for one that is not the primary one its address and its table.
    func add(_ eni: NodeENI, to state: inout NetworkState) {
        state.add(
            .link(LinkState(eni.link, nil, LinkAttributes(mtu: mtu, isUp: true))), in: .host, for: .host)
        for family in IPAddress.Family.allCases {
            guard let part = eni[family] else { continue }
            addAddress(part, of: eni, to: &state)
            if !eni.isPrimary { addTable(part, of: eni, family, to: &state) }
        }
        // What a pod's packets come back by need not be the ENI that a packet to their source would leave by.
        if eni.v4 != nil {
            state.add(settings: [Sysctl("ipv4", "rp_filter", of: eni.link, "2")], in: .host, for: .host)
        }
    }

    private func addAddress(_ part: NodeENI.Part, of eni: NodeENI, to state: inout NetworkState) {
        guard let prefix = IPPrefix(part.primaryAddress, length: part.length) else { return }
        var address = InterfaceAddress(prefix, skipsDAD: true)
        address.skipsPrefixRoute = !eni.isPrimary
        state.add(.address(address, link: eni.link), in: .host, for: .host)
    }

    /// Adds the way out by an ENI, and takes the way to its subnet out of the main table: there it would lead packets of
    /// other ENIs' pods out by this one.
    private func addTable(
        _ part: NodeENI.Part, of eni: NodeENI, _ family: IPAddress.Family, to state: inout NetworkState
    ) {
        func add(_ route: Route) {
            var route = route
            route.table = eni.table
            route.protocol = Self.routingProtocol
            state.add(.route(route, link: eni.link), in: .host, for: .host)
        }
        if !part.gateway.isLinkLocal { add(Route(IPPrefix(host: part.gateway))) }
        add(Route(.everything(family), via: part.gateway))
        state.sweep(.routes(family, protocol: Self.routingProtocol, table: eni.table), in: .host)
        state.exclude(.route(Route(part.subnet.network), link: eni.link), in: .host)
        if family == .v6 {
            // The way out is the subnet's router, by that ENI's table alone.
            state.add(settings: [Sysctl("ipv6", "accept_ra", of: eni.link, "0")], in: .host, for: .host)
        }
    }

    func addSettings(among links: [Forwarding.Link], to state: inout NetworkState) {
        state.add(settings: Forwarding.settings(for: families, among: links), in: .host, for: .host)
        if hasStrictBranches {
            // The kernel would look for the socket of a probe's answer before it knows by which VLAN that came.
            state.add(settings: [Sysctl("net/ipv4/tcp_early_demux", "0")], in: .host, for: .host)
        }
    }
}
