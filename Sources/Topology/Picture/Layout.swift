// SPDX-License-Identifier: Apache-2.0

/// Gives everything in an outline its place: a pure function.
///
/// The node is a box with the sections below each other. A section's cards stand in columns below its heading, and
/// a wire runs down beside each column with a branch to every card: however many there are, no wire crosses a box
/// or another wire.
struct Layout {
    /// Up to so many cards in all have all their details; more become tables.
    static let fullCards = 24

    /// Up to so many cards a section has them in any case.
    static let fewCards = 4

    let metrics: Metrics
    let hasTables: Bool

    init(_ metrics: Metrics, _ outline: Outline) {
        self.metrics = metrics
        hasTables = outline.sections.reduce(0) { $0 + $1.cards.count } > Self.fullCards
    }

    /// Lays an outline out, no wider than `limit`.
    static func scene(_ outline: Outline, _ metrics: Metrics, limit: Int) -> Scene {
        let layout = Layout(metrics, outline)
        return layout.node(outline, limit - 2 * metrics.margin)
    }

    /// The box of the node, with its sections.
    private func node(_ outline: Outline, _ limit: Int) -> Scene {
        let parts = outline.sections.map { section($0, limit) }
        let columns = metrics.columns(limit)
        let header = outline.header.flatMap { wrap($0, columns) }
        let notes = outline.notes.flatMap { wrap($0, columns) }
        let title = fit(outline.title, columns - 2)
        let text = metrics.width((header + notes + [title]).map(\.columns).max() ?? 0)
        let inner = min(
            limit, max(parts.map(\.width).max() ?? 0, text, metrics.width(title.columns + 4)))

        var scene = Scene()
        let left = max(metrics.titleSide, metrics.margin)
        place(title, at: Scene.Point(x: left, y: metrics.titleTop), in: &scene, isTitle: true)
        var y = metrics.contentTop + (metrics.edge == 0 ? 6 : 1)
        place(header, at: Scene.Point(x: metrics.margin, y: y), in: &scene)
        y += header.count * metrics.line
        for (index, section) in outline.sections.enumerated() {
            if index > 0 || !header.isEmpty { y += metrics.sectionGap }
            let part = stretched(parts[index], section, inner)
            scene.add(part, at: Scene.Point(x: metrics.margin, y: y))
            y += part.height
        }
        if !notes.isEmpty {
            if y > metrics.contentTop + metrics.edge { y += metrics.sectionGap }
            place(notes, at: Scene.Point(x: metrics.margin, y: y), in: &scene)
            y += notes.count * metrics.line
        }
        scene.width = inner + 2 * metrics.margin
        scene.height = y + max(metrics.contentBottom, metrics.edge == 0 ? metrics.margin : 0) + metrics.edge
        let frame = Scene.Rectangle(x: 0, y: 0, width: scene.width, height: scene.height)
        scene.boxes.insert(Scene.Box(frame: frame, style: .node), at: 0)
        return scene
    }

    /// A section whose heading is as wide as the node.
    private func stretched(_ part: Scene, _ section: Section, _ width: Int) -> Scene {
        guard section.style != .plain, !part.boxes.isEmpty else { return part }
        var part = part
        part.boxes[0].frame.width = width
        return part
    }

    // MARK: Sections

    private func section(_ section: Section, _ limit: Int) -> Scene {
        var scene = Scene()
        var top = 0
        var hangsOn: Scene.Rectangle?
        if section.style == .plain {
            if !section.title.isEmpty {
                let title = fit(section.title, metrics.columns(limit))
                place(title, at: Scene.Point(x: 0, y: 0), in: &scene)
                scene.width = metrics.width(title.columns)
                top = metrics.line + metrics.cardGap
            }
        } else {
            let heading = heading(section, limit)
            hangsOn = heading.boxes.first?.frame
            scene = heading
            top = heading.height + metrics.lead
        }
        let body =
            hasTables && section.cards.count > Self.fewCards
            ? table(section, limit, hangsOn != nil)
            : cards(section, limit, hangsOn != nil)
        scene.width = max(scene.width, body.width)
        if body.boxes.isEmpty {
            scene.height = max(0, top - metrics.lead)
        } else {
            scene.height = top + body.height
            scene.add(body, at: Scene.Point(x: 0, y: top))
        }
        if let hangsOn { stretchWires(of: &scene, upTo: hangsOn.bottom - metrics.edge) }
        return scene
    }

