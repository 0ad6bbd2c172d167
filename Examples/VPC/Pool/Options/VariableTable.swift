// SPDX-License-Identifier: Apache-2.0

/// A variable of the environment.
package struct Variable: Sendable {
    /// What is done with it.
    package enum Meaning: Sendable {
        /// It sets an option; the text is its default, for people.
        case option(default: String, @Sendable (inout AgentOptions, String) throws(ValueError) -> Void)
        /// The reference has it, and here it has none; the text says why.
        case none(because: String)
    }

    package let name: String
    package let meaning: Meaning
    /// One sentence for people.
    package let documentation: String

    static func option<Value>(
        _ name: String, _ field: any WritableKeyPath<AgentOptions, Value> & Sendable,
        _ parser: ValueParser<Value>,
        default fallback: String, _ documentation: String
    ) -> Variable {
        Variable(
            name: name,
            meaning: .option(default: fallback) { options, text throws(ValueError) in
                options[keyPath: field] = try parser.parse(text)
            }, documentation: documentation)
    }

    static func without(_ name: String, because reason: String) -> Variable {
        Variable(name: name, meaning: .none(because: reason), documentation: reason)
    }
}
