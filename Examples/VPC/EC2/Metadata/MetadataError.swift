// SPDX-License-Identifier: Apache-2.0

/// A failure of the instance metadata service.
public struct MetadataError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What follows from a failure.
    public enum Kind: Hashable, Sendable {
        /// Not answered: not an instance, or too many hops away, or overloaded.
        case unreachable
        /// Metadata is switched off, by the instance's options or by `AWS_EC2_METADATA_DISABLED`.
        case disabled
        /// A leaf that has to be there is not.
        case notFound
        /// Refused, or failed.
        case refused
        /// The answer cannot be read.
        case malformed
        /// The task was cancelled.
        case cancelled
    }

    /// What follows from it.
    public var kind: Kind
    /// What was asked for, and what was answered.
    public var message: String

    /// Creates a failure.
    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
