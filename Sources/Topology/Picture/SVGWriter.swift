// SPDX-License-Identifier: Apache-2.0

/// Writes a scene in pixels as SVG.
struct SVGWriter {
    private var text = ""

    static func text(_ scene: Scene, of node: Node) -> String {
        var writer = SVGWriter()
        writer.write(scene, of: node)
        return writer.text
    }

    private mutating func write(_ scene: Scene, of node: Node) {
        let border = 12
        let (width, height) = (scene.width + 2 * border, scene.height + 2 * border)
        line("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
        line(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\""
                + " viewBox=\"0 0 \(width) \(height)\" role=\"img\" aria-labelledby=\"title description\">")
        line("<title id=\"title\">Network of node \(Self.escaped(node.name.printable))</title>")
        line("<desc id=\"description\">\(Self.escaped(Self.description(of: node)))</desc>")
        line("<style>\n\(Self.style)</style>")
        line("<rect class=\"page\" width=\"\(width)\" height=\"\(height)\"/>")
        line("<g transform=\"translate(\(border) \(border))\">")
        for box in scene.boxes { write(box) }
        for wire in scene.wires { write(wire) }
        for label in scene.labels { write(label) }
        line("</g>")
        line("</svg>")
    }

    private mutating func line(_ text: String) { self.text += text + "\n" }

    private mutating func write(_ box: Scene.Box) {
        let frame = box.frame
        let corner = box.style == .row ? 4 : 8
        line(
            "<rect class=\"\(box.style.rawValue)\" x=\"\(frame.x)\" y=\"\(frame.y)\" width=\"\(frame.width)\""
                + " height=\"\(frame.height)\" rx=\"\(corner)\"/>")
    }

    private mutating func write(_ wire: Scene.Wire) {
        let points = wire.points.map { "\($0.x),\($0.y)" }.joined(separator: " ")
        line("<polyline class=\"wire\" points=\"\(points)\"/>")
    }

    private mutating func write(_ label: Scene.Label) {
        let role = label.span.role.rawValue
        line(
            "<text class=\"\(label.isTitle ? "title \(role)" : role)\" x=\"\(label.x)\" y=\"\(label.y + 13)\">"
                + "\(Self.escaped(label.span.text))</text>")
    }

    private static func description(of node: Node) -> String {
        let bridges = node.host?.links.filter(\.isBridge) ?? []
        let containers = max(0, node.namespaces.count - 1)
        var words = [containers == 1 ? "1 container namespace" : "\(containers) container namespaces"]
        if !bridges.isEmpty {
            words.append("bridges " + bridges.prefix(10).map(\.name.printable).joined(separator: ", "))
        }
        if !node.masquerades.isEmpty { words.append("\(node.masquerades.count) masqueraded addresses") }
        return words.joined(separator: "; ") + "."
    }

    /// The text with the characters that mean something in XML replaced.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static var style: String {
        """
        text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", \
        monospace; fill: #24292f; white-space: pre; }
        .page { fill: #ffffff; }
        rect { stroke-width: 1; }
        .node { fill: #f6f8fa; stroke: #afb8c1; }
        .bridge { fill: #ddf4ff; stroke: #0969da; stroke-width: 2; }
        .routed { fill: #eaeef2; stroke: #57606a; stroke-dasharray: 5 3; }
        .container { fill: #ffffff; stroke: #57606a; }
        .link { fill: #fff8e6; stroke: #bf8700; }
        .tunnel { fill: #fbefff; stroke: #8250df; }
        .missing { fill: #ffebe9; stroke: #cf222e; stroke-dasharray: 5 3; }
        .row { fill: #ffffff; stroke: #d0d7de; }
        .wire { fill: none; stroke: #57606a; stroke-width: 1.5; }
        text.heading { fill: #57606a; }
        text.name, text.title { font-weight: bold; }
        text.title.heading { font-weight: normal; }
        text.interface { fill: #0550ae; }
        text.port { fill: #8a5a00; }
        text.address { fill: #116329; }
        text.fact { fill: #57606a; font-weight: normal; }
        text.problem { fill: #cf222e; font-weight: bold; }
        @media (prefers-color-scheme: dark) {
        text { fill: #e6edf3; }
        .page { fill: #0d1117; }
        .node { fill: #161b22; stroke: #484f58; }
        .bridge { fill: #0c2d6b; stroke: #58a6ff; }
        .routed { fill: #21262d; stroke: #8b949e; }
        .container, .row { fill: #0d1117; stroke: #8b949e; }
        .row { stroke: #30363d; }
        .link { fill: #2b2111; stroke: #d29922; }
        .tunnel { fill: #271052; stroke: #a371f7; }
        .missing { fill: #3c1618; stroke: #f85149; }
        .wire { stroke: #8b949e; }
        text.heading, text.fact { fill: #9da7b3; }
        text.interface { fill: #79c0ff; }
        text.port { fill: #e3b341; }
        text.address { fill: #7ee787; }
        text.problem { fill: #ff7b72; }
        }

        """
    }
}
