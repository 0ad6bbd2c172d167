// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

extension NetworkSession {
    /// Appends the rtnetlink requests of one step.
    func append(_ change: Change, to batch: inout Batch) throws(StateError) {
        switch change.action {
        case .create(.link(let link)): try appendCreation(of: link, change.place, to: &batch)
        case .modify(.link(let link), _): try appendSettings(of: link, change.place, to: &batch)
        case .remove(.link(let link)):
            // The one that was looked at, even if another has its name by now.
            batch.deleteLink(link.identity.map { .index($0.index) } ?? .name(link.name), named: link.name)
        case .create(let object): try append(.add, object, change.place, to: &batch)
        case .modify(let object, _): try append(.replace, object, change.place, to: &batch)
        case .remove(let object): try append(.delete, object, change.place, to: &batch)
        case .removeRule: break  // nf_tables'
        case .move(let link, let other, let target):
            try appendMove(of: link, as: other, from: change.place, to: target, &batch)
        case .keep(let name, let mac):
            // An address that somebody has set is the link's own (NET_ADDR_SET in dev_set_mac_address()).
            batch.setLink(.name(name), LinkAttributes(mac: mac))
        case .announce(let name, let mac):
            // Setting the address that the link has already makes the kernel announce all of its addresses:
            // NETDEV_CHANGEADDR in inetdev_event() with arp_notify, in ndisc_netdev_event() with ndisc_notify.
            batch.setLink(.name(name), LinkAttributes(mac: mac))
        }
    }

    private func appendCreation(
        of link: LinkState, _ place: Place, to batch: inout Batch
    ) throws(StateError) {
        guard let kind = link.kind else {
            // A link that others make: asking for it gives the error that it is not there.
            return batch.setLink(.name(link.name), LinkAttributes())
        }
        if let parent = link.parent {
            return try appendCreation(of: link, kind, on: parent, place, to: &batch)
        }
        var attributes = try settable(link.attributes)
        attributes.alias = link.alias
        guard let peer = link.peer, case .veth(let pair) = kind else {
            batch.addLink(link.name, kind, attributes)
            if let master = link.master {
                batch.setLink(.name(link.name), LinkAttributes(), master: try index(of: master, in: place))
            }
            return
        }
        // Both ends are made down: the steps that bring them up come later.
        attributes.isUp = nil
        var other = pair.peer ?? Veth.Peer(name: peer.name)
        if peer.place == .container, place == .host { other.namespace = containerDescriptor }
        batch.addLink(
            link.name, .veth(Veth(peer: other)),
            LinkAttributes(mtu: attributes.mtu, mac: attributes.mac))
        (attributes.mtu, attributes.mac) = (nil, nil)
        let master: UInt32? =
            if let master = link.master { try index(of: master, in: place) } else { nil }
        batch.setLink(.name(link.name), attributes, master: master)
    }

    /// A link on top of another one, which may be in the other namespace: then it has only what creation takes.
    private func appendCreation(
        of link: LinkState, _ kind: LinkKind, on parent: LinkState.Peer, _ place: Place, to batch: inout Batch
    ) throws(StateError) {
        let lower = LinkParent(try index(of: parent.name, in: parent.place), named: parent.name)
        if parent.place == place {
            var attributes = try settable(link.attributes)
            attributes.alias = link.alias
            return batch.addLink(link.name, kind, attributes, parent: lower)
        }
        let attributes = link.attributes.forCreation
        batch.addLink(
            link.name, kind, attributes, parent: lower, namespace: try namespaceDescriptor(of: place))
    }

    private func appendMove(
        of link: LinkState, as other: LinkState, from place: Place, to target: Place, _ batch: inout Batch
    ) throws(StateError) {
        let index = try index(of: link.name, in: place)
        if target == place { return batch.renameLink(index, named: link.name, to: other.name) }
        batch.moveLink(
            index, named: link.name, to: try namespaceDescriptor(of: target), described: target.rawValue,
            as: other.name)
    }

    /// These settings without those for IPv6 if there is no IPv6 on the link: the kernel would refuse the whole request.
    func settable(_ attributes: LinkAttributes) throws(StateError) -> LinkAttributes {
        if attributes.ipv6AddressGeneration == nil { return attributes }
        // IPV6_MIN_MTU, RFC 8200 section 5.
        let isTooSmall = attributes.mtu.map { $0 < 1280 } ?? false
        let hasIPv6 = try isTooSmall ? false : SysctlFile.hasIPv6()
        if hasIPv6 { return attributes }
        var settable = attributes
        settable.ipv6AddressGeneration = nil
        return settable
    }

    private func appendSettings(
        of link: LinkState, _ place: Place, to batch: inout Batch
    ) throws(StateError) {
        if link.attributes != LinkAttributes() || link.master != nil {
            let master: UInt32? =
                switch link.master {
                case nil: nil
                case "": 0
                case .some(let name): try index(of: name, in: place)
                }
            var attributes = try settable(link.attributes)
            // A link whose packets are too small for IPv6 has none, and the kernel refuses the whole request
            // (inet6_validate_link_af); with the other size, which therefore comes first, it has IPv6 again.
            var afterwards = LinkAttributes()
            if attributes.mtu != nil {
                afterwards.ipv6AddressGeneration = attributes.ipv6AddressGeneration
                if afterwards.ipv6AddressGeneration != nil {
                    (afterwards.isUp, attributes.isUp) = (attributes.isUp, nil)
                }
                attributes.ipv6AddressGeneration = nil
            }
            batch.setLink(.name(link.name), attributes, master: master)
            if afterwards != LinkAttributes() { batch.setLink(.name(link.name), afterwards) }
        }
        if let port = link.port { batch.setPort(.name(link.name), port) }
        if let kind = link.kind { batch.setLink(.name(link.name), kind: kind) }
    }

    private func append(
        _ verb: Verb, _ object: Object, _ place: Place, to batch: inout Batch
    ) throws(StateError) {
        switch object {
        case .address(let address, let link):
            batch.address(verb, address, on: try index(of: link, in: place), named: link)
            if verb == .add { connected.append(ConnectedNetwork(place, link, address.prefix.network)) }
        case .route(let route, let link):
            let index: UInt32? = if let link { try index(of: link, in: place) } else { nil }
            // A container that joins a second network has a default route already: the new one wins, as with the
            // reference plugins, and of several in a result the last. Not before the kernel's own one to the link's network.
            let isConnected = connected.contains { $0.has(route.destination, in: place, link) }
            batch.route(
                verb == .add ? isConnected ? .append : .prepend : verb, route, through: index, named: link)
        case .neighbour(let entry, let link):
            batch.neighbour(verb, entry, on: try index(of: link, in: place), named: link)
        case .forwarding(let entry, let link):
            batch.forwarding(verb, entry, on: try index(of: link, in: place), named: link)
        case .vlan(let vlan, let link):
            batch.vlan(verb, vlan, on: try index(of: link, in: place), named: link)
        case .rule(let rule): batch.rule(verb, rule)
        case .qdisc(let qdisc, let link):
            try append(verb, qdisc, on: link, place, to: &batch)
        case .redirection(let redirection): try append(verb, redirection, place, to: &batch)
        case .link, .sysctl, .feature, .firewall: break  // not rtnetlink's, or handled by the caller
        }
    }
}
