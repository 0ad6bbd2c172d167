// SPDX-License-Identifier: Apache-2.0

/// A process's environment: names with values; of several values of one name the first counts, as for getenv(3).
///
/// A list, not a dictionary: there are some thirty variables, and a plugin would wait longer for the runtime to make
/// the dictionary's type than for all its look-ups.
public struct EnvironmentVariables: Hashable, Sendable {
    /// A variable.
    public struct Variable: Hashable, Sendable {
        /// The name.
        public let name: String
        /// The value.
        public var value: String
    }

    /// The variables, in the order in which they were set.
    public private(set) var all: [Variable] = []

    /// Creates an empty environment.
    public init() {}

    /// Creates an environment from a dictionary.
    public init(_ variables: [String: String]) {
        all = variables.map { Variable(name: $0.key, value: $0.value) }
    }

    /// The value of a variable; nil if it is not set.
    public subscript(name: String) -> String? {
        get { all.first { $0.name == name }?.value }
        set {
            let index = all.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): all[index].value = value
            case (let index?, nil): all.remove(at: index)
            case (nil, let value?): all.append(Variable(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    /// Adds a variable behind the others.
    mutating func append(_ name: String, _ value: String) { all.append(Variable(name: name, value: value)) }

    /// The variables as a dictionary.
    public var dictionary: [String: String] {
        [String: String](all.map { ($0.name, $0.value) }) { first, _ in first }
    }
}

extension EnvironmentVariables: ExpressibleByDictionaryLiteral {
    /// Creates an environment; the last of several values of one name counts.
    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { self[name] = value }
    }
}
