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
    private let connections: Connections

    /// Connections, which are closed when nobody needs them any more.
    private final class Connections: Sendable {
        let client: HTTPClient

        init(_ configuration: HTTPClient.Configuration) {
            client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        }

        deinit {
            let client = client
            Task { try? await client.shutdown() }
        }
    }

    /// The largest body, and the longest line: the leases of some 100,000 nodes.
    private static let limit = 64 << 20

    /// Creates a connection pool for a server.
    ///
    /// - Throws: ``LeaseStoreError/Code/notConfigured`` for a URL or a file that is none.
    init(_ base: String, _ settings: ServerSettings = ServerSettings()) throws(LeaseStoreError) {
        guard base.hasPrefix("http://") || base.hasPrefix("https://") else {
            throw LeaseStoreError(.notConfigured, "\(base): not the URL of a server (http://… or https://…)")
        }
        var trimmed = base
        while trimmed.hasSuffix("/") { trimmed.removeLast() }
        self.base = trimmed
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        // HTTP/2 has nothing that a handful of requests needs, and streams that end each other.
        configuration.httpVersion = .http1Only
        configuration.timeout = .init(connect: .seconds(5))
        configuration.maximumUsesPerConnection = nil
        if base.hasPrefix("https:") {
            configuration.tlsConfiguration = try settings.tlsConfiguration()
        }
        connections = Connections(configuration)
    }

    /// Asks, and waits for the whole answer.
    ///
    /// - Throws: ``LeaseStoreError/Code/unreachable``, ``LeaseStoreError/Code/cancelled``.
    func request(
        _ method: HTTPMethod, _ path: String, headers: [(String, String)] = [], body: JSON? = nil,
        within limit: Duration = .seconds(10)
    ) async throws(LeaseStoreError) -> Answer {
        do {
            let response = try await connections.client.execute(
                message(method, path, headers, body), timeout: TimeAmount(limit))
            let bytes = try await response.body.collect(upTo: Self.limit)
            return Answer(status: UInt(response.status.code), body: Self.json(Array(bytes.readableBytesView)))
        } catch {
            throw failure(error, method, path)
        }
    }

    /// Asks, and hands over each line of an answer that goes on; returns when the server ends it, or after `limit`.
    ///
    /// - Returns: The answer if it was not a success, in which case no line was handed over.
    /// - Throws: ``LeaseStoreError/Code/unreachable``, ``LeaseStoreError/Code/cancelled``, and what `take` throws.
    func lines(
        _ method: HTTPMethod, _ path: String, headers: [(String, String)] = [], body: JSON? = nil,
        within limit: Duration = .seconds(86400),
        _ take: (JSON) async throws(LeaseStoreError) -> Void
    ) async throws(LeaseStoreError) -> Answer? {
        do {
            let response = try await connections.client.execute(
                message(method, path, headers, body), timeout: TimeAmount(limit))
            guard 200..<300 ~= response.status.code else {
                let bytes = try await response.body.collect(upTo: Self.limit)
                return Answer(
                    status: UInt(response.status.code), body: Self.json(Array(bytes.readableBytesView)))
            }
            var rest: [UInt8] = []
            for try await part in response.body {
                rest += part.readableBytesView
                while let end = rest.firstIndex(of: 10) {
                    let line = Array(rest[..<end])
                    rest.removeSubrange(...end)
                    if !line.isEmpty { try await take(Self.json(line)) }
                }
                if rest.count > Self.limit {
                    throw LeaseStoreError(.malformed, "\(method) \(base)\(path): a line without an end")
                }
            }
            return nil
        } catch let error as LeaseStoreError {
            throw error
        } catch let error as HTTPClientError where error == .deadlineExceeded {
            return nil
        } catch {
            throw failure(error, method, path)
        }
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
