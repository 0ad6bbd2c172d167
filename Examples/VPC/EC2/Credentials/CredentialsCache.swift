// SPDX-License-Identifier: Apache-2.0

public import Logging

/// The credentials of a node: fetched from the first source that is configured, kept, and renewed before they expire.
///
/// Whoever asks at the same time waits for the same answer. If a renewal fails, what is there is used as long as it
/// holds.
public actor CredentialsCache {
    private let sources: [any CredentialsSource]
    private let time: Timekeeper
    private let logger: Logger
    private var current: Credentials?
    /// When credentials are fetched again.
    private var renewal: Duration?
    private var fetch: Task<Credentials, any Error>?

    /// How long before their expiration credentials are renewed. The metadata service has new ones 5 minutes before.
    private static let margin = Duration.seconds(290)
    /// The pause after a renewal that failed.
    private static let pause = Duration.seconds(30)

    /// Creates a cache over sources, in the order in which they are asked.
    public init(_ sources: [any CredentialsSource], time: Timekeeper = .system, logger: Logger) {
        self.sources = sources
        self.time = time
        self.logger = logger
    }

    /// Creates a cache of credentials that are at hand.
    public init(_ credentials: Credentials, logger: Logger) {
        self.init([StaticCredentials(credentials)], logger: logger)
    }

    /// The credentials that hold just now.
    ///
    /// - Throws: ``CredentialsError`` if there are none.
    public func credentials() async throws(CredentialsError) -> Credentials {
        if let current, renewal.map({ time.uptime() < $0 }) ?? true { return current }
        do {
            return try await renewed()
        } catch {
            guard let current, current.expiration.map({ time.now() < $0 }) ?? true else {
                throw error as? CredentialsError ?? CredentialsError("\(error)")
            }
            renewal = time.uptime() + Self.pause
            logger.warning(
                "credentials cannot be renewed; the old ones go on until they expire",
                metadata: ["credentials": "\(current)", "error": "\(error)"])
            return current
        }
    }

    /// AWS does not take these credentials: the next time they are fetched anew.
    public func reject(_ credentials: Credentials) {
        if current == credentials { current = nil }
    }

    private func renewed() async throws -> Credentials {
        if let fetch { return try await fetch.value }
        let task = Task { try await self.fetchFromFirst() }
        fetch = task
        defer { fetch = nil }
        let credentials = try await task.value
        current = credentials
        renewal = credentials.expiration.map {
            time.uptime() + max($0 - time.now() - Self.margin, Self.pause)
        }
        return credentials
    }

    private func fetchFromFirst() async throws -> Credentials {
        for source in sources {
            if let credentials = try await source.fetch() {
                logger.debug(
                    "credentials fetched",
                    metadata: ["source": "\(source.name)", "credentials": "\(credentials)"])
                return credentials
            }
        }
        throw CredentialsError(
            "none of these is configured: \(sources.map(\.name).joined(separator: ", "))")
    }
}
