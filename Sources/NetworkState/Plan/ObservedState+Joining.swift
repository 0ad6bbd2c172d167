// SPDX-License-Identifier: Apache-2.0

internal import Netlink

extension ObservedState {
    /// This, as it is when ports have joined the bridges that a description gives them: a port loses its VLANs and is
    /// in the new bridge's default one (nbp_vlan_flush() and nbp_vlan_init(), Linux 3.16), so that leaving that can be
    /// planned together with joining.
    ///
    /// Only for ports whose VLANs are described.
    func withJoinedPorts(of state: NetworkState) -> ObservedState {
        let joining = state.items.compactMap { item -> (place: Place, port: String, bridge: String)? in
            guard item.isPresent, case .link(let port) = item.object, let bridge = port.master,
                link(port.name, in: item.place)?.master != bridge,
                state.describesVLANs(of: port.name, in: item.place)
            else { return nil }
            return (item.place, port.name, bridge)
        }
        if joining.isEmpty { return self }
        var joined = filter { object, place in
            guard case .vlan(_, let link) = object else { return true }
            return !joining.contains { $0.port == link && $0.place == place }
        }
        for (place, port, bridge) in joining {
            guard let id = defaultVLAN(of: bridge, in: place, as: state.link(bridge, in: place)), id != 0
            else { continue }
            let vlan = BridgeVLAN(id, isNative: true, isUntagged: true)
            joined.insert(.vlan(vlan, link: port), in: place)
        }
        return joined
    }

    /// The default VLAN of a bridge that is there, or else of one that will be made: 1 if nobody says otherwise.
    ///
    /// A kernel without VLANs on bridges tells none.
    private func defaultVLAN(of bridge: String, in place: Place, as described: LinkState?) -> UInt16? {
        if let link = link(bridge, in: place) {
            guard case .bridge(let settings) = link.kind else { return nil }
            return settings.defaultVLAN
        }
        guard case .bridge(let settings) = described?.kind else { return nil }
        return settings.defaultVLAN ?? 1
    }
}

extension NetworkState {
    fileprivate func describesVLANs(of link: String, in place: Place) -> Bool {
        if sweeps.contains(where: { $0.place == place && $0.sweep == .vlans(link: link) }) { return true }
        return items.contains { item in
            if item.place == place, case .vlan(_, link) = item.object { true } else { false }
        }
    }
}
