// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

extension OutlineBuilder {
    /// A bridge of the host's and its ports.
    mutating func section(of bridge: Node.Link) -> Section {
        let end = Node.Connection.End(namespace: 0, link: bridge.index)
        let name = Span(bridge.name, .name, link: claim(end), gap: 1)
        var section = Section(style: .bridge, title: [Span("bridge", .heading), name])
        let ports = links(0).filter { $0.link.master == bridge.index && $0.end != end }
        section.cards = ports.compactMap { card(forPort: $0.end, $0.link) }.sorted(by: Card.areInOrder)
        section.facts = [
            bridge.shownAddresses.map { Span($0.description, .address) },
            facts(of: bridge, ports.map(\.link)) + problems(of: bridge),
        ].filter { !$0.isEmpty }
        return section
    }

    private mutating func facts(of bridge: Node.Link, _ ports: [Node.Link]) -> [Span] {
        var facts: [Span] = []
        if let mtu = bridge.mtu { facts.append(Span("mtu \(mtu)", .fact)) }
        facts.append(Span(ports.count == 1 ? "1 port" : "\(ports.count) ports", .fact))
        let networks = Set(ports.compactMap(\.attachment?.network)).sorted { $0.isNaturallyBefore($1) }
        for network in networks.prefix(4) {
            facts.append(Span("network \(network.printable.cut(to: 40))", .fact))
        }
        if networks.count > 4 { facts.append(Span("and \(networks.count - 4) more", .fact)) }
        let behind = ports.compactMap { cables[Node.Connection.End(namespace: 0, link: $0.index)] }
            .compactMap { node.link(at: $0) }.flatMap(\.shownAddresses).map(\.address)
        if let masquerading = masquerading(behind) { facts.append(Span(masquerading, .fact)) }
        return facts
    }

    /// How many of some addresses leave under the node's own, by family if some do and some do not.
    private mutating func masquerading(_ addresses: [IPAddress]) -> String? {
        let leaving = addresses.filter { masqueraded.contains($0) }
        if leaving.isEmpty { return nil }
        counted.formUnion(leaving)
        if leaving.count == addresses.count {
            return "\(leaving.count) of \(addresses.count) addresses masqueraded"
        }
        let families = [(IPAddress.Family.v4, "IPv4"), (.v6, "IPv6")].compactMap { family, word -> String? in
            let all = addresses.count { $0.family == family }
            return all == 0 ? nil : "\(leaving.count { $0.family == family }) of \(all) \(word)"
        }
        return "\(families.joined(separator: ", ")) addresses masqueraded"
    }

    /// Cables to other namespaces by which a default route leaves: what is there plays the world outside.
    mutating func uplinks() -> [Card] {
        guard let host = node.host else { return [] }
        let routes = host.routes + host.tables.flatMap(\.routes)
        let defaults = Set(routes.filter { $0.route.destination.length == 0 }.compactMap(\.link))
        var cards: [Card] = []
        for (end, link) in links(0) where defaults.contains(link.index) && !isNamed(end) {
            guard let other = cables[end], other.namespace != 0, let peer = node.link(at: other),
                let own = claim(end)
            else { continue }
            var card = card(forLink: end, link, name: Span(link.name, .name, link: own, gap: 1))
            if let claimed = claim(other) {
                var far = interface(claimed, peer)
                far.name.insert(Span("↔", .fact), at: 0)
                far.name[1].gap = 1
                far.name.append(
                    Span(
                        "in \(node.namespaces[other.namespace].name.printable.shortened(to: 28))", .fact,
                        gap: 1))
                card.interfaces.append(far)
            }
            card.interfaces += unclaimedInterfaces(other.namespace)
            cards.append(card)
        }
        return cards
    }

    /// The host's other links, after those that lead outside.
    mutating func linkSection(_ uplinks: [Card]) -> Section? {
        var section = Section(style: .plain, title: [])
        section.cards = uplinks
        for (end, link) in links(0) {
            guard let link = claim(end).map({ _ in link }) else { continue }
            section.cards.append(card(forLink: end, link, name: Span(link.name, .name, link: end, gap: 1)))
        }
        let leading = section.cards.filter(\.leadsOutside)
        section.cards = leading + section.cards.filter { !$0.leadsOutside }
        return section.cards.isEmpty ? nil : section
    }

    /// Namespaces that nothing leads to from the host, but with links.
    mutating func otherNamespaces() -> Section? {
        var section = Section(style: .plain, title: [Span("no cable to this node", .heading)])
        for position in node.namespaces.indices.dropFirst() where !shown.contains(position) {
            let interfaces = unclaimedInterfaces(position)
            if interfaces.isEmpty { continue }
            let name = node.namespaces[position].name.printable.shortened(to: 28)
            section.cards.append(
                Card(style: .container, title: [Span(name, .name)], interfaces: interfaces, key: name))
            shown.insert(position)
        }
        return section.cards.isEmpty ? nil : section
    }

    /// The interfaces of a namespace that have no cable to the host and that no card has yet.
    mutating func unclaimedInterfaces(_ position: Int) -> [Card.Interface] {
        shown.insert(position)
        var interfaces: [Card.Interface] = []
        for (end, link) in links(position) where cables[end]?.namespace != 0 || position == 0 {
            guard let claimed = claim(end) else { continue }
            interfaces.append(interface(claimed, link))
        }
        return interfaces
    }

    /// The namespaces without a card and without a link that counts.
    var idleNamespaces: [String] {
        node.namespaces.indices.dropFirst().filter { !shown.contains($0) || links($0).isEmpty }.map {
            node.namespaces[$0].name
        }
    }
}
