// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

extension NetworkSession {
    /// Removes what attachments to a network share, as far as it was made here and nothing else is on it or uses it.
    ///
    /// For a GC that leaves no attachment of the network. Waits for those who attach just now, and looks when they are
    /// done.
    ///
    /// - Parameter network: The network's part of its attachments' keys.
    public func removeShared(of state: NetworkState, network: String) throws(StateError) {
        try holdExclusively()
        defer { release() }
        let others = try sharedSteps(besides: network)
        // What made rules necessary goes before them.
        try restoreSharedSettings(of: network, besides: others)
        try removeShared(of: state, made: nil, besides: others.compactMap { $0.object?.key })
        try removeSharedRecord(of: network, besides: others)
    }

    /// Does it for one who holds the lock exclusively already.
    ///
    /// - Parameters:
    ///   - made: Which objects, with or without a mark, because they have just been made; nil for all that are
    ///     marked.
    ///   - others: Which objects other networks need.
    func removeShared(
        of state: NetworkState, made: [Object.Key]?, besides others: [Object.Key] = []
    ) throws(StateError) {
        for place in Place.allCases where place == .host || hasContainer {
            let objects = state.items.filter { item in
                item.lifetime == .network && item.isPresent && item.place == place
                    && (made?.contains(item.object.key) ?? true) && !others.contains(item.object.key)
            }.map(\.object)
            if objects.isEmpty { continue }
            try removeSharedTables(objects, in: place, isJustMade: made != nil)
            try removeGuestRules(objects, in: place, isJustMade: made != nil)
            try removeOpenTables(objects, in: place, isJustMade: made != nil)
            try removeSharedLinks(objects, in: place, isJustMade: made != nil)
        }
    }

    private func removeSharedLinks(
        _ objects: [Object], in place: Place, isJustMade: Bool
    ) throws(StateError) {
        let names = objects.compactMap { object -> String? in
            if case .link(let link) = object, link.alias != nil { link.name } else { nil }
        }
        if names.isEmpty { return }
        let socket = try routing(place)
        let all = try netlink { () throws(NetlinkError) in try socket.links() }
        let ours = all.filter { link in
            names.contains(link.name)
                && (Ownership.isShared(alias: link.attributes.alias)
                    || isJustMade && link.attributes.alias == nil)
        }
        for link in ours where try isUsed(link, among: all, besides: ours, socket) { return }
        for link in ours {
            do throws(NetlinkError) {
                try socket.perform { $0.deleteLink(.index(link.index), named: link.name) }
            } catch  where error.meansAbsence {
                continue  // the other end of a pair that has just gone
            } catch {
                throw StateError(error)
            }
        }
        for name in names { indices[name, in: place] = nil }
    }

    /// The removals of what the attachments of one container share in there, such as a routing domain: it goes with the last.
    ///
    /// - Parameter link: The leaving attachment's link in the container.
    func sharedRemovals(
        in state: NetworkState?, besides link: ContainerLink?
    ) throws(StateError) -> [Change] {
        var names: [String] = []
        for item in state?.items ?? [] where item.place == .container && item.lifetime == .network {
            if case .link(let link) = item.object, link.kind != nil { names.append(link.name) }
        }
        if names.isEmpty || !hasContainer { return [] }
        let socket = try routing(.container)
        let all = try netlink { () throws(NetlinkError) in try socket.links() }
        let ours = all.filter {
            names.contains($0.name) && Ownership.isShared(alias: $0.attributes.alias)
        }
        let others = all.filter { $0.index != link?.index }
        var steps: [Change] = []
        for own in ours where try !isUsed(own, among: others, besides: ours, socket) {
            steps.append(
                Change(.remove(.link(LinkState(own, master: nil))), in: .container, lifetime: .network))
        }
        return steps
    }

    /// Whether a link that attachments share has ports or links on top of it, or something on it that was not made here:
    /// addresses, routes, rules that name it.
    private func isUsed(
        _ link: Link, among all: [Link], besides ours: [Link], _ socket: RoutingSocket
    ) throws(StateError) -> Bool {
        let others = all.filter { other in !ours.contains { $0.index == other.index } }
        if others.contains(where: { $0.master == link.index || $0.rests(on: link) }) { return true }
        return try netlink { () throws(NetlinkError) in
            if try socket.takesFrames(ofLinksOn: link) { return true }
            if try socket.addresses(on: link.index).contains(where: { !$0.address.isOurs }) { return true }
            for family in IPAddress.Family.allCases {
                let routes = try socket.routes(family, through: link.index)
                if routes.contains(where: { !$0.route.isOurs }) { return true }
                if try socket.rules(family).contains(where: { $0.input == link.name }) { return true }
            }
            return false
        }
    }
}

extension RoutingSocket {
    /// Whether a bridge takes frames for another MAC address than its own: there is a link on top of it, such as a macvlan,
    /// that is up in another namespace, which nothing else tells.
    fileprivate func takesFrames(ofLinksOn link: Link) throws(NetlinkError) -> Bool {
        guard case .bridge = link.kind else { return false }
        return try forwarding(on: link.index).contains { _, entry in
            // With NTF_MASTER it would be an entry of the switch.
            entry.isSelf && entry.destination == nil && !entry.mac.isMulticast
                && entry.mac != link.attributes.mac
        }
    }
}

extension Link {
    /// Whether this link is one on top of another in the same namespace: a VLAN, a macvlan, a tunnel.
    fileprivate func rests(on other: Link) -> Bool {
        if case .veth = kind { return false }
        return peer == other.index && peerNamespace == nil && index != other.index
    }
}

extension Route {
    /// Whether the route is the kernel's own or was made here.
    fileprivate var isOurs: Bool {
        [.kernel, .routerAdvertisement, Ownership.routingProtocol].contains(`protocol`)
    }
}

extension InterfaceAddress {
    /// Whether the address is the kernel's own or was made here.
    fileprivate var isOurs: Bool { scope != .global || `protocol` == Ownership.routingProtocol }
}
