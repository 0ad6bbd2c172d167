// SPDX-License-Identifier: Apache-2.0

extension Layout {
    /// A line of a table: the cells before the addresses, and the addresses with what else there is to say.
    private struct Row {
        var cells: [[Span]]
        var rest: [Span]
        /// The published ports, which come after the addresses.
        var ports: Span?
    }

    /// A line or more for each card, with cells below each other.
    func table(_ section: Section, _ limit: Int, _ isWired: Bool) -> Scene {
        let indent = isWired ? metrics.elbow : 0
        let room = metrics.columns(
            limit - (isWired ? metrics.trunk : 0) - indent - 2 * metrics.rowSide)
        var rows = section.cards.map { self.rows(of: $0) }
        let captions = ["port", "name", "link"]
        var widths = captions.indices.map { index in
            rows.flatMap { $0 }.map { $0.cells[index].columns }.max() ?? 0
        }
        let caption = zip(captions, widths).contains { $0.columns > $1 && $1 > 0 } || !isWired ? [] : captions
        rows = Self.aligned(rows)
        // Long names give way first; then what does not fit beside each other goes below each other.
        let before = widths.filter { $0 > 0 }.reduce(0) { $0 + $1 + 2 }
        var rest = rows.flatMap { $0 }.map(\.rest.columns).max() ?? 0
        if before + rest - room > max(0, widths[1] - 16) {
            rows = rows.map { $0.flatMap { Self.stacked($0) } }
            rest = rows.flatMap { $0 }.map(\.rest.columns).max() ?? 0
        }
        Self.shrink(&widths, &rest, to: room)
        let total = metrics.width(widths.filter { $0 > 0 }.reduce(rest) { $0 + $1 + 2 }) + 2 * metrics.rowSide
        let pieces = rows.map { piece($0, widths, rest: rest, width: total, indent: indent) }
        return columns(
            pieces, width: total + indent, gap: 0, limit: limit, isWired: isWired,
            caption: aligned(caption, widths))
    }

    /// Makes columns narrower where there is no room: names first, then addresses, then what is widest.
    private static func shrink(_ widths: inout [Int], _ rest: inout Int, to room: Int) {
        var excess = max(0, widths.filter { $0 > 0 }.reduce(rest) { $0 + $1 + 2 } - room)
        let ofNames = min(excess, max(0, widths[1] - 8))
        widths[1] -= ofNames
        excess -= ofNames
        let ofAddresses = min(excess, max(0, rest - 18))
        rest -= ofAddresses
        excess -= ofAddresses
        while excess > 0, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > 4
        {
            widths[widest] -= 1
            excess -= 1
        }
        rest -= min(rest, excess)
    }

    private func aligned(_ captions: [String], _ widths: [Int]) -> [Span] {
        var spans: [Span] = []
        var gap = 0
        for (text, width) in zip(captions, widths) where width > 0 {
            spans.append(Span(text.cut(to: width), .fact, gap: gap))
            gap = width - min(width, text.columns) + 2
        }
        return spans.isEmpty ? [] : spans + [Span("addresses", .fact, gap: gap)]
    }

    private func piece(_ rows: [Row], _ widths: [Int], rest: Int, width: Int, indent: Int) -> Scene {
        var scene = Scene()
        scene.width = width + indent
        scene.height = rows.count * metrics.line + 2 * metrics.rowTop
        let frame = Scene.Rectangle(x: indent, y: 0, width: width, height: scene.height)
        scene.boxes = [Scene.Box(frame: frame, style: .row)]
        for (index, row) in rows.enumerated() {
            var x = indent + metrics.rowSide
            let y = metrics.rowTop + index * metrics.line
            for (column, (cell, width)) in zip(row.cells, widths).enumerated() where width > 0 {
                // Names have both their ends, as elsewhere.
                let cell = column == 1 ? cell.map { $0.with($0.text.shortened(to: width)) } : cell
                place(fit(cell, width), at: Scene.Point(x: x, y: y), in: &scene)
                x += metrics.width(width + 2)
            }
            place(fit(row.rest, rest), at: Scene.Point(x: x, y: y), in: &scene)
        }
        if indent > 0 {
            let y = metrics.rowTop + metrics.line / 2
            scene.wires = [Scene.Wire(points: [Scene.Point(x: 0, y: y), Scene.Point(x: indent, y: y)])]
        }
        return scene
    }

    private func rows(of card: Card) -> [Row] {
        // A link that is a port itself is called by its name, and its kind takes the place of a container's.
        let isLink = card.port.isEmpty && card.title.count == 2
        let first = isLink ? [[card.title[1]], [card.title[0]]] : [card.port, card.title]
        var rows: [Row] = []
        for interface in card.interfaces {
            let isFirst = rows.isEmpty
            // A link that is its card's title is worth its facts; a container's MTU is not.
            let facts = card.style == .container ? [] : interface.facts
            rows.append(
                Row(
                    cells: (isFirst ? first : [[], []]) + [interface.name],
                    rest: interface.addresses + facts + interface.problems))
        }
        if let first = card.ports.texts.first, !rows.isEmpty {
            let more = card.ports.texts.count > 1 ? " +\(card.ports.texts.count - 1)" : ""
            rows[0].ports = Span(first + more, .fact)
        }
        if rows.isEmpty { rows = [Row(cells: first + [[]], rest: [])] }
        if !card.portDetails.isEmpty {
            rows.append(Row(cells: [[], [], [Span("here", .fact)]], rest: card.portDetails))
        }
        return rows
    }

    /// The same with addresses below each other that are the first, the second and so on of their links, and with ports behind
    /// all of them.
    private static func aligned(_ rows: [[Row]]) -> [[Row]] {
        var widths: [Int] = []
        for row in rows.joined() {
            for (index, span) in row.rest.enumerated() where span.role == .address {
                if index == widths.count { widths.append(0) }
                if index < widths.count { widths[index] = max(widths[index], span.text.columns) }
            }
        }
        let all = widths.reduce(0) { $0 + $1 + 2 }
        return rows.map { lines in
            lines.map { row in
                var row = row
                for index in row.rest.indices.dropFirst()
                where row.rest[index - 1].role == .address && index - 1 < widths.count {
                    row.rest[index].gap = widths[index - 1] - row.rest[index - 1].text.columns + 2
                }
                if var ports = row.ports {
                    let addresses = row.rest.prefix { $0.role == .address }
                    ports.gap = all - Array(addresses).columns
                    row.rest.insert(ports, at: addresses.endIndex)
                }
                return row
            }
        }
    }

    /// The same with each address on a line of its own.
    private static func stacked(_ row: Row) -> [Row] {
        guard row.rest.count > 1 else { return [row] }
        return row.rest.enumerated().map { index, span in
            Row(cells: index == 0 ? row.cells : row.cells.map { _ in [] }, rest: [span])
        }
    }
}
