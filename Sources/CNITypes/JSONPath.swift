// SPDX-License-Identifier: Apache-2.0

/// A place in a JSON document, which is written `ipam.ranges[0][1].subnet`; the whole document is "".
///
/// A path shares all but its last step with the path it was made from: readers make one for each value they look at.
public struct JSONPath: Hashable, Sendable {
    /// From what holds a value to the value.
    public enum Step: Hashable, Sendable {
        /// To a member of an object.
        case member(String)
        /// To an element of a list, from 0 on.
        case element(Int)
    }

    private indirect enum Node: Hashable, Sendable {
        case document
        case member(Node, String)
        case element(Node, Int)
    }

    private let node: Node

    private init(_ node: Node) { self.node = node }

    /// The whole document.
    public init() { node = .document }

    /// The place at the end of some steps.
    public init(_ steps: some Sequence<Step>) { self = steps.reduce(JSONPath()) { $0.appending($1) } }

    /// The place of a member of the object here.
    public func member(_ key: String) -> JSONPath { JSONPath(.member(node, key)) }

    /// The place of an element of the list here.
    public func element(_ index: Int) -> JSONPath { JSONPath(.element(node, index)) }

    /// The place one step further.
    public func appending(_ step: Step) -> JSONPath {
        switch step {
        case .member(let key): member(key)
        case .element(let index): element(index)
        }
    }

    /// The place of `path` in a document that is here.
    public func appending(_ path: JSONPath) -> JSONPath { path.steps.reduce(self) { $0.appending($1) } }

    /// The steps from the whole document to here.
    public var steps: [Step] {
        var steps: [Step] = []
        var path = self
        while let (parent, step) = path.last {
            steps.append(step)
            path = parent
        }
        return steps.reversed()
    }

    /// Whether this is the whole document.
    public var isDocument: Bool { last == nil }

    /// What holds this; nil for the whole document.
    public var parent: JSONPath? { last?.parent }

    /// The last step and from where it leads; nil for the whole document.
    package var last: (parent: JSONPath, step: Step)? {
        switch node {
        case .document: nil
        case .member(let parent, let key): (JSONPath(parent), .member(key))
        case .element(let parent, let index): (JSONPath(parent), .element(index))
        }
    }

    /// Whether the value here is the other one or is somewhere in it.
    package func isWithin(_ other: JSONPath) -> Bool { steps.starts(with: other.steps) }
}

extension JSONPath: CustomStringConvertible {
    /// The place as it is written: `plugins[0].ipam`.
    public var description: String {
        steps.reduce(into: "") { text, step in
            switch step {
            case .member(let key): text += text.isEmpty ? key : ".\(key)"
            case .element(let index): text += "[\(index)]"
            }
        }
    }
}

extension JSONPath: ExpressibleByStringLiteral {
    /// Reads a place as it is written; a key with a dot or a bracket in it takes ``member(_:)``.
    public init(stringLiteral text: String) {
        var path = JSONPath()
        for word in text.split(separator: ".") {
            let parts = word.split(separator: "[", omittingEmptySubsequences: false)
            if let key = parts.first, !key.isEmpty { path = path.member(String(key)) }
            for part in parts.dropFirst() where part.hasSuffix("]") {
                if let index = Int(part.dropLast()) { path = path.element(index) }
            }
        }
        self = path
    }
}

extension JSONPath {
    /// The place that a `Decoder` tells.
    init(_ codingPath: [any CodingKey]) {
        self.init(codingPath.map { key in key.intValue.map { .element($0) } ?? .member(key.stringValue) })
    }

    /// The place as a `Decoder` has to tell it.
    var codingPath: [any CodingKey] {
        steps.map { step in
            switch step {
            case .member(let key): MemberKey(key)
            case .element(let index): MemberKey(index)
            }
        }
    }
}

/// A key of an object or an index into a list.
struct MemberKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(_ name: String) {
        stringValue = name
        intValue = nil
    }

    init(_ index: Int) {
        stringValue = "\(index)"
        intValue = index
    }

    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { self.init(intValue) }
}

extension JSON {
    /// The value at a place, its keys as they are spelt; nil if there is none.
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
