// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

/// An element of an XML answer; it has elements or a text in it. Their order does not matter.
struct XMLElement: Sendable {
    /// Why an answer cannot be read.
    struct Mistake: Error, CustomStringConvertible {
        let path: String
        let reason: String

        var description: String { path.isEmpty ? reason : "\(path): \(reason)" }
    }

    let name: String
    /// The text; empty if there are elements.
    let text: String
    /// The elements, by name.
    let children: [String: [XMLElement]]

    /// The first element of a name.
    subscript(name: String) -> XMLElement? { children[name]?.first }

    /// The members of a list: the elements `item` in the element of a name.
    func items(_ name: String) -> [XMLElement] { self[name]?.children["item"] ?? [] }

    /// The text of the element of a name; nil if there is none, or an empty one.
    func text(_ name: String) -> String? { self[name].flatMap { $0.text.isEmpty ? nil : $0.text } }

    /// The element of a name, which has to be there.
    func element(_ name: String) throws(Mistake) -> XMLElement {
        guard let element = self[name] else { throw mistake(name, "missing") }
        return element
    }

    /// The text of the element of a name, which has to be there.
    func required(_ name: String) throws(Mistake) -> String {
        guard let text = text(name) else { throw mistake(name, "missing") }
        return text
    }

    /// The number in the element of a name.
    func integer(_ name: String) throws(Mistake) -> Int? { try parsed(name, "a number", Int.init) }

    /// The truth in the element of a name; false if there is none.
    func flag(_ name: String) throws(Mistake) -> Bool {
        try parsed(name, "true or false") { $0 == "true" ? true : $0 == "false" ? false : nil } ?? false
    }

    func address(_ name: String) throws(Mistake) -> IPAddress? {
        try parsed(name, "an address") { IPAddress($0) }
    }

    func prefix(_ name: String) throws(Mistake) -> IPPrefix? {
        try parsed(name, "a network") { IPPrefix($0) }
    }

    /// Something in the text of the element of a name; nil if there is none.
    func parsed<Value>(
        _ name: String, _ kind: String, _ parse: (String) -> Value?
    ) throws(Mistake) -> Value? {
        guard let text = text(name) else { return nil }
        guard let value = parse(text) else { throw mistake(name, "\"\(text.prefix(80))\" is not \(kind)") }
        return value
    }

    /// The tags of a `tagSet`.
    func tags() throws(Mistake) -> [String: String] {
        var tags: [String: String] = [:]
        for item in items("tagSet") { tags[try item.required("key")] = item.text("value") ?? "" }
        return tags
    }

    /// What every member of a list has in the element of a name.
    func values<Value>(
        of list: String, _ value: (XMLElement) throws(Mistake) -> Value?, _ name: String
    ) throws(Mistake) -> [Value] {
        var values: [Value] = []
        for item in items(list) {
            guard let value = try value(item) else { throw mistake("\(list)/item/\(name)", "missing") }
            values.append(value)
        }
        return values
    }

    /// What the texts of a list's members say.
    func texts<Value>(
        of list: String, _ kind: String, _ parse: (String) -> Value?
    ) throws(Mistake) -> [Value] {
        try items(list).map { (item) throws(Mistake) in
            guard let value = parse(item.text) else {
                throw mistake(list, "\"\(item.text.prefix(80))\" is not \(kind)")
            }
            return value
        }
    }

    private func mistake(_ name: String, _ reason: String) -> Mistake {
        Mistake(path: "\(self.name)/\(name)", reason: reason)
    }
}
