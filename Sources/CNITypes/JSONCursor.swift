// SPDX-License-Identifier: Apache-2.0

/// A value in a JSON document that knows its place there, for reading with good error messages.
///
/// What every plugin reads at every start is read with this: `Decodable` costs half a millisecond at its
/// first use, most of what a plugin needs to start at all. `null` and absent values are alike, and
/// reading one yields nil.
package struct JSONCursor {
    /// The value; `null` if the document has none.
    package let value: JSON
    /// Where in the document this is: `ipam.ranges[0]`.
    package let place: JSONPath
    private let code: CNIError.Code
    /// Whether keys match in any spelling; see ``capability(_:)``.
    private var ignoresSpelling = false

    /// Starts at a value whose own place in its document is `path`, such as `prevResult`.
    package init(
        _ value: JSON, at place: JSONPath = JSONPath(),
        failingWith code: CNIError.Code = .invalidConfiguration
    ) {
        self.value = value
        self.place = place
        self.code = code
    }

    /// The member of an object, or a place without a value; only ``requireObject()`` insists on an object.
    package subscript(key: String) -> JSONCursor {
        let found = ignoresSpelling ? value.object?.member(spelledLike: key) : value[key]
        return inside(found, place.member(key))
    }

    /// What the runtime passes for a capability, in `runtimeConfig`.
    ///
    /// Its keys are those of the CNI conventions, in whatever spelling: containerd writes `HostPort`, Cloud Foundry
    /// `host_port`.
    package func capability(_ name: String) -> JSONCursor {
        var capabilities = self["runtimeConfig"]
        capabilities.ignoresSpelling = true
        return capabilities[name]
    }

    /// A cursor at a value within this one.
    private func inside(_ value: JSON?, _ place: JSONPath) -> JSONCursor {
        var cursor = JSONCursor(value ?? .null, at: place, failingWith: code)
        cursor.ignoresSpelling = ignoresSpelling
        return cursor
    }

    /// Whether there is no value.
    package var isAbsent: Bool { value.isNull }

    /// The value itself, with nil for `null`.
    package var present: JSON? { isAbsent ? nil : value }

    /// An error about the value here.
    package func failure(_ reason: String) -> CNIError { CNIError(code, at: place, reason) }

    /// What `read` yields, of which nothing is an error.
    package func required<T>(_ read: T?) throws(CNIError) -> T {
        guard let read else { throw failure("missing") }
        return read
    }
}

extension JSONCursor {
    /// A string.
    package func text() throws(CNIError) -> String? {
        switch value {
        case .null: return nil
        case .string(let text): return text
        default: throw mismatch("a string")
        }
    }

    /// A string, with nil for an empty one.
    package func nonEmptyText() throws(CNIError) -> String? {
        guard let text = try text(), !text.isEmpty else { return nil }
        return text
    }

    /// A string that `parse` makes a value of, and that is not a `name` if it does not.
    package func parsed<T>(_ name: String, _ parse: (String) -> T?) throws(CNIError) -> T? {
        guard let text = try text() else { return nil }
        guard let value = parse(text) else { throw failure("\"\(text)\" is not \(name)") }
        return value
    }

    /// An address, with nil for an empty string too.
    package func address() throws(CNIError) -> IPAddress? {
        if case .string("") = value { return nil }
        return try parsed("an IP address") { IPAddress($0) }
    }

    /// An address with a prefix length.
    package func prefix() throws(CNIError) -> IPPrefix? {
        try parsed("an address with a prefix length") { IPPrefix($0) }
    }

    /// A MAC address.
    ///
    /// An empty text is none, as for Go's plugins.
    package func mac() throws(CNIError) -> MACAddress? {
        if try text() == "" { return nil }
        return try parsed("a MAC address") { MACAddress($0) }
    }

    /// A boolean.
    package func bool() throws(CNIError) -> Bool? {
        switch value {
        case .null: return nil
        case .bool(let value): return value
        default: throw mismatch("true or false")
        }
    }

    /// A whole number that fits the type.
    package func integer<T: FixedWidthInteger>(_ type: T.Type = T.self) throws(CNIError) -> T? {
        let exact: T?
        switch value {
        case .null: return nil
        case .integer(let value): exact = T(exactly: value)
        case .unsigned(let value): exact = T(exactly: value)
        case .number(let value): exact = value.exactly()
        default: throw mismatch("an integer")
        }
        guard let exact else {
            throw failure("expected an integer from \(T.min) to \(T.max), found \(value)")
        }
        return exact
    }

    /// The elements of a list; none if there is no list.
    package func elements() throws(CNIError) -> [JSONCursor] {
        switch value {
        case .null: return []
        case .array(let elements):
            var cursors: [JSONCursor] = []
            cursors.reserveCapacity(elements.count)
            for (index, element) in elements.enumerated() {
                cursors.append(inside(element, place.element(index)))
            }
            return cursors
        default: throw mismatch("a list")
        }
    }

    /// A list of strings; none if there is no list.
    package func texts() throws(CNIError) -> [String] {
        var texts: [String] = []
        for element in try elements() {
            guard let text = try element.text() else { throw element.mismatch("a string") }
            texts.append(text)
        }
        return texts
    }

    /// The members of an object.
    package func members() throws(CNIError) -> JSONObject? {
        switch value {
        case .null: return nil
        case .object(let members): return members
        default: throw mismatch("an object")
        }
    }

    /// Insists on an object.
    package func requireObject() throws(CNIError) {
        guard case .object = value else { throw mismatch("an object") }
    }

    private func mismatch(_ expected: String) -> CNIError {
        failure("expected \(expected), found \(value.kind)")
    }
}

extension Decoder {
    /// Reads the value here with a cursor, for types that are also members of what plugins decode.
    func read<T>(_ read: (JSONCursor) throws(CNIError) -> T) throws -> T {
        do {
            return try read(JSONCursor(JSON(from: self), at: JSONPath(codingPath)))
        } catch let error as CNIError {
            throw DecodingError.dataCorrupted(
                .init(codingPath: error.place?.codingPath ?? codingPath, debugDescription: error.reason))
        }
    }
}
