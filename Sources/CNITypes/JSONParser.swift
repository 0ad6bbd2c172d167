// SPDX-License-Identifier: Apache-2.0

/// Parses a JSON text as RFC 8259 has it, with nothing added.
struct JSONParser {
    typealias Failure = JSONSyntaxError

    /// How deeply lists and objects may be nested, so that a hostile text cannot exhaust the stack.
    private static let depthLimit = 512

    private let text: [UInt8]
    /// The number of bytes read.
    private(set) var position = 0
    private var depth = 0

    init(_ text: [UInt8]) {
        self.text = text
    }

    /// The value that is the whole text.
    mutating func document() throws(Failure) -> JSON {
        try document { parser throws(Failure) in try parser.value() }
    }

    /// What `read` makes of the value that is the whole text.
    mutating func document<Value>(
        _ read: (inout JSONParser) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        // RFC 8259, section 8.1: none is to be added. An editor shows nothing of it.
        if text.starts(with: [0xef, 0xbb, 0xbf]) {
            throw failure("a byte order mark (bytes EF BB BF) before the document")
        }
        skipBlanks()
        if current == nil { throw Failure(reason: "the document is empty", position: nil) }
        let value = try read(&self)
        skipBlanks()
        if current != nil { throw failure("unexpected text after the document") }
        return value
    }

    mutating func value() throws(Failure) -> JSON {
        switch current {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case let character? where character == UInt8(ascii: "-") || character.isDigit: return try number()
        default: throw failure("expected a value")
        }
    }

    /// An object; of equal keys the last one counts.
    private mutating func object() throws(Failure) -> JSON {
        var members: [JSONObject.Member] = []
        try eachMember { parser, key, _ throws(Failure) in
            members.append(JSONObject.Member(key: key, value: try parser.value()))
        }
        return .object(JSONObject(members))
    }

    private mutating func array() throws(Failure) -> JSON {
        var elements: [JSON] = []
        try eachElement { parser throws(Failure) in elements.append(try parser.value()) }
        return .array(elements)
    }

    /// Goes through an object; `read` has to read the value, and gets the position of its key.
    mutating func eachMember(
        _ read: (inout JSONParser, _ key: String, _ offset: Int) throws(Failure) -> Void
    ) throws(Failure) {
        try open()
        if !skip(UInt8(ascii: "}")) {
            repeat {
                skipBlanks()
                let offset = position
                guard current == UInt8(ascii: "\"") else { throw failure("expected a key in quotes") }
                let key = try string()
                skipBlanks()
                guard skip(UInt8(ascii: ":")) else { throw failure("expected a colon after the key") }
                skipBlanks()
                try read(&self, key, offset)
                skipBlanks()
            } while skip(UInt8(ascii: ","))
            guard skip(UInt8(ascii: "}")) else { throw failure("expected a comma or a closing brace") }
        }
        depth -= 1
    }

    /// Goes through a list; `read` has to read the element.
    mutating func eachElement(_ read: (inout JSONParser) throws(Failure) -> Void) throws(Failure) {
        try open()
        if !skip(UInt8(ascii: "]")) {
            repeat {
                skipBlanks()
                try read(&self)
                skipBlanks()
            } while skip(UInt8(ascii: ","))
            guard skip(UInt8(ascii: "]")) else { throw failure("expected a comma or a closing bracket") }
        }
        depth -= 1
    }

