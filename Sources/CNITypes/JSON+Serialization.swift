// SPDX-License-Identifier: Apache-2.0

extension JSON {
    /// The JSON text, with the keys of objects sorted.
    ///
    /// Slashes are not escaped: addresses with a prefix length stay readable.
    ///
    /// - Parameter indent: the blanks per level, each member and element on a line of its own; nil for
    ///   a compact text on one line.
    public func serialized(indent: Int? = nil) -> String {
        var writer = JSONWriter(indent: indent)
        writer.write(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

/// Prints JSON values.
///
/// An own writer, because plugins print one small document each and pay for what they load.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private let indent: Int?
    private var level = 0

    init(indent: Int?) {
        self.indent = indent
        bytes.reserveCapacity(1024)
    }

    mutating func write(_ value: JSON) {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .integer(let value): append(String(value))
        case .unsigned(let value): append(String(value))
        // JSON has no word for infinities and NaN.
        case .number(let value): append(value.isFinite ? value.description : "null")
        case .string(let value): write(string: value)
        case .array(let elements):
            append("[")
            for (index, element) in elements.enumerated() {
                startItem(index)
                write(element)
            }
            end(elements.count, "]")
        case .object(let members):
            append("{")
            for (index, member) in members.enumerated() {
                startItem(index)
                write(string: member.key)
                append(indent == nil ? ":" : ": ")
                write(member.value)
            }
            end(members.count, "}")
        }
    }

    private mutating func startItem(_ index: Int) {
        if index == 0 { level += 1 } else { append(",") }
        startLine()
    }

    private mutating func end(_ count: Int, _ closing: StaticString) {
        if count > 0 {
            level -= 1
            startLine()
        }
        append(closing)
    }

    private mutating func startLine() {
        guard let indent else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent * level))
    }

    private mutating func write(string: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 0x08: append("\\b")
            case 0x09: append("\\t")
            case 0x0a: append("\\n")
            case 0x0c: append("\\f")
            case 0x0d: append("\\r")
            case 0..<0x20:
                append("\\u00")
                append(byte < 0x10 ? "0" : "1")
                append(String(byte & 0xf, radix: 16))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }
}
