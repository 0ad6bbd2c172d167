// SPDX-License-Identifier: Apache-2.0

/// A grid of characters, in which lines that meet are joined.
struct TerminalCanvas {
    /// The directions that a line leaves a cell in.
    private struct Strokes: OptionSet {
        let rawValue: UInt8

        static let up = Strokes(rawValue: 1)
        static let down = Strokes(rawValue: 2)
        static let left = Strokes(rawValue: 4)
        static let right = Strokes(rawValue: 8)
        /// The horizontal and vertical lines are thick.
        static let thick = Strokes(rawValue: 16)
    }

    private enum Ink: Hashable {
        case box(Scene.Style)
        case wire
        case text(Span.Role, isTitle: Bool)
    }

    private struct Cell {
        var strokes: Strokes = []
        var character: Unicode.Scalar?
        var ink: Ink?
    }

    private let width: Int
    private let height: Int
    private var cells: [Cell]

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        cells = [Cell](repeating: Cell(), count: max(0, width * height))
    }

    mutating func draw(_ scene: Scene) {
        for box in scene.boxes where box.style != .row { draw(box) }
        for wire in scene.wires {
            for (start, end) in zip(wire.points, wire.points.dropFirst()) { draw(from: start, to: end) }
        }
        for label in scene.labels { draw(label) }
    }

    private mutating func change(_ x: Int, _ y: Int, _ body: (inout Cell) -> Void) {
        guard (0..<width).contains(x), (0..<height).contains(y) else { return }
        body(&cells[y * width + x])
    }

    private mutating func stroke(_ x: Int, _ y: Int, _ strokes: Strokes, _ ink: Ink) {
        change(x, y) { cell in
            cell.strokes.formUnion(strokes)
            if cell.ink == nil { cell.ink = ink }
        }
    }

    private mutating func draw(_ box: Scene.Box) {
        let frame = box.frame
        guard frame.width > 1, frame.height > 1 else { return }
        let ink = Ink.box(box.style)
        let weight: Strokes = box.style == .bridge ? .thick : []
        let (right, bottom) = (frame.right - 1, frame.bottom - 1)
        for x in frame.x + 1..<right {
            stroke(x, frame.y, [.left, .right, weight], ink)
            stroke(x, bottom, [.left, .right, weight], ink)
        }
        for y in frame.y + 1..<bottom {
            stroke(frame.x, y, [.up, .down, weight], ink)
            stroke(right, y, [.up, .down, weight], ink)
        }
        stroke(frame.x, frame.y, [.right, .down, weight], ink)
        stroke(right, frame.y, [.left, .down, weight], ink)
        stroke(frame.x, bottom, [.right, .up, weight], ink)
        stroke(right, bottom, [.left, .up, weight], ink)
    }

    private mutating func draw(from start: Scene.Point, to end: Scene.Point) {
        for x in min(start.x, end.x)..<max(start.x, end.x) {
            stroke(x, start.y, .right, .wire)
            stroke(x + 1, start.y, .left, .wire)
        }
        for y in min(start.y, end.y)..<max(start.y, end.y) {
            stroke(end.x, y, .down, .wire)
            stroke(end.x, y + 1, .up, .wire)
        }
    }

    private mutating func draw(_ label: Scene.Label) {
        let scalars = [Unicode.Scalar](label.span.text.unicodeScalars)
        let ink = Ink.text(label.span.role, isTitle: label.isTitle)
        // A title stands in a gap of its box's edge.
        if label.isTitle {
            for x in [label.x - 1, label.x + scalars.count] {
                change(x, label.y) { if $0.character == nil { $0.character = " " } }
            }
        }
        for (offset, scalar) in scalars.enumerated() {
            change(label.x + offset, label.y) { cell in
                cell.character = scalar
                cell.ink = ink
            }
        }
    }

    // MARK: Text

    /// The lines, without blanks at their ends.
    func text(_ options: TerminalOptions) -> String {
        var text = ""
        for y in 0..<height {
            var row = cells[y * width..<(y + 1) * width]
            while let last = row.last, last.character == nil || last.character == " ", last.strokes.isEmpty {
                row.removeLast()
            }
            var color: String?
            for cell in row {
                let character = character(of: cell, isASCII: options.isASCII)
                let wanted = options.isColored ? cell.ink.flatMap { Self.color($0) } : nil
                // A blank looks the same in all colours.
                if wanted != color, character != " " {
                    if color != nil { text += "\u{1b}[0m" }
                    if let wanted { text += "\u{1b}[\(wanted)m" }
                    color = wanted
                }
                text.unicodeScalars.append(character)
            }
            if color != nil { text += "\u{1b}[0m" }
            text += "\n"
        }
        return text
    }

    private func character(of cell: Cell, isASCII: Bool) -> Unicode.Scalar {
        guard let character = cell.character else { return line(cell.strokes, isASCII: isASCII) }
        guard isASCII, !character.isASCII else { return character }
        switch character {
        case "…": return "~"
        case "→": return ">"
        case "↔": return "="
        default: return "?"
        }
    }

    private func line(_ strokes: Strokes, isASCII: Bool) -> Unicode.Scalar {
        let thin: [Unicode.Scalar] = [
            " ", "│", "│", "│", "─", "┘", "┐", "┤", "─", "└", "┌", "├", "─", "┴", "┬", "┼",
        ]
        let directions = Int(strokes.rawValue & 15)
        if isASCII {
            switch directions {
            case 0: return " "
            case 1, 2, 3: return "|"
            case 4, 8, 12: return strokes.contains(.thick) ? "=" : "-"
            default: return "+"
            }
        }
        guard strokes.contains(.thick) else { return thin[directions] }
        switch directions {
        case 3: return "┃"
        case 5: return "┛"
        case 6: return "┓"
        case 9: return "┗"
        case 10: return "┏"
        case 14: return "┯"  // a wire below
        default: return "━"
        }
    }

    /// The parameters of SGR (ECMA-48 8.3.117): colours that are legible on dark and on light.
    private static func color(_ ink: Ink) -> String? {
        switch ink {
        case .box(.bridge): "36"
        case .box(.tunnel): "35"
        case .box(.missing): "31"
        case .box(.node), .box(.routed), .wire: "2"
        case .box: nil
        case .text(.problem, _): "1;31"
        case .text(.name, _): "1"
        case .text(.interface, _): "36"
        case .text(.port, _): "33"
        case .text(.address, _): "32"
        case .text(.heading, _): nil
        case .text(.fact, _): "2"
        }
    }
}
