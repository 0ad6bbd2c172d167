// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import NIOHTTP1
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

    private let servers: [JSONServer]
    private let credentials: (user: String, password: String)?
    private let state = Mutex(State())

    /// gRPC's codes that tell of a member that cannot answer now: cancelled, deadline exceeded, unavailable.
    private static let passingCodes = [1, 4, 14]

    init(_ options: EtcdOptions) throws(LeaseStoreError) {
        guard !options.endpoints.isEmpty else {
            throw LeaseStoreError(.notConfigured, "no endpoint of etcd is named")
        }
        var servers: [JSONServer] = []
        for endpoint in options.endpoints { servers.append(try JSONServer(endpoint, options.settings)) }
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
    func call(_ path: String, _ body: JSON) async throws(LeaseStoreError) -> JSON {
        try await trying { (server, headers) throws(LeaseStoreError) in
            let answer = try await server.request(.POST, "/v3/\(path)", headers: headers, body: body)
            if answer.isSuccess { return answer.body }
            throw Self.failure(answer, path)
        }
    }

    /// Asks, and hands over each of the results without end; returns when the member ends them.
    func stream(
        _ path: String, _ body: JSON, _ take: @Sendable (JSON) async throws(LeaseStoreError) -> Void
    ) async throws(LeaseStoreError) {
        try await trying { (server, headers) throws(LeaseStoreError) in
            let refusal = try await server.lines(
                .POST, "/v3/\(path)", headers: headers, body: body
            ) { line throws(LeaseStoreError) in
                guard let result = line["result"] else {
                    throw Self.failure(JSONServer.Answer(status: 200, body: line["error"] ?? line), path)
                }
                try await take(result)
            }
            if let refusal { throw Self.failure(refusal, path) }
        }
    }

    private func trying<Value: Sendable>(
        _ body: (JSONServer, [(String, String)]) async throws(LeaseStoreError) -> Value
    ) async throws(LeaseStoreError) -> Value {
        var failure = LeaseStoreError(.unreachable, "etcd: no endpoint")
        let first = state.withLock { $0.member }
        for index in servers.indices.map({ (first + $0) % servers.count }) {
            for isLast in [false, true] {
                do throws(LeaseStoreError) {
                    let value = try await body(servers[index], try await headers(for: servers[index]))
                    state.withLock { $0.member = index }
                    return value
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

    private func headers(for server: JSONServer) async throws(LeaseStoreError) -> [(String, String)] {
        guard let credentials else { return [] }
        if let token = state.withLock({ $0.token }) { return [("authorization", token)] }
        let path = "auth/authenticate"
        let answer = try await server.request(
            .POST, "/v3/\(path)",
            body: ["name": .string(credentials.user), "password": .string(credentials.password)])
        guard answer.isSuccess, let token = answer.body["token"]?.string else {
            throw Self.failure(answer, "\(path) as \(credentials.user)")
        }
        state.withLock { $0.token = token }
        return [("authorization", token)]
    }

    private static func failure(_ answer: JSONServer.Answer, _ path: String) -> LeaseStoreError {
        let code = answer.body["code"]?.int ?? answer.body["grpc_code"]?.int ?? 0
        let isPassing = passingCodes.contains(code) || answer.status >= 502
        let said =
            answer.body["message"]?.string ?? answer.body["error"]?.string ?? answer.body.string
            ?? "no reason"
        return LeaseStoreError(
            isPassing ? .unreachable : .refused, "etcd \(path): \(said.prefix(200)) (\(answer.status))")
    }
}
