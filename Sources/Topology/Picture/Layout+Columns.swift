// SPDX-License-Identifier: Apache-2.0

extension Layout {
    /// Puts pieces of equal width into columns from top to bottom, with a wire down beside each.
    ///
    /// A piece brings its own branch, which starts at x = 0.
    func columns(
        _ pieces: [Scene], width: Int, gap: Int, limit: Int, isWired: Bool, caption: [Span] = []
    ) -> Scene {
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
            for (row, piece) in pieces[first..<min(first + rows, pieces.count)].enumerated() {
                if row > 0 { y += gap }
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
}
