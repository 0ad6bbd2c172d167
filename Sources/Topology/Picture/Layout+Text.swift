// SPDX-License-Identifier: Apache-2.0

extension Layout {
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
        line.wrapped(to: columns).map { fit($0.joined, columns) }
    }
}
