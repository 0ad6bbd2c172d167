// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

extension NetworkSession {
    /// The links of a namespace that may take router advertisements, for ``Forwarding/settings(for:among:)``.
    ///
    /// Costs one read below /proc/sys where IPv6 is forwarded already or is not there: then there are none.
    public func advertisedLinks(in place: Place) throws(StateError) -> [Forwarding.Link] {
        let switches = try enter(place) { () throws(StateError) in
            try SysctlFile.read([Forwarding.switching(.v6, true)])
        }
        guard switches.first?.value == "0" else { return [] }
        let socket = try routing(place)
        let links = try netlink { () throws(NetlinkError) in try socket.links() }
        let advertised = try netlink { () throws(NetlinkError) in
            try socket.routes(.v6, protocol: RoutingProtocol.routerAdvertisement)
        }
        var found: [Forwarding.Link] = []
        for link in links {
            var candidate = Forwarding.Link(link.name, kind: link.kind?.name)
            candidate.isPort = link.master != nil
            candidate.hasAdvertisedRoute = advertised.contains { $0.index == link.index }
            if candidate.isUplink { found.append(candidate) }
        }
        return try enter(place) { () throws(StateError) in
            for index in found.indices {
                let names = ["accept_ra", "forwarding"]
                // A link without IPv6, or that has just gone, has none.
                let settings = try SysctlFile.read(
                    names.map { Sysctl("ipv6", $0, of: found[index].name, "") })
                guard settings.count == names.count else { continue }
                found[index].acceptance = Int(settings[0].value) ?? 0
                found[index].isForwarding = settings[1].value != "0"
            }
            return found
        }
    }

    /// Adds to a description that switches IPv6 forwarding on what keeps the host's own routers: links that take
    /// advertisements go on taking them.
    ///
    /// Looks at the host's links only if forwarding is off now.
    public func completeForwarding(
        of state: inout NetworkState, _ found: inout ObservedState
    ) throws(StateError) {
        let switching = Forwarding.switching(.v6, true)
        let isAsked = state.items.contains { item in
            guard item.place == .host, case .sysctl(let setting) = item.object else { return false }
            return setting.path == switching.path && setting.value == switching.value
        }
        if !isAsked { return }
        let forwarding = Object.sysctl(switching)
        guard
            case .sysctl(let now) = found[forwarding.key, in: .host], now.value == "0"
        else { return }
        var part = NetworkState(owner: state.owner)
        for setting in Forwarding.settings(for: [.v6], among: try advertisedLinks(in: .host))
        where .sysctl(setting) != forwarding {
            state.add(.sysctl(setting), in: .host, for: .host, concern: .addition)
            part.add(.sysctl(setting), in: .host, for: .host)
        }
        if part.items.isEmpty { return }
        for object in try observe(part).all(in: .host) {
            if case .sysctl = object { found.insert(object, in: .host) }
        }
    }
}
