// SPDX-License-Identifier: Apache-2.0

/// The way to a value in a JSON document, which is written `ipam.ranges[0][1].subnet`.
package struct JSONPath: Hashable, Sendable {
    package enum Step: Hashable, Sendable {
        case member(String)
        case element(Int)
    }

    package var steps: [Step]

    package init(_ steps: [Step] = []) { self.steps = steps }

    /// The way to a member of the object here.
    package func member(_ key: String) -> JSONPath { JSONPath(steps + [.member(key)]) }

    /// The way to an element of the list here.
    package func element(_ index: Int) -> JSONPath { JSONPath(steps + [.element(index)]) }

    /// The way from here on.
    package func appending(_ path: JSONPath) -> JSONPath { JSONPath(steps + path.steps) }

    /// The way to what holds this; nil for the whole document.
    package var parent: JSONPath? { steps.isEmpty ? nil : JSONPath(steps.dropLast()) }

    /// Whether the value here is the other one or is somewhere in it.
    package func isWithin(_ other: JSONPath) -> Bool { steps.starts(with: other.steps) }
}

extension JSONPath: CustomStringConvertible {
    package var description: String {
        steps.reduce(into: "") { text, step in
            switch step {
            case .member(let key): text += text.isEmpty ? key : ".\(key)"
            case .element(let index): text += "[\(index)]"
            }
        }
    }
}

extension JSON {
    /// The value at the end of a way, its keys as they are spelt; nil if there is none.
    package subscript(path: JSONPath) -> JSON? {
        var value = self
        for step in path.steps {
            switch (step, value) {
            case (.member(let key), .object(let members)):
                guard let member = members[key] else { return nil }
                value = member
            case (.element(let index), .array(let elements)) where elements.indices.contains(index):
                value = elements[index]
            default: return nil
            }
        }
        return value
    }

    /// The spelling in which an object has a key, which may differ in the case of ASCII letters.
    package func spelling(of key: String) -> String? {
        guard case .object(let members) = self else { return nil }
        if members[key] != nil { return key }
        return members.keys.filter { $0.equalsIgnoringASCIICase(key) }.min()
    }
}
