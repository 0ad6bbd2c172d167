// SPDX-License-Identifier: Apache-2.0

extension Layout {
    /// How many lines of published ports a card has at most.
    private static let portLimit = 6

    /// Cards with all that there is to say, all of the same width.
    func cards(_ section: Section, _ limit: Int, _ isWired: Bool) -> Scene {
        let indent = isWired ? metrics.elbow : 0
        let room = limit - (isWired ? metrics.trunk : 0) - indent
        let contents = section.cards.map { lines(of: $0) }
        let text = contents.flatMap { $0 }.map(\.columns).max() ?? 0
        let titles = section.cards.map(\.title.columns).max() ?? 0
        let ports = section.cards.flatMap { port(of: $0) }.map(\.columns).max() ?? 0
        let width = min(
            room,
            max(
                metrics.width(text) + 2 * metrics.side, metrics.width(titles) + 2 * metrics.titleSide,
                metrics.width(ports) + metrics.portSide - indent))
        let pieces = zip(section.cards, contents).map { card, lines in
            piece(card, lines, width: width, indent: indent)
        }
        return columns(
            pieces, width: width + indent, gap: metrics.cardGap, limit: limit, isWired: isWired)
    }

    /// A card with its port above it and a branch to it.
    private func piece(_ card: Card, _ lines: [[Span]], width: Int, indent: Int) -> Scene {
        var scene = Scene()
        scene.width = width + indent
        let side = indent > 0 ? metrics.portSide : metrics.side
        let port = port(of: card).map { fit($0, metrics.columns(width + indent - side)) }
        place(port, at: Scene.Point(x: side, y: 0), in: &scene)
        let top = port.count * metrics.line
        let columns = metrics.columns(width - 2 * metrics.side)
        let frame = Scene.Rectangle(x: indent, y: top, width: width, height: metrics.height(lines.count))
        scene.boxes = [Scene.Box(frame: frame, style: Scene.Style(rawValue: card.style.rawValue) ?? .link)]
        place(
            fit(card.title, metrics.columns(width - 2 * metrics.titleSide)),
            at: Scene.Point(x: indent + metrics.titleSide, y: top + metrics.titleTop), in: &scene,
            isTitle: true)
        place(
            lines.map { fit($0, columns) },
            at: Scene.Point(x: indent + metrics.side, y: top + metrics.contentTop), in: &scene)
        scene.height = top + frame.height
        if indent > 0 {
            let y = top + (lines.isEmpty ? frame.height / 2 : metrics.contentTop + metrics.line / 2)
            scene.wires = [Scene.Wire(points: [Scene.Point(x: 0, y: y), Scene.Point(x: indent, y: y)])]
        }
        return scene
    }

    private func port(of card: Card) -> [[Span]] {
        (card.port.isEmpty ? [] : [card.port]) + card.portDetails.map { [$0] }
    }

    /// What is in a card: names and words on the left, what belongs to them on the right.
    ///
    /// A link's own card has its name in the title, and needs no left side.
    private func lines(of card: Card) -> [[Span]] {
        var pairs: [(label: [Span], value: [Span])] = []
        for interface in card.interfaces {
            var values = interface.addresses.map { [$0] }
            let rest = interface.facts + interface.problems
            if !rest.isEmpty || values.isEmpty && !interface.name.isEmpty { values.append(rest) }
            for (index, value) in values.enumerated() {
                pairs.append((index == 0 ? interface.name : [], value))
            }
        }
        pairs += card.details
        for (index, text) in card.ports.limited(to: Self.portLimit).enumerated() {
            pairs.append((index == 0 ? [Span("ports", .fact)] : [], [Span(text, .fact)]))
        }
        if card.style != .container { return pairs.flatMap { [$0.label, $0.value] }.filter { !$0.isEmpty } }
        let width = pairs.map(\.label.columns).max() ?? 0
        return pairs.map { pair in
            guard width > 0, var first = pair.value.first else { return pair.label + pair.value }
            first.gap = width - pair.label.columns + 2
            return (pair.label.isEmpty ? [Span("", .fact)] : pair.label) + [first] + pair.value.dropFirst()
        }
    }
}
