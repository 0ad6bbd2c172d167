// SPDX-License-Identifier: Apache-2.0

/// Keys that requests to AWS are signed with.
public struct Credentials: Hashable, Sendable {
    /// The access key's id, which is no secret.
    public var accessKeyID: String
    /// The secret key.
    public var secretAccessKey: String
    /// The token of temporary credentials.
    public var sessionToken: String?
    /// When temporary credentials expire; nil for those that do not.
    public var expiration: Timestamp?

    /// Creates credentials.
    public init(
        accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil,
        expiration: Timestamp? = nil
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
    }
}

extension Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The access key's id and the expiration; never a secret.
    public var description: String {
        "\(accessKeyID)" + (expiration.map { " until \($0)" } ?? "")
    }

    /// The same as the description.
    public var debugDescription: String { description }

    /// Nothing, so that no dump shows a secret.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
