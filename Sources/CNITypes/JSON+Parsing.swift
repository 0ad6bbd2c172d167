// SPDX-License-Identifier: Apache-2.0

extension JSON {
    /// Parses a JSON text, strictly as RFC 8259 has it.
    ///
    /// Integers of 64 bits are exact; of equal keys in an object the last one counts.
    ///
    /// - Throws: ``CNIError/Code/decodingFailure``, with the place, for what is empty, is not JSON or is nested
    ///   too deeply.
    public init(parsing text: [UInt8]) throws(CNIError) {
        var parser = JSONParser(text)
        do {
            self = try parser.document()
        } catch {
            throw CNIError(.decodingFailure, "not JSON: \(error)")
        }
    }

    /// Parses a JSON text.
    ///
    /// - Throws: as for bytes.
    public init(parsing text: String) throws(CNIError) {
        try self.init(parsing: Array(text.utf8))
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
    ) throws -> JSONObject {
        let keys = container.allKeys
        var members: [JSONObject.Member] = []
        members.reserveCapacity(keys.count)
        for key in keys {
            members.append(.init(key: key.stringValue, value: try container.decode(JSON.self, forKey: key)))
        }
        return JSONObject(members)
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