    /// Lets the wires that start at the top of the columns start at the heading.
    private func stretchWires(of scene: inout Scene, upTo y: Int) {
        for index in scene.wires.indices where scene.wires[index].points.count == 2 {
            let points = scene.wires[index].points
            if points[0].x == points[1].x { scene.wires[index].points[0].y = y }
        }
    }

    private func heading(_ section: Section, _ limit: Int) -> Scene {
        let columns = metrics.columns(limit - 2 * metrics.side)
        let lines = section.facts.flatMap { wrap($0, columns) }
        let title = fit(section.title, metrics.columns(limit - 2 * metrics.titleSide))
        var scene = Scene()
        scene.width = min(
            limit,
            max(
                metrics.width(lines.map(\.columns).max() ?? 0) + 2 * metrics.side,
                metrics.width(title.columns) + 2 * metrics.titleSide))
        scene.height = metrics.height(lines.count)
        let frame = Scene.Rectangle(x: 0, y: 0, width: scene.width, height: scene.height)
        scene.boxes = [Scene.Box(frame: frame, style: section.style == .bridge ? .bridge : .routed)]
        place(title, at: Scene.Point(x: metrics.titleSide, y: metrics.titleTop), in: &scene, isTitle: true)
        place(lines, at: Scene.Point(x: metrics.side, y: metrics.contentTop), in: &scene)
        return scene
    }

    // MARK: Columns

    /// Puts pieces of equal width into columns from top to bottom, with a wire down beside each.
    ///
    /// A piece brings its own branch, which starts at x = 0.
    func columns(_ pieces: [Scene], width: Int, limit: Int, isWired: Bool, caption: [Span] = []) -> Scene {
        let start = isWired ? metrics.trunk : 0
        let fitting = max(1, (limit - start + metrics.columnGap) / (width + metrics.columnGap))
        let rows = (pieces.count + fitting - 1) / max(1, fitting)
        var scene = Scene()
        guard rows > 0 else { return scene }
        for (column, first) in stride(from: 0, to: pieces.count, by: rows).enumerated() {
            let x = start + column * (width + metrics.columnGap)
            var y = 0
            if !caption.isEmpty {
                let indent = (isWired ? metrics.elbow : 0) + metrics.rowSide
                place(caption, at: Scene.Point(x: x + indent, y: y), in: &scene)
                y += metrics.line
            }
            var end = 0
            for piece in pieces[first..<min(first + rows, pieces.count)] {
                if y > 0, metrics.cardGap > 0 || caption.isEmpty { y += caption.isEmpty ? metrics.cardGap : 0 }
                scene.add(piece, at: Scene.Point(x: x, y: y))
                end = y + (piece.wires.first?.points.first?.y ?? 0)
                y += piece.height
            }
            if isWired {
                scene.wires.append(
                    Scene.Wire(points: [Scene.Point(x: x, y: 0), Scene.Point(x: x, y: end)]))
            }
            scene.width = max(scene.width, x + width)
            scene.height = max(scene.height, y)
        }
        return scene
    }

    // MARK: Text

    /// Puts lines below each other.
    func place(_ lines: [[Span]], at point: Scene.Point, in scene: inout Scene) {
        for (index, line) in lines.enumerated() {
            place(line, at: Scene.Point(x: point.x, y: point.y + index * metrics.line), in: &scene)
        }
    }

    /// Puts spans on a line.
    func place(_ line: [Span], at point: Scene.Point, in scene: inout Scene, isTitle: Bool = false) {
        var x = point.x
        for (index, span) in line.enumerated() {
            if index > 0 { x += metrics.width(span.gap) }
            if span.text.isEmpty { continue }
            scene.labels.append(Scene.Label(x: x, y: point.y, span: span, isTitle: isTitle))
            x += metrics.width(span.text.columns)
        }
    }

    /// A line cut to a number of columns; the names of links last longest.
    func fit(_ line: [Span], _ columns: Int) -> [Span] {
        var result: [Span] = []
        var rest = columns
        for span in line {
            let gap = result.isEmpty ? 0 : span.gap
            guard rest - gap > 0 || span.text.isEmpty else { break }
            let text = span.text.cut(to: rest - gap)
            result.append(span.with(text))
            rest -= gap + text.columns
        }
        return result
    }

    /// A line on as many lines as it takes.
    func wrap(_ line: [Span], _ columns: Int) -> [[Span]] {
        line.wrapped(to: columns).map { fit($0, columns) }
    }
}
