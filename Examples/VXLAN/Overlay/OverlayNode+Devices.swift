// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink
internal import NetworkState

extension OverlayNode {
    /// Adds the tunnel devices, and has those go that are not wanted any more.
    func addDevices(to state: inout NetworkState) {
        let backend = configuration.backend
        for family in IPAddress.Family.allCases {
            state.sweep(.routes(family, protocol: routeProtocol, table: Route.mainTable), in: .host)
            let name = backend.deviceName(family)
            guard backend.isTunnel, let part = lease[family], let tunnel = part.tunnel,
                configuration[family] != nil
            else {
                Self.excludeDevice(name, from: &state)
                continue
            }
            state.add(.link(device(name, family, tunnel)), in: .host, for: .host)
            let feature = LinkFeature(.transmitChecksum, of: name, transmitChecksumOffload)
            state.add(.feature(feature), in: .host, for: .host)
            addAddress(part, of: name, to: &state)
            state.sweep(.addresses(link: name), in: .host)
            state.sweep(.neighbours(link: name), in: .host)
            state.sweep(.forwarding(link: name), in: .host)
        }
    }

    private func device(_ name: String, _ family: IPAddress.Family, _ tunnel: Lease.Tunnel) -> LinkState {
        let backend = configuration.backend
        var vxlan = VXLAN(identifier: backend.vni, port: backend.port, local: underlay[family])
        vxlan.link = underlay.index
        vxlan.learning = backend.learning
        var link = LinkState(name, .vxlan(vxlan), LinkAttributes(mtu: mtu(over: family), mac: tunnel.mac))
        link.attributes.isUp = true
        // The peers know the device by the addresses that we give it.
        link.attributes.ipv6AddressGeneration = LinkAttributes.IPv6AddressGeneration.none
        link.attributes.alias = Self.mark
        link.alias = Self.mark
        return link
    }

    /// The subnet's first address, of which the kernel makes no route to the network.
    private func addAddress(_ part: Lease.Part, of device: String, to state: inout NetworkState) {
        let prefix = IPPrefix(host: part.gateway)
        if prefix.family == .v6 {
            state.add(
                settings: [
                    Sysctl("ipv6", "disable_ipv6", of: device, "0"),
                    // Nobody on the overlay is a router to be configured by.
                    Sysctl("ipv6", "accept_ra", of: device, "0"),
                    Sysctl("ipv6", "keep_addr_on_down", of: device, "1"),
                ], in: .host, for: .host)
        }
        state.add(
            addresses: [InterfaceAddress(prefix, skipsDAD: true)], to: device, in: .host,
            for: .host)
    }

    /// Drops what is for the node's own subnets, unless a route of a better metric, such as a bridge's, leads there.
    func addBlackholes(to state: inout NetworkState) {
        guard dropsUnusedAddresses else { return }
        for family in configuration.families {
            guard let subnet = lease[family]?.subnet else { continue }
            var route = Route(subnet)
            route.type = .blackhole
            route.priority = UInt32.max
            route.protocol = routeProtocol
            state.add(.route(route, link: nil), in: .host, for: .host)
        }
    }

    /// Switches forwarding on, without which nothing gets from the containers' bridge to the others.
    func addForwarding(among links: [Forwarding.Link], to state: inout NetworkState) {
        let settings = Forwarding.settings(for: configuration.families, among: links)
        state.add(settings: settings, in: .host, for: .host)
    }
}
