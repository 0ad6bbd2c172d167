// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

extension OutlineBuilder {
    /// A port of a bridge, or a cable to another namespace, with what is at its other end.
    ///
    /// Returns nil if another card has the port already.
    mutating func card(forPort end: Node.Connection.End, _ link: Node.Link) -> Card? {
        guard let port = claim(end) else { return nil }
        guard link.isVeth else {
            return card(forLink: end, link, name: Span(link.name, .name, link: port, gap: 1))
        }
        var card = Card(style: .container, title: [])
        card.port = [Span(link.name, .port, link: port)] + problems(of: link)
        let master = link.master.flatMap { node.host?.link($0) }
        if let mtu = link.mtu, let master, master.mtu != mtu { card.port.append(Span("mtu \(mtu)", .fact)) }
        card.portDetails =
            link.shownAddresses.map { Span($0.description, .address) } + gateways(0, link)
        guard let other = cables[end], let peer = node.link(at: other) else {
            card.style = .missing
            card.key = link.attachment?.container ?? link.name
            card.title = [Span(card.key.printable.shortened(to: 28), .name)]
            card.interfaces = [Card.Interface(problems: missingEnd(end, link))]
            return card
        }
        let namespace = node.namespaces[other.namespace]
        card.key = other.namespace == 0 ? node.name : link.attachment?.container ?? namespace.name
        card.title = [Span(card.key.printable.shortened(to: 28), .name)]
        if peer.master == nil || other.namespace != 0, let claimed = claim(other) {
            card.interfaces = [interface(claimed, peer)]
        } else {
            card.interfaces = [Card.Interface(facts: [Span("↔ \(peer.name)", .fact)])]
        }
        if other.namespace != 0 { card.interfaces += unclaimedInterfaces(other.namespace) }
        card.details = details(namespace, title: card.key)
        if other.namespace != 0 {
            let marks = [link.attachment] + namespace.links.map(\.attachment)
            card.ports = ports(of: marks.compactMap { $0 }, in: namespace)
        }
        return card
    }

    /// The default routes of a container, and where it was found if its title does not say so.
    func details(_ namespace: Node.Namespace, title: String) -> [(label: [Span], value: [Span])] {
        if namespace.origin == .host { return [] }
        let gateways = namespace.routes.filter { $0.route.destination.length == 0 }.compactMap(
            \.route.gateway)
        var lines = gateways.enumerated().map { index, gateway in
            (label: index == 0 ? [Span("via", .fact)] : [], value: [Span(gateway.description, .fact)])
        }
        if namespace.name == title { return lines }
        switch namespace.origin {
        case .host: break
        case .named:
            let name = namespace.name.printable.shortened(to: 28)
            lines.append(([Span("netns", .fact)], [Span(name, .fact)]))
        case .process(let process, let command):
            let name = command.printable.shortened(to: 20)
            lines.append(([Span("pid", .fact)], [Span("\(process) \(name)", .fact)]))
        }
        return lines
    }

    /// A link of the host's that is no cable to a container.
    func card(forLink end: Node.Connection.End, _ link: Node.Link, name: Span) -> Card {
        var card = Card(style: link.vxlan == nil ? .link : .tunnel, title: [])
        card.key = link.name
        let kind = link.kind?.name ?? (link.name == "lo" ? "loopback" : "link")
        card.title = [Span(kind.printable.cut(to: 12), .heading), name]
        var interface = Card.Interface()
        let gateways = gateways(0, link)
        card.leadsOutside = !gateways.isEmpty
        interface.addresses = link.shownAddresses.map { Span($0.description, .address) } + gateways
        if let vxlan = link.vxlan {
            interface.facts += [
                vxlan.identifier.map { Span("VNI \($0)", .fact) },
                vxlan.port.map { Span("UDP \($0)", .fact) },
            ].compactMap { $0 }
            card.details = [
                vxlan.local.map { ([], [Span("from \($0)", .fact)]) },
                vxlan.remote.map { ([], [Span("to \($0)", .fact)]) },
            ].compactMap { $0 }
        }
        let master = link.master.flatMap { node.host?.link($0) }
        if let mtu = link.mtu, master?.mtu != mtu { interface.facts.append(Span("mtu \(mtu)", .fact)) }
        interface.facts += relations(of: end, link)
        // In a container that plays a node, the way out is a cable to where the survey cannot look.
        interface.problems = problems(of: link) + (card.leadsOutside ? [] : missingEnd(end, link))
        card.interfaces = [interface]
        return card
    }

    /// A link in a container.
    func interface(_ end: Node.Connection.End, _ link: Node.Link) -> Card.Interface {
        var interface = Card.Interface(name: [Span(link.name, .interface, link: end)])
        let peer = (cables[end] ?? lowers[end]).flatMap { node.link(at: $0) }
        if let mtu = link.mtu, peer?.mtu != mtu { interface.facts.append(Span("mtu \(mtu)", .fact)) }
        if !link.isVeth, let kind = link.kind {
            interface.facts.append(Span(kind.name.printable.cut(to: 12), .fact))
        }
        interface.facts += relations(of: end, link)
        interface.addresses = link.shownAddresses.map { Span($0.description, .address) }
        interface.problems = problems(of: link) + missingEnd(end, link)
        return interface
    }

    /// A cable that leads nowhere that the survey has seen.
    private func missingEnd(_ end: Node.Connection.End, _ link: Node.Link) -> [Span] {
        link.isVeth && cables[end] == nil ? [Span("other end not found", .problem)] : []
    }

    /// What a link rests on, belongs to, or is connected with, unless that is the host's end of its cable.
    private func relations(of end: Node.Connection.End, _ link: Node.Link) -> [Span] {
        var spans: [Span] = []
        if let lower = lowers[end], let name = name(of: lower, from: end) {
            spans.append(Span("on \(name)", .fact))
        }
        if let master = link.master,
            let name = node.link(at: Node.Connection.End(namespace: end.namespace, link: master))?.name,
            end.namespace != 0
                || node.link(at: Node.Connection.End(namespace: 0, link: master))?.isBridge != true
        {
            spans.append(Span("in \(name)", .fact))
        }
        // The host's end of a cable is drawn with what it leads to.
        if let other = cables[end], end.namespace == 0 ? isNamed(other) : other.namespace != 0,
            let name = name(of: other, from: end)
        {
            spans.append(Span("↔ \(name)", .fact))
        }
        return spans
    }

    /// `eth0`, or `blue eth0` in another namespace.
    private func name(of other: Node.Connection.End, from end: Node.Connection.End) -> String? {
        guard let link = node.link(at: other) else { return nil }
        if other.namespace == end.namespace { return link.name }
        let namespace = node.namespaces[other.namespace]
        return "\(namespace.name.printable.shortened(to: 20)) \(link.name)"
    }

    /// What keeps a link from carrying packets.
    func problems(of link: Node.Link) -> [Span] {
        if !link.isUp { return [Span("down", .problem)] }
        if !link.isOperational { return [Span("no carrier", .problem)] }
        return []
    }

    /// The default routes of a namespace that leave by a link, those of its main table first.
    private func gateways(_ namespace: Int, _ link: Node.Link) -> [Span] {
        let namespace = node.namespaces[namespace]
        let routes = namespace.routes + namespace.tables.flatMap(\.routes)
        return routes.filter { $0.link == link.index && $0.route.destination.length == 0 }.map {
            Span($0.route.text, .fact)
        }
    }
}
