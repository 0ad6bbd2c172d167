// SPDX-License-Identifier: Apache-2.0

/// A failure with a message for the agent's operator.
public struct AgentError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What follows from a failure; agents add codes of their own by an extension.
    public struct Code: Hashable, Sendable, RawRepresentable {
        /// The code's name.
        public let rawValue: String

        /// Creates a code of an agent's own.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// No answer, or not now: retry.
        public static let unreachable = Code(rawValue: "unreachable")
        /// Answered with a refusal (credentials, permissions, an unknown request).
        public static let refused = Code(rawValue: "refused")
        /// What the other side says, or what a file has, cannot be read.
        public static let malformed = Code(rawValue: "malformed")
        /// The version to continue from has expired: read everything again.
        public static let expired = Code(rawValue: "expired")
        /// Somebody else's change crossed ours: read again and decide again.
        public static let conflict = Code(rawValue: "conflict")
        /// What an operator configured is missing or has mistakes.
        public static let notConfigured = Code(rawValue: "notConfigured")
        /// The task was cancelled.
        public static let cancelled = Code(rawValue: "cancelled")
    }

    /// What follows from it.
    public var code: Code
    /// What was attempted, on what, and what was answered: a sentence for an operator.
    public var message: String

    /// Creates a failure.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
