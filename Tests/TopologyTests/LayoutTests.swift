// SPDX-License-Identifier: Apache-2.0

import CNITesting
import Netlink
import Testing

@testable import Topology

@Suite("Layout")
struct LayoutTests {
    /// A place where a random node is laid out.
    struct Sheet: Sendable, CustomTestStringConvertible {
        let name: String
        let metrics: Metrics
        let limits: [Int]
        var testDescription: String { name }
    }

    static let sheets = [
        Sheet(name: "terminal", metrics: .terminal, limits: [40, 57, 80, 120, 200]),
        Sheet(name: "SVG", metrics: .pixels, limits: [400, 640, 1000, 1500, 2200]),
    ]

    @Test(arguments: sheets) func `a random node's picture keeps the laws`(_ sheet: Sheet) {
        var random = RandomNode(Seeded(7))
        for round in 0..<60 {
            let node = random.make()
            let limit = sheet.limits[round % sheet.limits.count]
            let scene = Layout.scene(Outline(node), sheet.metrics, limit: limit)
            let where_ = Comment(rawValue: "round \(round), limit \(limit), TEST_SEED=\(Seeded.seed)")
            #expect(Self.linkFaults(node, scene) == [], where_)
            #expect(Self.boxFaults(scene, limit) == [], where_)
            #expect(Self.labelFaults(scene, sheet.metrics) == [], where_)
            #expect(Self.wireFaults(scene, sheet.metrics) == [], where_)
        }
    }

    /// Links that are not named exactly once, or not by the beginning of their name.
    private static func linkFaults(_ node: Node, _ scene: Scene) -> [String] {
        var named: [Node.Connection.End: [String]] = [:]
        for label in scene.labels {
            if let link = label.span.link { named[link, default: []].append(label.span.text) }
        }
        var faults: [String] = []
        for (position, namespace) in node.namespaces.enumerated() {
            for link in namespace.links where !link.isIdleLoopback {
                let end = Node.Connection.End(namespace: position, link: link.index)
                let texts = named.removeValue(forKey: end) ?? []
                let beginning = texts.first.map { $0.hasSuffix("…") ? String($0.dropLast()) : $0 } ?? ""
                if texts.count != 1 || !link.name.printable.hasPrefix(beginning) || beginning.isEmpty {
                    faults.append("\(end): \(link.name.printable) is named \(texts)")
                }
            }
        }
        return faults + named.keys.map { "\($0) is named, but is not there" }
    }

    private static func boxFaults(_ scene: Scene, _ limit: Int) -> [String] {
        var faults: [String] = []
        let canvas = Scene.Rectangle(x: 0, y: 0, width: scene.width, height: scene.height)
        if scene.width > limit { faults.append("\(scene.width) is wider than \(limit)") }
        for box in scene.boxes where !canvas.contains(box.frame) { faults.append("\(box) is off the canvas") }
        let boxes = scene.boxes.filter { $0.style != .node }.sorted { $0.frame.y < $1.frame.y }
        for (index, box) in boxes.enumerated() {
            for other in boxes[(index + 1)...] {
                if other.frame.y >= box.frame.bottom { break }
                if box.frame.intersects(other.frame) { faults.append("\(box) and \(other) overlap") }
            }
        }
        return faults
    }

    private static func frame(_ label: Scene.Label, _ metrics: Metrics) -> Scene.Rectangle {
        Scene.Rectangle(
            x: label.x, y: label.y, width: metrics.width(label.span.text.columns), height: metrics.line)
    }

    /// Texts that leave their box, lie on an edge that is not a title's place, or on each other.
    private static func labelFaults(_ scene: Scene, _ metrics: Metrics) -> [String] {
        var faults: [String] = []
        let frames = scene.labels.map { (label: $0, frame: frame($0, metrics)) }.sorted {
            $0.frame.y < $1.frame.y
        }
        for (index, (label, frame)) in frames.enumerated() {
            for box in scene.boxes where box.frame.intersects(frame) {
                var inner = box.frame
                let edge = metrics.edge
                inner.x += edge
                inner.width -= 2 * edge
                if !label.isTitle, box.style != .row {
                    inner.y += edge
                    inner.height -= 2 * edge
                }
                if !inner.contains(frame) { faults.append("\(label) does not fit in \(box)") }
            }
            for (other, otherFrame) in frames[(index + 1)...] {
                if otherFrame.y >= frame.bottom { break }
                if frame.intersects(otherFrame) { faults.append("\(label) and \(other) overlap") }
            }
        }
        return faults
    }

    /// Wires through boxes or texts, or off the canvas.
    private static func wireFaults(_ scene: Scene, _ metrics: Metrics) -> [String] {
        var faults: [String] = []
        let canvas = Scene.Rectangle(x: 0, y: 0, width: scene.width, height: scene.height)
        for wire in scene.wires {
            for (start, end) in zip(wire.points, wire.points.dropFirst()) {
                let line = Scene.Rectangle(
                    x: min(start.x, end.x), y: min(start.y, end.y), width: abs(start.x - end.x) + 1,
                    height: abs(start.y - end.y) + 1)
                if !canvas.contains(line) { faults.append("\(wire) is off the canvas") }
                for box in scene.boxes where box.style != .node {
                    let inner = Scene.Rectangle(
                        x: box.frame.x + 1, y: box.frame.y + 1, width: box.frame.width - 2,
                        height: box.frame.height - 2)
                    if inner.height > 0, inner.intersects(line) {
                        faults.append("\(wire) goes through \(box)")
                    }
                }
                for label in scene.labels where frame(label, metrics).intersects(line) {
                    faults.append("\(wire) goes through \(label)")
                }
            }
        }
        return faults
    }
}
