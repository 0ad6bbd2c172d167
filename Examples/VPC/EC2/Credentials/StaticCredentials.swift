// SPDX-License-Identifier: Apache-2.0

/// Credentials that somebody has at hand.
public struct StaticCredentials: CredentialsSource {
    /// `given`.
    public let name = "given"
    private let credentials: Credentials

    /// Creates a source of these credentials.
    public init(_ credentials: Credentials) { self.credentials = credentials }

    /// Returns the credentials.
    public func fetch() async throws(CredentialsError) -> Credentials? { credentials }
}

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
struct EnvironmentCredentials: CredentialsSource {
    let name = "environment"
    private let environment: [String: String]

    init(_ environment: [String: String]) { self.environment = environment }

    func fetch() async throws(CredentialsError) -> Credentials? {
        let key = environment.value("AWS_ACCESS_KEY_ID")
        let secret = environment.value("AWS_SECRET_ACCESS_KEY")
        guard key != nil || secret != nil else { return nil }
        guard let key, let secret else {
            throw CredentialsError("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together: one is not set")
        }
        return try Credentials(
            accessKeyID: key, secretAccessKey: secret, sessionToken: environment.value("AWS_SESSION_TOKEN")
        ).checked("environment")
    }
}

extension [String: String] {
    /// A variable's value; nil if it is not set, or empty.
    func value(_ name: String) -> String? { self[name].flatMap { $0.isEmpty ? nil : $0 } }
}

extension Credentials {
    /// The credentials, if they fit into a request's headers.
    func checked(_ origin: String) throws(CredentialsError) -> Credentials {
        let fields = [
            ("access key id", accessKeyID), ("secret access key", secretAccessKey),
            ("session token", sessionToken),
        ]
        for (name, field) in fields {
            guard let field else { continue }
            guard !field.isEmpty, field.utf8.count <= 32_768, field.utf8.allSatisfy({ 0x21...0x7e ~= $0 })
            else {
                throw CredentialsError("\(origin): the \(name) is empty, too long, or has blanks in it")
            }
        }
        return self
    }
}
