// SPDX-License-Identifier: Apache-2.0

/// A failure to find what access to AWS takes: credentials, a region, an endpoint.
public struct AWSAccessError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was attempted, and what came of it.
    public var message: String
    /// Whether the task was cancelled.
    public var isCancelled: Bool

    /// Creates a failure.
    public init(_ message: String, isCancelled: Bool = false) {
        self.message = message
        self.isCancelled = isCancelled
    }

    /// The message.
    public var description: String { message }
}
