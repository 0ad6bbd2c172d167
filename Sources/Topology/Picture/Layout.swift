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
}
