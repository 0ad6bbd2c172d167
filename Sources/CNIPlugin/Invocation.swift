// SPDX-License-Identifier: Apache-2.0

/// Everything that one run of a plugin gets from outside.
public struct Invocation: Sendable {
    /// The environment variables.
    public var environment: EnvironmentVariables
    /// The standard input.
    public var input: [UInt8]
    /// The plugins that can be called without starting a program.
    public var siblings: Siblings
    /// What the plugin that delegates to this one has read and checked already.
    var delegation: Delegation?

    /// Behind a reference: copying an optional of so large a type would have the runtime make one for it.
    final class Delegation: Sendable {
        /// The configuration that ``input`` is.
        let network: NetworkConfiguration

        init(_ network: NetworkConfiguration) { self.network = network }
    }

    /// Creates an invocation.
    public init(environment: EnvironmentVariables, input: [UInt8], siblings: Siblings = Siblings()) {
        self.environment = environment
        self.input = input
        self.siblings = siblings
    }
}

/// What one run of a plugin gives to the outside.
public struct Outcome: Hashable, Sendable {
    /// What goes to the standard output: a result, an error or nothing.
    public var output: JSON?
    /// What goes to the standard error.
    public var diagnostics: String
    /// The exit status: 0 for success.
    public var status: Int32

    /// A success with or without a document.
    public static func success(_ output: JSON? = nil) -> Outcome {
        Outcome(output: output, diagnostics: "", status: 0)
    }

    /// A failure, as an error document in a version of the specification.
    public static func failure(_ error: CNIError, version: SpecVersion) -> Outcome {
        Outcome(output: error.json(version: version), diagnostics: "", status: 1)
    }
}
