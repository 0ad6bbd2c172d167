// SPDX-License-Identifier: Apache-2.0

// The one file that uses Foundation: its parser is exact, fast and bounded in depth.
internal import FoundationEssentials

extension JSON {
    /// Parses a JSON text.
    ///
    /// Integers of 64 bits are exact; of equal keys in an object the first one counts.
    ///
    /// - Throws: ``CNIError/Code/decodingFailure`` for what is empty, is not JSON or is nested too deeply.
    public init(parsing text: [UInt8]) throws(CNIError) {
        if let flaw = Self.flaw(in: text) { throw CNIError(.decodingFailure, "not JSON: \(flaw)") }
        do {
            self = try JSONDecoder().decode(JSON.self, from: Data(text))
        } catch {
            throw CNIError(.decodingFailure, "not JSON: \(Self.reason(error))")
        }
    }

    /// Parses a JSON text.
    ///
    /// - Throws: ``CNIError/Code/decodingFailure`` for what is empty, is not JSON or is nested too deeply.
    public init(parsing text: String) throws(CNIError) {
        try self.init(parsing: Array(text.utf8))
    }

    /// What the parser would let pass or say badly: RFC 8259 wants UTF-8, and no comma after the last element.
    private static func flaw(in text: [UInt8]) -> String? {
        var isEmpty = true
        var isInString = false
        var isEscaped = false
        var last: UInt8 = 0
        for (index, byte) in text.enumerated() {
            if byte == 0 { return "there is a zero byte at offset \(index)" }
            if isInString {
                if !isEscaped, byte == UInt8(ascii: "\"") { isInString = false }
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
                continue
            }
            switch byte {
            case 0x20, 0x09, 0x0a, 0x0d: continue
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if last == UInt8(ascii: ",") { return "there is a comma before the end at offset \(index)" }
            default: break
            }
            isEmpty = false
            last = byte
        }
        return isEmpty ? "the document is empty" : nil
    }

    /// What the parser has to say, which it wraps in an error that says little.
    private static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        switch error {
        case .dataCorrupted(let context), .typeMismatch(_, let context), .valueNotFound(_, let context),
            .keyNotFound(_, let context):
            return context.underlyingError.map { "\($0)" } ?? context.debugDescription
        @unknown default:
            return "\(error)"
        }
    }
}

extension JSON: Decodable {
    /// Takes a value of any kind from a decoder.
    public init(from decoder: any Decoder) throws {
        if let tree = decoder as? JSONValueDecoder {
            self = tree.value
            return
        }
        // A failed attempt costs an error, several microseconds: the most frequent kinds come first.
        let single = try decoder.singleValueContainer()
        if let value = try? single.decode(String.self) {
            self = .string(value)
        } else if let members = try? decoder.container(keyedBy: MemberKey.self) {
            self = .object(try Self.members(of: members))
        } else if var elements = try? decoder.unkeyedContainer() {
            self = .array(try Self.elements(of: &elements))
        } else if single.decodeNil() {
            self = .null
        } else if let value = try? single.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? single.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? single.decode(UInt64.self) {
            self = .unsigned(value)
        } else {
            self = .number(try single.decode(Double.self))
        }
    }

    private static func members(
        of container: KeyedDecodingContainer<MemberKey>
    ) throws -> [String: JSON] {
        let keys = container.allKeys
        var members: [String: JSON] = [:]
        members.reserveCapacity(keys.count)
        for key in keys {
            members[key.stringValue] = try container.decode(JSON.self, forKey: key)
        }
        return members
    }

    private static func elements(of container: inout any UnkeyedDecodingContainer) throws -> [JSON] {
        var elements: [JSON] = []
        elements.reserveCapacity(container.count ?? 0)
        while !container.isAtEnd {
            elements.append(try container.decode(JSON.self))
        }
        return elements
    }
}
