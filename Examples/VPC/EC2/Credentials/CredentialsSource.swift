// SPDX-License-Identifier: Apache-2.0

/// Where credentials come from.
public protocol CredentialsSource: Sendable {
    /// What logs call it: `environment`, `web identity`, `profile`, `container`, `instance role`.
    var name: String { get }

    /// Fetches credentials anew; nil if this source is not configured here, so that the next one is asked.
    ///
    /// - Throws: ``CredentialsError`` if it is configured and does not work.
    func fetch() async throws(CredentialsError) -> Credentials?
}

/// A failure to get credentials.
public struct CredentialsError: Error, Hashable, Sendable, CustomStringConvertible {
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
