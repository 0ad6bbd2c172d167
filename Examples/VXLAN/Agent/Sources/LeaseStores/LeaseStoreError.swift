// SPDX-License-Identifier: Apache-2.0

/// A failure of a lease store.
public struct LeaseStoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What follows from a failure.
    public enum Code: Hashable, Sendable {
        /// Not answered, or not now: to be tried again.
        case unreachable
        /// Answered with a refusal (credentials, permissions, a request it does not know).
        case refused
        /// What the store has, or says, cannot be read.
        case malformed
        /// What there was to go on from is not kept any more: everything has to be read anew.
        case expired
        /// The operator's configuration of the cluster is not there, or has mistakes.
        case notConfigured
        /// No subnet is left for this node, or none has been given to it yet.
        case noSubnet
        /// The node's own lease is gone, or somebody else's by now: the node has to get one anew.
        case leaseLost
        /// The task was cancelled.
        case cancelled
    }

    /// What follows from it.
    public var code: Code
    /// What was attempted, on what, and what was answered.
    public var message: String

    /// Creates a failure.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
