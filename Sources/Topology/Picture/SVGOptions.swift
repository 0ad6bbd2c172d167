// SPDX-License-Identifier: Apache-2.0

/// How a picture in SVG looks.
public struct SVGOptions: Hashable, Sendable {
    /// The width in pixels, at least 400; nil for one that makes the picture neither wide nor tall.
    public var width: Int?

    /// Creates options.
    public init(width: Int? = nil) { self.width = width }
}

extension Node {
    /// A picture of the node as a file in SVG 1.1, which needs nothing else: no fonts, no scripts, no style sheets.
    ///
    /// It is light or dark as its reader wants it (`prefers-color-scheme`). Regardless of what names and aliases contain, the
    /// file is well-formed XML without control characters.
    public func svg(_ options: SVGOptions = SVGOptions()) -> String {
        let outline = Outline(self)
        let limits = options.width.map { [max(400, $0)] } ?? [640, 800, 1000, 1250, 1500, 1800, 2200]
        let scenes = limits.map { Layout.scene(outline, .pixels, limit: $0) }
        // Four to three, as screens and pages are; of equals the smaller.
        func distance(_ scene: Scene) -> Int { abs(scene.width * 3 - scene.height * 4) }
        let best = scenes.min { distance($0) < distance($1) }
        return SVGWriter.text(best ?? Scene(), of: self)
    }
}