    private mutating func open() throws(Failure) {
        depth += 1
        if depth > Self.depthLimit { throw failure("nested more than \(Self.depthLimit) levels deep") }
        position += 1
        skipBlanks()
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws(Failure) -> JSON {
        let matches = word.withUTF8Buffer { text[position...].starts(with: $0) }
        guard matches else { throw failure("expected a value") }
        position += word.utf8CodeUnitCount
        return value
    }

    private mutating func number() throws(Failure) -> JSON {
        let start = position
        skip(UInt8(ascii: "-"))
        // No digit may follow a leading zero.
        if !skip(UInt8(ascii: "0")) { try skipDigits() }
        var isWhole = true
        if skip(UInt8(ascii: ".")) {
            isWhole = false
            try skipDigits()
        }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            isWhole = false
            if !skip(UInt8(ascii: "+")) { skip(UInt8(ascii: "-")) }
            try skipDigits()
        }
        let digits = String(decoding: text[start..<position], as: UTF8.self)
        if isWhole {
            if let value = Int64(digits) { return .integer(value) }
            if let value = UInt64(digits) { return .unsigned(value) }
        }
        guard let value = Double(digits), value.isFinite else { throw failure("the number is too large") }
        return .number(value)
    }

    private mutating func skipDigits() throws(Failure) {
        guard current?.isDigit == true else { throw failure("expected a digit") }
        while current?.isDigit == true { position += 1 }
    }
}

extension JSONParser {
    private mutating func string() throws(Failure) -> String {
        position += 1
        let start = position
        skipPlainCharacters()
        if current == UInt8(ascii: "\"") {
            defer { position += 1 }
            return try decoded(text[start..<position])
        }
        var bytes = Array(text[start..<position])
        while !skip(UInt8(ascii: "\"")) {
            guard let character = current else { throw failure("the string has no end") }
            if character < 0x20 { throw failure("a control character in a string") }
            position += 1
            try appendEscape(to: &bytes)
            let plain = position
            skipPlainCharacters()
            bytes += text[plain..<position]
        }
        return try decoded(bytes[...])
    }

    /// Moves to the next quote, backslash or control character.
    private mutating func skipPlainCharacters() {
        while position < text.count {
            let character = text[position]
            if character == UInt8(ascii: "\"") || character == UInt8(ascii: "\\") || character < 0x20 {
                return
            }
            position += 1
        }
    }

    private func decoded(_ bytes: ArraySlice<UInt8>) throws(Failure) -> String {
        guard let string = String(validating: bytes, as: UTF8.self) else {
            throw failure("the string is not UTF-8")
        }
        return string
    }

    /// Reads what is behind a backslash.
    private mutating func appendEscape(to bytes: inout [UInt8]) throws(Failure) {
        let character = current
        position += 1
        switch character {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(text[position - 1])
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0c)
        case UInt8(ascii: "n"): bytes.append(0x0a)
        case UInt8(ascii: "r"): bytes.append(0x0d)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"): bytes += String(try scalar()).utf8
        default:
            position -= 1
            throw failure("unknown escape")
        }
    }

    /// Reads what is behind `\u`, with the second half of a surrogate pair.
    private mutating func scalar() throws(Failure) -> Character {
        var code = UInt32(try codeUnit())
        if UTF16.isLeadSurrogate(UInt16(code)), skip(UInt8(ascii: "\\")), skip(UInt8(ascii: "u")) {
            let low = try codeUnit()
            guard UTF16.isTrailSurrogate(low) else { throw failure("half a surrogate pair") }
            code = 0x10000 + (code - 0xd800) << 10 + UInt32(low) - 0xdc00
        }
        guard let scalar = Unicode.Scalar(code) else { throw failure("half a surrogate pair") }
        return Character(scalar)
    }

    private mutating func codeUnit() throws(Failure) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = current?.hexadecimalValue else {
                throw failure("expected four hexadecimal digits")
            }
            unit = unit << 4 | digit
            position += 1
        }
        return unit
    }
}

extension JSONParser {
    var current: UInt8? { position < text.count ? text[position] : nil }

    @discardableResult
    private mutating func skip(_ character: UInt8) -> Bool {
        guard current == character else { return false }
        position += 1
        return true
    }

    private mutating func skipBlanks() {
        while let character = current,
            character == 0x20 || character == 0x0a || character == 0x0d || character == 0x09
        { position += 1 }
    }

    private func failure(_ reason: String) -> Failure {
        Failure(reason: reason, position: TextPosition(offset: position, in: text))
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    fileprivate var hexadecimalValue: UInt16? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(self - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(self - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(self - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
