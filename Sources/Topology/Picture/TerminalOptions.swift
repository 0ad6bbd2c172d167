// SPDX-License-Identifier: Apache-2.0

/// How a picture for a terminal looks.
public struct TerminalOptions: Hashable, Sendable {
    /// The number of columns, at least 40.
    public var width: Int
    /// Whether there are colours, by the escape sequences of ISO 6429 (ANSI).
    public var isColored: Bool
    /// Whether there is nothing but ASCII, for a terminal that has no line drawing characters.
    public var isASCII: Bool

    /// Creates options.
    public init(width: Int = 80, isColored: Bool = false, isASCII: Bool = false) {
        self.width = width
        self.isColored = isColored
        self.isASCII = isASCII
    }
}

extension Node {
    /// A picture of the node for a terminal, with a line break after each line.
    ///
    /// Of up to 24 containers everything is shown, of more a table. Regardless of what names and aliases contain, nothing but
    /// printable characters is in it, and with ``TerminalOptions/isColored`` the escape sequences for colours.
    public func terminalPicture(_ options: TerminalOptions = TerminalOptions()) -> String {
        let scene = Layout.scene(Outline(self), .terminal, limit: max(40, options.width))
        var canvas = TerminalCanvas(width: scene.width, height: scene.height)
        canvas.draw(scene)
        return canvas.text(options)
    }
}
