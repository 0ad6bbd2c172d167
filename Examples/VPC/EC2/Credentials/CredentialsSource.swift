// SPDX-License-Identifier: Apache-2.0

/// Where credentials come from.
public protocol CredentialsSource: Sendable {
    /// What logs call it: `environment`, `web identity`, `profile`, `container`, `instance role`.
    var name: String { get }

    /// Fetches credentials anew; nil if this source is not configured here, so that the next one is asked.
    ///
    /// - Throws: ``AWSAccessError`` if it is configured and does not work.
    func fetch() async throws(AWSAccessError) -> Credentials?
}
