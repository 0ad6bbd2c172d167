// SPDX-License-Identifier: Apache-2.0

/// Where in a text the values of a JSON document are, with the members that ``JSON`` forgets: all but the
/// last one of those with the same key.
package struct JSONOutline: Sendable {
    package struct Member: Sendable {
        package let key: String
        /// Where the key begins, in bytes from 0 on.
        package let offset: Int
        package let value: JSONOutline
    }

    package enum Content: Sendable {
        case scalar
        case members([Member])
        case elements([JSONOutline])
    }

    /// Where the value begins, in bytes from 0 on.
    package let offset: Int
    package let content: Content

    /// Parses a text.
    package init(parsing text: [UInt8]) throws(JSONSyntaxError) {
        var parser = JSONParser(text)
        self = try parser.document { parser throws(JSONSyntaxError) in try JSONOutline(&parser) }
    }

    private init(_ parser: inout JSONParser) throws(JSONSyntaxError) {
        offset = parser.position
        switch parser.current {
        case UInt8(ascii: "{"):
            var members: [Member] = []
            try parser.eachMember { parser, key, offset throws(JSONSyntaxError) in
                members.append(Member(key: key, offset: offset, value: try JSONOutline(&parser)))
            }
            content = .members(members)
        case UInt8(ascii: "["):
            var elements: [JSONOutline] = []
            try parser.eachElement { parser throws(JSONSyntaxError) in
                elements.append(try JSONOutline(&parser))
            }
            content = .elements(elements)
        default:
            _ = try parser.value()
            content = .scalar
        }
    }

    /// What is at the end of a way, or the last there is on it.
    package func nearest(_ path: JSONPath) -> JSONOutline {
        var outline = self
        for step in path.steps {
            guard let next = outline[step] else { return outline }
            outline = next
        }
        return outline
    }

    /// Where the keys of the object at a place begin; of equal keys the last one counts.
    package func keyOffsets(in path: JSONPath) -> [String: Int] {
        guard case .members(let members) = nearest(path).content else { return [:] }
        return Dictionary(members.map { ($0.key, $0.offset) }) { $1 }
    }

    private subscript(step: JSONPath.Step) -> JSONOutline? {
        switch (step, content) {
        case (.member(let key), .members(let members)): members.last { $0.key == key }?.value
        case (.element(let index), .elements(let elements)):
            elements.indices.contains(index) ? elements[index] : nil
        default: nil
        }
    }
}
