// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import NodeAgentCore
internal import NodeAgentHTTP
internal import Synchronization

/// etcd's JSON gateway (version 3): the members of a cluster, of which one is asked until it does not answer.
///
/// See https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway.
final class EtcdClient: Sendable {
    private struct State {
        /// The member that answered last.
        var member = 0
        /// What proves who we are.
        var token: String?
    }

    private let servers: [JSONClient]
    private let credentials: (user: String, password: String)?
    private let state = Mutex(State())

    /// gRPC's codes of a member that cannot answer now: cancelled, deadline exceeded, unavailable.
    private static let passingCodes = [1, 4, 14]

    init(_ options: EtcdOptions) throws(AgentError) {
        guard !options.endpoints.isEmpty else {
            throw AgentError(.notConfigured, "no endpoint of etcd is named")
        }
        var servers: [JSONClient] = []
        for endpoint in options.endpoints { servers.append(try JSONClient(endpoint, tls: options.tls)) }
        self.servers = servers
        if let user = options.user {
            credentials = (user, options.password ?? "")
        } else {
            credentials = nil
        }
    }

    /// Asks one member after the other until one answers.
    ///
    /// - Parameter path: What is asked for: `kv/range`.
    func call(_ path: String, _ body: JSON) async throws(AgentError) -> JSON {
        try await trying { (server, headers) throws(AgentError) in
            let answer = try await server.request(.post, "/v3/\(path)", headers: headers, body: body)
            if answer.isSuccess { return answer.body }
            throw Self.failure(answer, path)
        }
    }

    /// Asks, and hands over each of the results without end; returns when the member ends them.
    ///
    /// A member that says nothing for a while is asked for a key, which it can only answer together with the others: one
    /// that hangs, or that has lost them, is noticed within half a minute.
    ///
    /// - Parameter key: A key that may be read.
    /// - Parameter contact: Told whenever a silent member has answered.
    /// - Throws: ``AgentError/Code/unreachable`` also for a member that has handed over something: the next call goes to
    ///   the next one.
    func stream(
        _ path: String, _ body: JSON, probing key: String,
        contact: @escaping @Sendable () async throws(AgentError) -> Void,
        _ take: @escaping @Sendable (JSON) async throws(AgentError) -> Void
    ) async throws(AgentError) {
        let range: JSON = ["key": EtcdEntry.encoded(key), "count_only": true]
        var interruption: AgentError?
        try await trying { (server, headers) throws(AgentError) in
            let check = SilenceCheck(
                probe: { () throws(AgentError) in
                    let answer = try await server.request(
                        .post, "/v3/kv/range", headers: headers, body: range)
                    if !answer.isSuccess { throw Self.failure(answer, "kv/range") }
                }, contact: contact)
            let hasBegun = Mutex(false)
            do throws(AgentError) {
                let refusal = try await server.lines(
                    .post, "/v3/\(path)", headers: headers, body: body, check: check
                ) { line throws(AgentError) in
                    guard let result = line["result"] else {
                        throw Self.failure(JSONClient.Answer(status: 200, body: line["error"] ?? line), path)
                    }
                    hasBegun.withLock { $0 = true }
                    try await take(result)
                }
                if let refusal { throw Self.failure(refusal, path) }
            } catch {
                // Another member would answer the same.
                guard hasBegun.withLock({ $0 }) else { throw error }
                if error.code == .unreachable { self.leave(server) }
                interruption = error
            }
        }
        if let interruption { throw interruption }
    }

    /// Has the next call begin with the member after this one.
    private func leave(_ server: JSONClient) {
        guard let index = servers.firstIndex(where: { $0.base == server.base }) else { return }
        state.withLock { $0.member = (index + 1) % servers.count }
    }

    private func trying<Value: Sendable>(
        _ body: (JSONClient, [(String, String)]) async throws(AgentError) -> Value
    ) async throws(AgentError) -> Value {
        var failure = AgentError(.unreachable, "etcd: no endpoint")
        let first = state.withLock { $0.member }
        for index in servers.indices.map({ (first + $0) % servers.count }) {
            for isLast in [false, true] {
                do throws(AgentError) {
                    // Who is asked from now on, unless that has been left meanwhile.
                    state.withLock { $0.member = index }
                    return try await body(servers[index], try await headers(for: servers[index]))
                } catch {
                    failure = error
                    // The token may have expired: another one, once.
                    guard error.code == .refused, credentials != nil, !isLast else { break }
                    state.withLock { $0.token = nil }
                }
            }
            if failure.code != .unreachable { throw failure }
        }
        throw failure
    }

    private func headers(for server: JSONClient) async throws(AgentError) -> [(String, String)] {
        guard let credentials else { return [] }
        if let token = state.withLock({ $0.token }) { return [("authorization", token)] }
        let path = "auth/authenticate"
        let answer = try await server.request(
            .post, "/v3/\(path)",
            body: ["name": .string(credentials.user), "password": .string(credentials.password)])
        guard answer.isSuccess, let token = answer.body["token"]?.string else {
            throw Self.failure(answer, "\(path) as \(credentials.user)")
        }
        state.withLock { $0.token = token }
        return [("authorization", token)]
    }

    private static func failure(_ answer: JSONClient.Answer, _ path: String) -> AgentError {
        let code = answer.body["code"]?.int ?? answer.body["grpc_code"]?.int ?? 0
        let isPassing = passingCodes.contains(code) || answer.status >= 502
        let said =
            answer.body["message"]?.string ?? answer.body["error"]?.string ?? answer.body.string
            ?? "no reason"
        // Before any user is looked at, and with its own words, which say neither who nor what to do.
        if said.hasPrefix("CommonName of client") {
            return AgentError(
                .refused,
                """
                etcd \(path): etcd has users, and its JSON gateway refuses a client certificate with a CommonName \
                (\(answer.status)): make one without, for example with the subject /O=nodes, and name a user and a \
                password
                """)
        }
        if said.contains("user name is empty") {
            return AgentError(
                .refused, "etcd \(path): etcd has users: name a user and a password (\(answer.status))")
        }
        return AgentError(
            isPassing ? .unreachable : .refused, "etcd \(path): \(said.prefix(200)) (\(answer.status))")
    }
}
