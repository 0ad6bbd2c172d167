// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import NodeAgentCore
internal import NodeAgentHTTP
internal import Synchronization

/// The connections to an API server, and when it answered last.
final class KubernetesConnection: Sendable {
    let access: KubernetesAccess
    private let agent: String
    private let client: JSONClient
    private let lastAnswer = Mutex<ContinuousClock.Instant?>(nil)

    init(_ access: KubernetesAccess, agent: String) throws(AgentError) {
        self.access = access
        self.agent = agent
        client = try JSONClient(access.server, tls: access.tls)
    }

    /// Asks, and waits for the whole answer.
    func request(
        _ method: JSONClient.Method, _ path: String, headers: [(String, String)] = [], body: JSON? = nil,
        within limit: Duration = .seconds(10)
    ) async throws(AgentError) -> JSONClient.Answer {
        let answer = try await client.request(
            method, path, headers: try self.headers() + headers, body: body, within: limit)
        lastAnswer.withLock { $0 = .now }
        return answer
    }

    /// Asks, and hands over each line of a streamed answer; see ``JSONClient/lines(_:_:headers:body:within:check:_:)``.
    ///
    /// - Parameter contact: Told whenever a silent server has answered something else.
    func lines(
        _ path: String, contact: @escaping @Sendable () async throws(AgentError) -> Void,
        _ take: @escaping @Sendable (JSON) async throws(AgentError) -> Void
    ) async throws(AgentError) -> JSONClient.Answer? {
        // Bookmarks come about every minute; a watch that is silent for longer may be of a server that nobody reaches.
        let check = SilenceCheck(
            limit: .seconds(150), probe: { () throws(AgentError) in try await self.probe() }, contact: contact
        )
        return try await client.lines(.get, path, headers: try headers(), check: check) {
            line throws(AgentError) in
            self.lastAnswer.withLock { $0 = .now }
            try await take(line)
        }
    }

    /// Whether the server answers, once for all watches that ask at about the same time.
    ///
    /// `/version` is the cheapest of its pages, and everybody may read it; a refusal is an answer, too.
    private func probe() async throws(AgentError) {
        if let last = lastAnswer.withLock({ $0 }), last.duration(to: .now) < .seconds(5) { return }
        _ = try await request(.get, "/version")
    }

    /// The headers of every request; the token may be another one each time.
    private func headers() throws(AgentError) -> [(String, String)] {
        try access.headers() + [("accept", "application/json"), ("user-agent", agent)]
    }
}
