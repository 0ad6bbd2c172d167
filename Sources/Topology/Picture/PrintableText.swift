// SPDX-License-Identifier: Apache-2.0

extension String {
    /// The text with U+FFFD for every character that is not one column wide for certain.
    ///
    /// Names come from outside: control characters and those that turn the writing direction must not reach a
    /// terminal or an SVG file, and layouts count on one column for one character.
    var printable: String {
        var text = ""
        for scalar in unicodeScalars { text.unicodeScalars.append(scalar.isPrintable ? scalar : "\u{fffd}") }
        return text
    }

    /// The number of columns of a printable text.
    var columns: Int { unicodeScalars.count }

    /// A printable text cut to a number of columns, with an ellipsis in the place of its end.
    func cut(to columns: Int) -> String {
        guard self.columns > columns else { return self }
        guard columns > 0 else { return "" }
        return String(String.UnicodeScalarView(unicodeScalars.prefix(columns - 1))) + "…"
    }

    /// A name that is too long, with an ellipsis in its middle: both ends of a name tell things apart.
    ///
    /// Of an identifier that is a long hexadecimal number the start is enough.
    func shortened(to columns: Int) -> String {
        let scalars = unicodeScalars
        let isHexadecimal = scalars.allSatisfy { $0.properties.isASCIIHexDigit }
        if scalars.count >= 32, isHexadecimal {
            return String(String.UnicodeScalarView(scalars.prefix(12)))
        }
        guard scalars.count > columns, columns > 2 else { return cut(to: columns) }
        let tail = (columns - 1) / 2
        return String(String.UnicodeScalarView(scalars.prefix(columns - 1 - tail))) + "…"
            + String(String.UnicodeScalarView(scalars.suffix(tail)))
    }

    /// Whether the text comes before another, with numbers in them by their value: `pod2` before `pod10`.
    func isNaturallyBefore(_ other: String) -> Bool {
        var left = utf8[...]
        var right = other.utf8[...]
        while let one = left.first, let two = right.first {
            let numbers = (left.prefix(while: \.isDigit), right.prefix(while: \.isDigit))
            if !numbers.0.isEmpty, !numbers.1.isEmpty {
                let digits = (
                    numbers.0.drop { $0 == UInt8(ascii: "0") }, numbers.1.drop { $0 == UInt8(ascii: "0") }
                )
                if digits.0.count != digits.1.count { return digits.0.count < digits.1.count }
                if !digits.0.elementsEqual(digits.1) { return digits.0.lexicographicallyPrecedes(digits.1) }
                left = left.dropFirst(numbers.0.count)
                right = right.dropFirst(numbers.1.count)
            } else if one != two {
                return one < two
            } else {
                left = left.dropFirst()
                right = right.dropFirst()
            }
        }
        return left.isEmpty && !right.isEmpty
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}

extension Unicode.Scalar {
    /// Whether it is a letter, number or sign of Latin, Greek or Cyrillic, or one that pictures themselves use.
    var isPrintable: Bool {
        switch value {
        case 0x20...0x7e, 0xa1...0xac, 0xae...0x24f, 0x386...0x3ff, 0x400...0x481, 0x48a...0x4ff: true
        case 0x2026, 0x2192, 0x2194, 0xfffd: true  // … → ↔ and what stands for others
        default: false
        }
    }
}
