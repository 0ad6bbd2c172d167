// SPDX-License-Identifier: Apache-2.0

/// The extra arguments in `CNI_ARGS`: `KEY=VALUE` pairs with semicolons between them.
///
/// Keys are case-sensitive.
public struct CNIArguments: Hashable, Sendable {
    private struct Pair: Hashable {
        var key: String
        var value: String
    }

    private let pairs: [Pair]
    /// Whether `IgnoreUnknown` is `1` or `true`, in any letter case: keys nobody knows are no error then.
    public let ignoreUnknown: Bool
    /// What is wrong with the variable's value.
    private var fault: CNIError?

    /// No arguments.
    public init() {
        pairs = []
        ignoreUnknown = false
    }

    /// Takes the variable's value as it comes.
    ///
    /// What is wrong with it is an error only for who uses arguments, and is thrown by ``requireSound()``. libcni's own tools call plugins with values such as `none`.
    public init(from text: String) {
        do throws(CNIError) {
            try self.init(parsing: text)
        } catch {
            self.init()
            fault = error
        }
    }

    /// Throws what is wrong with the variable's value.
    ///
    /// - Throws: as ``init(parsing:)``.
    public func requireSound() throws(CNIError) {
        if let fault { throw fault }
    }

    /// Parses the variable's value; the empty text has no pairs.
    ///
    /// - Throws: ``CNIError/Code/invalidEnvironment`` for a pair without exactly one `=`, and for an
    ///   `IgnoreUnknown` that is not a boolean.
    public init(parsing text: String) throws(CNIError) {
        var pairs: [Pair] = []
        if !text.isEmpty {
            for pair in text.split(separator: ";", omittingEmptySubsequences: false) {
                let parts = pair.split(separator: "=", omittingEmptySubsequences: false)
                guard parts.count == 2 else {
                    throw CNIError(.invalidEnvironment, "ARGS: invalid pair \"\(pair)\"")
                }
                pairs.append(Pair(key: String(parts[0]), value: String(parts[1])))
            }
        }
        self.pairs = pairs
        switch pairs.last(where: { $0.key == "IgnoreUnknown" })?.value.lowercased() {
        case "1", "true": ignoreUnknown = true
        case nil, "0", "false": ignoreUnknown = false
        case .some(let value):
            throw CNIError(
                .invalidEnvironment, "ARGS: invalid pair \"IgnoreUnknown=\(value)\"",
                details: "expected 1, 0, true or false")
        }
    }

    /// The value of a key; of a key given twice the last one.
    public subscript(key: String) -> String? {
        pairs.last { $0.key == key }?.value
    }

    /// Refuses keys other than `keys`, unless the arguments ask to ignore such.
    ///
    /// - Throws: ``CNIError/Code/invalidEnvironment``, with the pairs in question.
    public func requireKnown(_ keys: [String]) throws(CNIError) {
        try requireSound()
        if ignoreUnknown { return }
        let unknown = pairs.filter { $0.key != "IgnoreUnknown" && !keys.contains($0.key) }
        guard unknown.isEmpty else {
            let list = unknown.map { "\"\($0.key)=\($0.value)\"" }.joined(separator: " ")
            throw CNIError(.invalidEnvironment, "ARGS: unknown args [\(list)]")
        }
    }
}
