// SPDX-License-Identifier: Apache-2.0

package import Addressing
package import CNITypes

/// Reads a JSON object member by member; what nobody has read in the end is refused, since it is misspelt.
package struct DocumentFields: Sendable {
    package let place: String
    private let members: [(key: String, value: JSON)]
    private var read: Set<String> = []

    package init(_ value: JSON, at place: String) throws(DocumentError) {
        guard let object = value.object else {
            throw DocumentError(place: place, problem: "expected an object")
        }
        self.place = place
        members = object.map { $0 }
    }

    /// Parses a document.
    package static func parse(_ text: [UInt8]) throws(DocumentError) -> DocumentFields {
        do throws(CNIError) {
            let value = try JSON(parsing: text)
            return try Self.fields(value)
        } catch {
            throw DocumentError(place: "", problem: "\(error.message)")
        }
    }

    private static func fields(_ value: JSON) throws(CNIError) -> DocumentFields {
        do throws(DocumentError) {
            return try DocumentFields(value, at: "")
        } catch {
            throw CNIError(.decodingFailure, error.problem)
        }
    }

    package var keys: [String] { members.map(\.key) }

    package mutating func value(_ key: String) -> JSON? {
        read.insert(key)
        let value = members.first { $0.key == key }?.value
        return value == .null ? nil : value
    }

    package mutating func text(_ key: String) throws(DocumentError) -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.string else { throw error(key, "expected a string") }
        return text
    }

    package mutating func required(_ key: String) throws(DocumentError) -> String {
        guard let text = try text(key) else { throw error(key, "missing") }
        return text
    }

    package mutating func int(_ key: String) throws(DocumentError) -> Int? {
        guard let value = value(key) else { return nil }
        guard let number = value.int else { throw error(key, "expected a whole number") }
        return number
    }

    package mutating func bool(_ key: String) throws(DocumentError) -> Bool? {
        guard let value = value(key) else { return nil }
        guard let isOn = value.bool else { throw error(key, "expected true or false") }
        return isOn
    }

    /// A number of seconds, as milliseconds.
    package mutating func seconds(_ key: String) throws(DocumentError) -> Int64? {
        guard let value = value(key) else { return nil }
        guard let seconds = value.double, seconds.magnitude < 1e9 else {
            throw error(key, "expected seconds")
        }
        return Int64(seconds * 1000)
    }

    package mutating func number(_ key: String) throws(DocumentError) -> Double? {
        guard let value = value(key) else { return nil }
        guard let number = value.double else { throw error(key, "expected a number") }
        return number
    }

    package mutating func prefix(_ key: String) throws(DocumentError) -> IPPrefix? {
        guard let text = try text(key) else { return nil }
        guard let prefix = IPPrefix(text) else {
            throw error(key, "\"\(text)\" is no range such as 10.0.0.0/16")
        }
        return prefix
    }

    package mutating func address(_ key: String) throws(DocumentError) -> IPAddress? {
        guard let text = try text(key) else { return nil }
        guard let address = IPAddress(text) else { throw error(key, "\"\(text)\" is no address") }
        return address
    }

    package mutating func texts(_ key: String) throws(DocumentError) -> [String] {
        guard let value = value(key) else { return [] }
        // One text stands for a list of it, as in IAM's documents.
        if let text = value.string { return [text] }
        guard let texts = value.array?.map(\.string), !texts.contains(nil) else {
            throw error(key, "expected a list of strings")
        }
        return texts.compactMap { $0 }
    }

    /// The members of an object of texts, such as tags.
    package mutating func dictionary(_ key: String) throws(DocumentError) -> [String: String] {
        guard let value = value(key) else { return [:] }
        guard let object = value.object else { throw error(key, "expected an object") }
        var texts: [String: String] = [:]
        for (name, value) in object {
            guard let text = value.string else { throw error("\(key).\(name)", "expected a string") }
            texts[name] = text
        }
        return texts
    }

    /// The objects of a list.
    package mutating func objects(_ key: String) throws(DocumentError) -> [DocumentFields] {
        guard let value = value(key) else { return [] }
        guard let array = value.array else { throw error(key, "expected a list") }
        var objects: [DocumentFields] = []
        for (index, element) in array.enumerated() {
            objects.append(try DocumentFields(element, at: "\(path(key))[\(index)]"))
        }
        return objects
    }

    package mutating func object(_ key: String) throws(DocumentError) -> DocumentFields? {
        guard let value = value(key) else { return nil }
        return try DocumentFields(value, at: path(key))
    }

    /// Refuses members that nobody has read.
    package func finish() throws(DocumentError) {
        guard let unknown = members.map(\.key).first(where: { !read.contains($0) }) else { return }
        throw error(unknown, "unknown key; known here: \(read.sorted().joined(separator: ", "))")
    }

    package func error(_ key: String, _ problem: String) -> DocumentError {
        DocumentError(place: key.isEmpty ? place : path(key), problem: problem)
    }

    private func path(_ key: String) -> String { place.isEmpty ? key : "\(place).\(key)" }
}

extension JSON {
    /// The value of any number.
    fileprivate var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
