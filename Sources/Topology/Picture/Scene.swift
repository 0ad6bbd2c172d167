// SPDX-License-Identifier: Apache-2.0

/// A picture in which everything has its place, in units of ``Metrics``: columns and lines, or pixels.
struct Scene: Equatable {
    struct Point: Hashable {
        var x: Int
        var y: Int
    }

    struct Rectangle: Hashable {
        var x: Int
        var y: Int
        var width: Int
        var height: Int

        var right: Int { x + width }
        var bottom: Int { y + height }

        func intersects(_ other: Rectangle) -> Bool {
            x < other.right && other.x < right && y < other.bottom && other.y < bottom
        }

        func contains(_ other: Rectangle) -> Bool {
            x <= other.x && y <= other.y && right >= other.right && bottom >= other.bottom
        }
    }

    enum Style: String, Hashable {
        case node
        case bridge
        case routed
        case container
        case link
        case tunnel
        case missing
        /// A line of a table.
        case row
    }

    struct Box: Hashable {
        var frame: Rectangle
        var style: Style
    }

    /// A piece of text; `y` is the top of its line.
    struct Label: Hashable {
        var x: Int
        var y: Int
        var span: Span
        /// Whether it is on the upper edge of its box, where the metrics put titles.
        var isTitle = false
    }

    /// A cable, with a corner at each point.
    struct Wire: Hashable {
        var points: [Point]
    }

    var width = 0
    var height = 0
    var boxes: [Box] = []
    var labels: [Label] = []
    var wires: [Wire] = []

    mutating func shift(by offset: Point) {
        for index in boxes.indices {
            boxes[index].frame.x += offset.x
            boxes[index].frame.y += offset.y
        }
        for index in labels.indices {
            labels[index].x += offset.x
            labels[index].y += offset.y
        }
        for index in wires.indices {
            for point in wires[index].points.indices {
                wires[index].points[point].x += offset.x
                wires[index].points[point].y += offset.y
            }
        }
    }

    /// Takes over what is in another picture, at an offset.
    mutating func add(_ other: Scene, at offset: Point) {
        var other = other
        other.shift(by: offset)
        boxes += other.boxes
        labels += other.labels
        wires += other.wires
    }
}
