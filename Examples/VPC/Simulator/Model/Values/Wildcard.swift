// SPDX-License-Identifier: Apache-2.0

/// A pattern with `*` and `?`, as filters and policies have it; a backslash takes the next character as it is.
package struct Wildcard: Hashable, Sendable {
    private enum Piece: Hashable, Sendable {
        case any
        case one
        case literal(Character)
    }

    private let pieces: [Piece]

    /// Reads a pattern.
    package init(_ pattern: String) {
        var pieces: [Piece] = []
        var escaped = false
        for character in pattern {
            switch character {
            case _ where escaped:
                pieces.append(.literal(character))
                escaped = false
            case "\\": escaped = true
            case "*": pieces.append(.any)
            case "?": pieces.append(.one)
            default: pieces.append(.literal(character))
            }
        }
        if escaped { pieces.append(.literal("\\")) }
        self.pieces = pieces
    }

    /// Whether the whole of a text matches; the time is at most the product of both lengths.
    package func matches(_ text: String, ignoringCase: Bool = false) -> Bool {
        let characters = Array(ignoringCase ? text.lowercased() : text)
        var (piece, index, star, resume) = (0, 0, -1, 0)
        while index < characters.count {
            if piece < pieces.count, pieces[piece] == .any {
                (star, resume) = (piece, index)
                piece += 1
            } else if piece < pieces.count, admits(pieces[piece], characters[index], ignoringCase) {
                piece += 1
                index += 1
            } else if star >= 0 {
                resume += 1
                (piece, index) = (star + 1, resume)
            } else {
                return false
            }
        }
        return pieces[piece...].allSatisfy { $0 == .any }
    }

    private func admits(_ piece: Piece, _ character: Character, _ ignoringCase: Bool) -> Bool {
        switch piece {
        case .any: false
        case .one: true
        case .literal(let literal):
            ignoringCase ? literal.lowercased() == String(character) : literal == character
        }
    }
}
