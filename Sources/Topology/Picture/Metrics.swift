// SPDX-License-Identifier: Apache-2.0

/// The sizes that a layout is made with: in columns and lines for a terminal, in pixels for SVG.
struct Metrics: Hashable {
    /// The width of a character.
    var advance: Int
    /// The height of a line.
    var line: Int
    /// From a box's left or right edge to its text.
    var side: Int
    /// From a box's left edge to its title.
    var titleSide: Int
    /// From a box's upper edge to its title's line.
    var titleTop: Int
    /// From a box's upper edge to its first line.
    var contentTop: Int
    /// From a box's last line to its lower edge.
    var contentBottom: Int
    /// From a box's lower edge to where a wire starts; 1 where the edge itself is a row.
    var edge: Int
    /// From the edge of the node's box to what is in it.
    var margin: Int
    /// Between sections.
    var sectionGap: Int
    /// Between a bridge and what hangs below it.
    var lead: Int
    /// From a bridge's left edge to its first wire.
    var trunk: Int
    /// From a wire down to the cards that it leads to.
    var elbow: Int
    /// From a wire down to the text beside it.
    var portSide: Int
    /// Between columns of cards.
    var columnGap: Int
    /// Between cards in a column.
    var cardGap: Int
    /// From a table row's edges to its text, sideways, and above and below.
    var rowSide: Int
    var rowTop: Int

    static let terminal = Metrics(
        advance: 1, line: 1, side: 2, titleSide: 3, titleTop: 0, contentTop: 1, contentBottom: 1, edge: 1,
        margin: 2, sectionGap: 1, lead: 0, trunk: 2, elbow: 2, portSide: 2, columnGap: 2, cardGap: 0,
        rowSide: 2, rowTop: 0)

    static let pixels = Metrics(
        advance: 8, line: 18, side: 14, titleSide: 14, titleTop: 8, contentTop: 32, contentBottom: 10,
        edge: 0,
        margin: 20, sectionGap: 28, lead: 12, trunk: 22, elbow: 20, portSide: 8, columnGap: 28, cardGap: 10,
        rowSide: 10, rowTop: 3)

    /// The width of so many characters.
    func width(_ columns: Int) -> Int { columns * advance }

    /// The number of characters that there is room for.
    func columns(_ width: Int) -> Int { max(0, width / advance) }

    /// The height of a box with so many lines.
    func height(_ lines: Int) -> Int { contentTop + lines * line + contentBottom }
}
