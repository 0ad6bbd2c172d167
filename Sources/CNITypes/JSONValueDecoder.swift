// SPDX-License-Identifier: Apache-2.0

/// Decodes Swift types from a JSON value that is already parsed.
struct JSONValueDecoder: Decoder {
    let value: JSON
    let path: JSONPath

    var codingPath: [any CodingKey] { path.codingPath }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let members) = value else { throw mismatch(JSONObject.self, "an object") }
        return KeyedDecodingContainer(JSONMembers(members: members, path: path))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = value else { throw mismatch([JSON].self, "a list") }
        return JSONElements(elements: elements, path: path)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    /// Decodes any type, and tells where an error of the type's own is from.
    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        do {
            return try T(from: self)
        } catch let error as CNIError {
            throw DecodingError.dataCorrupted(
                .init(codingPath: codingPath, debugDescription: error.description))
        }
    }

    func mismatch(_ type: any Any.Type, _ expected: String) -> DecodingError {
        .typeMismatch(
            type,
            .init(codingPath: codingPath, debugDescription: "expected \(expected), found \(value.kind)"))
    }
}

extension JSONValueDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { value.isNull }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard case .bool(let found) = value else { throw mismatch(type, "true or false") }
        return found
    }

    func decode(_ type: String.Type) throws -> String {
        guard case .string(let found) = value else { throw mismatch(type, "a string") }
        return found
    }

    func decode(_ type: Double.Type) throws -> Double {
        switch value {
        case .integer(let found): return Double(found)
        case .unsigned(let found): return Double(found)
        case .number(let found): return found
        default: throw mismatch(type, "a number")
        }
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }

    private func integer<T: FixedWidthInteger>() throws -> T {
        let (exact, found): (T?, String)
        switch value {
        case .integer(let value): (exact, found) = (T(exactly: value), "\(value)")
        case .unsigned(let value): (exact, found) = (T(exactly: value), "\(value)")
        case .number(let value): (exact, found) = (value.exactly(), "\(value)")
        default: throw mismatch(T.self, "an integer")
        }
        guard let exact else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: codingPath,
                    debugDescription: "expected an integer from \(T.min) to \(T.max), found \(found)"))
        }
        return exact
    }
}
