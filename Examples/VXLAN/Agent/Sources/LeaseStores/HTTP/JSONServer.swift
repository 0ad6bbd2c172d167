// SPDX-License-Identifier: Apache-2.0

internal import AsyncHTTPClient
internal import CNITypes
internal import NIOCore
internal import NIOHTTP1

/// A server that takes and gives JSON by HTTP/1.1: one answer for a request, or lines without end.
struct JSONServer: Sendable {
    /// An answer.
    struct Answer: Sendable {
        /// The status: 200.
        let status: UInt
        /// The body; of one that is not JSON the beginning as a string.
        let body: JSON

        var isSuccess: Bool { 200..<300 ~= status }
    }

    /// The beginning of all URLs, without a slash at its end.
    let base: String
    private let connections: HTTPConnections

    /// The largest body, and the longest line: the leases of some 100,000 nodes.
    private static let limit = 64 << 20

    /// Creates a connection pool for a server; its connections are closed with the last copy.
    ///
    /// - Parameter silence: How long an answer may pause before it is given up; nil for any time.
    /// - Throws: ``LeaseStoreError/Code/notConfigured`` for a URL or a file that is none.
    init(
        _ base: String, _ settings: ServerSettings = ServerSettings(), silence: Duration? = nil
    ) throws(LeaseStoreError) {
        guard base.hasPrefix("http://") || base.hasPrefix("https://") else {
            throw LeaseStoreError(.notConfigured, "\(base): not the URL of a server (http://… or https://…)")
        }
        var trimmed = base
        while trimmed.hasSuffix("/") { trimmed.removeLast() }
        self.base = trimmed
        connections = HTTPConnections(
            tls: base.hasPrefix("https:") ? try settings.tlsConfiguration() : nil, silence: silence)
    }

    /// Asks, and waits for the whole answer.
    ///
    /// - Parameter limit: How long the whole answer may take.
    /// - Throws: ``LeaseStoreError/Code/unreachable``, ``LeaseStoreError/Code/cancelled``.
    func request(
        _ method: HTTPMethod, _ path: String, headers: [(String, String)] = [], body: JSON? = nil,
        within limit: Duration = .seconds(10)
    ) async throws(LeaseStoreError) -> Answer {
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
            throw failure(error, method, path)
        }
    }

    /// Asks, and hands over each line of an answer that goes on; returns when the server ends it.
    ///
    /// A server that vanishes without a word is noticed within half a minute.
    ///
    /// - Parameter limit: How long it may take until the answer begins.
    /// - Returns: The answer if it was not a success, in which case no line was handed over.
    /// - Throws: ``LeaseStoreError/Code/unreachable``, ``LeaseStoreError/Code/cancelled``, and what `take` throws.
    func lines(
        _ method: HTTPMethod, _ path: String, headers: [(String, String)] = [], body: JSON? = nil,
        within limit: Duration = .seconds(10),
        _ take: (JSON) async throws(LeaseStoreError) -> Void
    ) async throws(LeaseStoreError) -> Answer? {
        do {
            let response = try await connections.client.execute(
                message(method, path, headers, body), timeout: TimeAmount(limit))
            guard 200..<300 ~= response.status.code else { return try await Self.answer(response) }
            var lines = LineSplitter(limit: Self.limit)
            for try await part in response.body {
                guard lines.append(part.readableBytesView) else {
                    throw LeaseStoreError(.malformed, "\(method) \(base)\(path): a line without an end")
                }
                while let line = lines.next() {
                    if !line.isEmpty { try await take(Self.json(line)) }
                }
            }
            try Task.checkCancellation()
            return nil
        } catch let error as LeaseStoreError {
            throw error
        } catch {
            throw failure(error, method, path)
        }
    }

    private static func answer(_ response: HTTPClientResponse) async throws -> Answer {
        let bytes = try await response.body.collect(upTo: limit)
        return Answer(status: UInt(response.status.code), body: json(Array(bytes.readableBytesView)))
    }

    private func message(
        _ method: HTTPMethod, _ path: String, _ headers: [(String, String)], _ body: JSON?
    ) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: base + path)
        request.method = method
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

    private func failure(_ error: any Error, _ method: HTTPMethod, _ path: String) -> LeaseStoreError {
        if error is CancellationError || Task.isCancelled {
            return LeaseStoreError(.cancelled, "\(method) \(base)\(path): cancelled")
        }
        return LeaseStoreError(.unreachable, "\(method) \(base)\(path): \(error)")
    }
}
