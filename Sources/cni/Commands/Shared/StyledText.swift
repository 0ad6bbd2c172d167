// SPDX-License-Identifier: Apache-2.0

/// A line for a person.
///
/// What is interpolated comes from outside and is cleaned: of names, messages and documents no control
/// character reaches a terminal. Colours are only ours.
///
///     let line: StyledText = "\("error:", .red) \(message)"
struct StyledText: ExpressibleByStringInterpolation {
    enum Style: Int {
        case bold = 1
        case faint = 2
        case red = 31
        case green = 32
        case yellow = 33
    }

    private struct Span {
        var text: String
        var style: Style?
    }

    private var spans: [Span] = []

    init(stringLiteral text: String) { spans = [Span(text: text)] }

    init(_ text: String, _ style: Style? = nil) { spans = [Span(text: text.printable, style: style)] }

    init(stringInterpolation parts: StringInterpolation) { spans = parts.text.spans }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = StyledText("")

        init(literalCapacity: Int, interpolationCount: Int) {}

        mutating func appendLiteral(_ literal: String) { text.spans.append(Span(text: literal)) }

        mutating func appendInterpolation(_ text: String, _ style: Style? = nil) {
            self.text += StyledText(text, style)
        }

        mutating func appendInterpolation(_ text: Substring) { self.text += StyledText(String(text)) }

        mutating func appendInterpolation(_ number: Int) { text.spans.append(Span(text: String(number))) }

        mutating func appendInterpolation(_ text: StyledText) { self.text += text }
    }

    static func += (left: inout StyledText, right: StyledText) { left.spans += right.spans }

    /// How many columns it takes.
    var columns: Int { spans.reduce(0) { $0 + $1.text.unicodeScalars.count } }

    /// The text, with the escape sequences of ISO 6429 if it may have colours.
    func text(isColored: Bool) -> String {
        spans.reduce(into: "") { text, span in
            guard isColored, let style = span.style, !span.text.isEmpty else {
                text += span.text
                return
            }
            text += "\u{1b}[\(style.rawValue)m\(span.text)\u{1b}[0m"
        }
    }
}

extension String {
    /// The text in one line, with U+FFFD for what could steer a terminal.
    var printable: String {
        if utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) { return self }
        var text = ""
        for scalar in unicodeScalars {
            if scalar == "\n" || scalar == "\t" || scalar == "\r" {
                text.unicodeScalars.append(" ")
            } else {
                text.unicodeScalars.append(scalar.steersTerminals ? "\u{fffd}" : scalar)
            }
        }
        return text
    }

    /// The lines of a text, without empty ones at its end.
    var lines: [String] {
        var lines = split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}

extension Unicode.Scalar {
    /// Control characters, also those of ISO 6429 above ASCII, and what is invisible or turns the writing direction.
    var steersTerminals: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
            true
        default: false
        }
    }
}
