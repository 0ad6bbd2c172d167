// SPDX-License-Identifier: Apache-2.0

/// A place in a text.
public struct TextPosition: Hashable, Sendable {
    /// The number of the line, from 1 on.
    public let line: Int
    /// The number of the byte in the line, from 1 on.
    public let column: Int

    package init(line: Int, column: Int) {
        (self.line, self.column) = (line, column)
    }

    /// The place of the byte number `offset`, counted from 0.
    package init(offset: Int, in text: [UInt8]) {
        let before = text[..<min(offset, text.count)]
        line = before.count { $0 == 0x0a } + 1
        column = before.count - (before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0) + 1
    }
}

extension TextPosition: Comparable {
    /// By line, then by column.
    public static func < (left: TextPosition, right: TextPosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// What is wrong with a text that is not JSON, and where.
package struct JSONSyntaxError: Error, Hashable, CustomStringConvertible {
    package let reason: String
    /// Nil for an empty text.
    package let position: TextPosition?

    package init(reason: String, position: TextPosition?) {
        self.reason = reason
        self.position = position
    }

    /// The reason with the place.
    package var description: String {
        position.map { "\(reason) in line \($0.line), column \($0.column)" } ?? reason
    }
}
