// SPDX-License-Identifier: Apache-2.0

internal import AsyncHTTPClient
public import CNITypes
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1
public import NodeAgentCore

/// A client of a server that takes and gives JSON by HTTP/1.1: one answer for a request, or a stream of lines.
public struct JSONClient: Sendable {
    /// What a request does.
    public enum Method: String, Hashable, Sendable {
        /// Reads.
        case get = "GET"
        /// Creates, or calls.
        case post = "POST"
        /// Replaces.
        case put = "PUT"
        /// Changes.
        case patch = "PATCH"
        /// Deletes.
        case delete = "DELETE"
    }

    /// An answer.
    public struct Answer: Hashable, Sendable {
        /// The status: 200.
        public let status: Int
        /// The body; of one that is not JSON the beginning as a string.
        public let body: JSON

        /// Creates an answer.
        public init(status: Int, body: JSON) {
            self.status = status
            self.body = body
        }

        /// Whether the status is one of success.
        public var isSuccess: Bool { 200..<300 ~= status }
    }

    /// The beginning of all URLs, without a slash at its end.
    public let base: String
    private let connections: HTTPConnections
    private let failures: HTTPFailure

    /// The largest body, and the longest line, in bytes.
    private static let limit = 64 << 20

    /// Creates a client with connections of its own, which are closed with the last copy.
    ///
    /// - Throws: ``AgentError/Code/notConfigured`` for what is no URL, and for a file of `tls` that is wrong.
    public init(_ base: String, tls: TLSSettings = TLSSettings()) throws(AgentError) {
        let isSecure = base.hasPrefix("https://")
        guard isSecure || base.hasPrefix("http://"), let url = URL(string: base), let host = url.host,
            !host.isEmpty
        else {
            throw AgentError(
                .notConfigured, "\(base.prefix(200)): not the URL of a server (http://… or https://…)")
        }
        var trimmed = base
        while trimmed.hasSuffix("/") { trimmed.removeLast() }
        self.base = trimmed
        if isSecure { try tls.validate() }
        connections = HTTPConnections(tls: isSecure ? try tls.configuration() : nil)
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        failures = HTTPFailure(host: bare, port: url.port ?? (isSecure ? 443 : 80), tls: tls)
    }

    /// Asks, and waits for the whole answer.
    ///
    /// - Parameter limit: How long the whole answer may take.
    /// - Throws: ``AgentError/Code/unreachable``, ``AgentError/Code/cancelled``.
    public func request(
        _ method: Method, _ path: String, headers: [(String, String)] = [], body: JSON? = nil,
        within limit: Duration = .seconds(10)
    ) async throws(AgentError) -> Answer {
        let message = message(method, path, headers, body)
        let client = connections.client
        do {
            return try await withThrowingTaskGroup(of: Answer?.self) { group in
                group.addTask {
                    let response = try await client.execute(message, timeout: TimeAmount(limit))
                    return try await Self.answer(response)
                }
                // The client's own limit ends with the answer's head.
                group.addTask {
                    try await Task.sleep(for: limit)
                    return nil
                }
                defer { group.cancelAll() }
                guard let answer = try await group.next() ?? nil else {
                    throw HTTPClientError.deadlineExceeded
                }
                return answer
            }
        } catch {
            throw await failure(error, method, path, limit)
        }
    }

    /// Asks, and hands over each line of an answer that goes on; returns when the server ends it.
    ///
    /// A machine that vanishes is detected within half a minute by the kernel, a server that hangs by
    /// `check`.
    ///
    /// - Parameter limit: How long it may take until the answer begins.
    /// - Parameter check: How a server that hangs with its connection open is detected; nil for not at all.
    /// - Returns: The answer if it was not a success, in which case no line was handed over.
    /// - Throws: ``AgentError/Code/unreachable``, ``AgentError/Code/cancelled``, and what `take` throws.
    public func lines(
        _ method: Method, _ path: String, headers: [(String, String)] = [], body: JSON? = nil,
        within limit: Duration = .seconds(10), check: SilenceCheck?,
        _ take: @escaping @Sendable (JSON) async throws(AgentError) -> Void
    ) async throws(AgentError) -> Answer? {
        let message = message(method, path, headers, body)
        let client = connections.client
        let name = "\(method.rawValue) \(base)\(path)"
        let heard = LastHeard()
        do {
            return try await withThrowingTaskGroup(of: Answer?.self) { group in
                group.addTask {
                    let response = try await client.execute(message, timeout: TimeAmount(limit))
                    heard.note()
                    guard 200..<300 ~= response.status.code else { return try await Self.answer(response) }
                    try await Self.read(response, heard, name, take)
                    return nil
                }
                if let check {
                    group.addTask {
                        try await heard.check(check)
                        return nil
                    }
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
        } catch {
            throw await failure(error, method, path, limit)
        }
    }

    private static func read(
        _ response: HTTPClientResponse, _ heard: LastHeard, _ name: String,
        _ take: @Sendable (JSON) async throws(AgentError) -> Void
    ) async throws {
        var lines = LineSplitter(limit: limit)
        for try await part in response.body {
            heard.note()
            guard lines.append(part.readableBytesView) else {
                throw AgentError(.malformed, "\(name): a line without an end")
            }
            while let line = lines.next() {
                if !line.isEmpty { try await take(json(line)) }
            }
        }
        try Task.checkCancellation()
    }

    private static func answer(_ response: HTTPClientResponse) async throws -> Answer {
        let bytes = try await response.body.collect(upTo: limit)
        return Answer(status: Int(response.status.code), body: json(Array(bytes.readableBytesView)))
    }

    private func message(
        _ method: Method, _ path: String, _ headers: [(String, String)], _ body: JSON?
    ) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: base + path)
        request.method = HTTPMethod(rawValue: method.rawValue)
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        if let body {
            if !request.headers.contains(name: "content-type") {
                request.headers.add(name: "content-type", value: "application/json")
            }
            request.body = .bytes(ByteBuffer(string: body.serialized()))
        }
        return request
    }

    private static func json(_ bytes: [UInt8]) -> JSON {
        do throws(CNIError) {
            return try JSON(parsing: bytes)
        } catch {
            return .string(String(decoding: bytes.prefix(200), as: UTF8.self))
        }
    }

    private func failure(
        _ error: any Error, _ method: Method, _ path: String, _ limit: Duration
    ) async -> AgentError {
        if let error = error as? AgentError { return error }
        let name = "\(method.rawValue) \(base)\(path)"
        if error is CancellationError || Task.isCancelled {
            return AgentError(.cancelled, "\(name): cancelled")
        }
        return AgentError(.unreachable, "\(name): \(await failures.reason(error, limit: limit))")
    }
}
