// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

extension OutlineBuilder {
    /// The table and the link by which packets leave the node.
    fileprivate struct Exit: Hashable {
        var table: UInt32?
        var link: UInt32?
    }

    /// Cables to other namespaces whose host side is no bridge's port.
    ///
    /// Where rules send containers' packets by different tables, those of each table are a section.
    mutating func routedSections() -> [Section] {
        var exits: [Exit] = []
        var cards: [Exit: [(card: Card, ways: [Node.Way])]] = [:]
        for (end, link) in links(0) where cables[end].map({ $0.namespace != 0 }) ?? false && !isNamed(end) {
            guard var card = card(forPort: end, link) else { continue }
            let ways = ways[link.index] ?? []
            let exit = ways.first { $0.table != nil }.map { Exit($0) } ?? Exit()
            if !card.interfaces.isEmpty {
                card.interfaces[0].problems += ways.flatMap { problems(of: $0, beside: exit) }
            }
            if cards[exit] == nil { exits.append(exit) }
            cards[exit, default: []].append((card, ways))
        }
        let isByRules = exits.contains { ($0.table ?? Route.mainTable) != Route.mainTable }
        guard isByRules else {
            let all = exits.flatMap { cards[$0] ?? [] }.map(\.card).sorted(by: Card.areInOrder)
            let title = [Span("routed", .heading), Span("without a bridge", .fact)]
            return all.isEmpty ? [] : [Section(style: .routed, title: title, cards: all)]
        }
        return exits.sorted { order($0) < order($1) }.map { exit in
            let own = cards[exit] ?? []
            var section = Section(style: .routed, title: title(of: exit))
            section.cards = own.map(\.card).sorted(by: Card.areInOrder)
            section.facts = facts(of: own.flatMap(\.ways).filter { Exit($0) == exit })
            return section
        }
    }

    /// The main table's first, as that of the machine's first link, and last what has no way.
    private func order(_ exit: Exit) -> (UInt32, UInt32) {
        guard let table = exit.table else { return (.max, .max) }
        return (table == Route.mainTable ? 0 : table, exit.link ?? .max)
    }

    private func title(of exit: Exit) -> [Span] {
        guard let table = exit.table else {
            return [Span("routed", .heading), Span("without a way out", .fact)]
        }
        let link = exit.link.flatMap { node.host?.link($0)?.name } ?? "several links"
        return [
            Span("routed", .heading), Span("by", .fact, gap: 1), Span(link, .interface, gap: 1),
            Span(Self.name(ofTable: table), .fact),
        ]
    }

    /// From the rules by the table to the link: a line for each rule and default route that there is.
    private func facts(of ways: [Node.Way]) -> [[Span]] {
        var lines: [(text: String, count: Int)] = []
        for way in ways {
            guard let table = way.table, let route = way.route else { continue }
            let rule = way.rule.map { rule in
                let whose = rule.source != nil ? " from each" : rule.input != nil ? " by link" : ""
                return "rule \(rule.priority)\(whose) → "
            }
            var target = route.route
            target.table = Route.mainTable  // which is said before
            let link = route.link.flatMap { node.host?.link($0)?.name }.map { " dev \($0)" } ?? ""
            let text = "\(rule ?? "")\(Self.name(ofTable: table)) → \(target.text)\(link)"
            if let known = lines.firstIndex(where: { $0.text == text }) {
                lines[known].count += 1
            } else {
                lines.append((text, 1))
            }
        }
        return lines.map { text, count in
            [Span(count == 1 ? "1 address" : "\(count) addresses", .fact), Span(text, .fact)]
        }
    }

    /// What keeps an address's packets from leaving by the table that was meant.
    private func problems(of way: Node.Way, beside exit: Exit) -> [Span] {
        var problems = way.emptyTables.map {
            Span("\(Self.name(ofTable: $0)) has no default route", .problem)
        }
        if way.table == nil, let rule = way.rule {
            problems.append(Span("\(way.address): no way out by rule \(rule.priority)", .problem))
        } else if let table = way.table, let other = exit.table, table != other {
            problems.append(Span("\(way.address) leaves by \(Self.name(ofTable: table))", .problem))
        }
        return problems
    }

    private static func name(ofTable number: UInt32) -> String {
        number == Route.mainTable ? "table main" : "table \(number)"
    }

    /// Containers with links that the node has lent to them: no cable leads there.
    mutating func lentLinks() -> Section? {
        var section = Section(
            style: .plain,
            title: [Span("lent", .heading), Span("to containers, as links of their own", .fact)])
        for position in node.namespaces.indices.dropFirst() where !shown.contains(position) {
            let namespace = node.namespaces[position]
            guard let mark = namespace.links.compactMap(\.attachment).first else { continue }
            let interfaces = unclaimedInterfaces(position)
            var card = Card(style: .container, title: [], interfaces: interfaces, key: mark.container)
            card.title = [Span(card.key.printable.shortened(to: 28), .name)]
            card.details = details(namespace, title: card.key)
            card.ports = ports(of: namespace.links.compactMap(\.attachment), in: namespace)
            section.cards.append(card)
        }
        section.cards.sort(by: Card.areInOrder)
        return section.cards.isEmpty ? nil : section
    }
}

extension OutlineBuilder.Exit {
    fileprivate init(_ way: Node.Way) { self.init(table: way.table, link: way.route?.link) }
}
