// SPDX-License-Identifier: Apache-2.0

internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// A request, whole.
struct HTTPMessage: Sendable {
    var method = HTTPMethod.GET
    var url: String
    var headers: [(String, String)] = []
    var body: [UInt8] = []
}

/// An answer, whole.
struct HTTPAnswer: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let body: [UInt8]

    /// The beginning of the body, for messages.
    var excerpt: String { String(decoding: body.prefix(200), as: UTF8.self).filter { !$0.isNewline } }
}

/// Why there is no answer.
struct HTTPFailure: Error {
    enum Kind: Sendable {
        /// There was no connection: the request was not sent.
        case notSent
        /// No answer in time; the request may have been sent.
        case timedOut
        /// The connection ended within the answer, or before it.
        case lost
        /// The answer is larger than is taken.
        case tooLarge
        case cancelled
    }

    let kind: Kind
    let message: String
}

/// Requests and answers over HTTP/1.1, each bounded in time and size.
struct HTTPExchange: Sendable {
    let client: HTTPClient

    /// Sends a request, and waits for the whole answer.
    ///
    /// - Parameters:
    ///   - limit: How long that may take.
    ///   - largest: The largest body that is taken, in bytes.
    func send(
        _ message: HTTPMessage, within limit: Duration, largest: Int
    ) async throws(HTTPFailure) -> HTTPAnswer {
        var request = HTTPClientRequest(url: message.url)
        request.method = message.method
        for (name, value) in message.headers { request.headers.add(name: name, value: value) }
        if !message.body.isEmpty { request.body = .bytes(ByteBuffer(bytes: message.body)) }
        do {
            return try await withThrowingTaskGroup(of: HTTPAnswer?.self) { [request, client] group in
                group.addTask {
                    let response = try await client.execute(request, timeout: TimeAmount(limit))
                    let body = try await response.body.collect(upTo: largest)
                    return HTTPAnswer(
                        status: Int(response.status.code), headers: response.headers,
                        body: Array(body.readableBytesView))
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
            throw Self.failure(error, limit)
        }
    }

    private static func failure(_ error: any Error, _ limit: Duration) -> HTTPFailure {
        if Task.isCancelled || error is CancellationError {
            return HTTPFailure(kind: .cancelled, message: "cancelled")
        }
        if let error = error as? NIOConnectionError {
            return HTTPFailure(kind: .notSent, message: "no connection: \(error.reason)")
        }
        // Only who has no connection is refused one; a reset or an unreachable host may come later, too.
        if let error = error as? IOError, error.errnoCode == ECONNREFUSED {
            return HTTPFailure(kind: .notSent, message: "no connection: \(error)")
        }
        if error is NIOTooManyBytesError {
            return HTTPFailure(kind: .tooLarge, message: "the answer is too large")
        }
        // The handshake has not ended, so nothing was sent.
        if error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError {
            return HTTPFailure(kind: .notSent, message: "no connection: TLS: \(error)")
        }
        switch error as? HTTPClientError {
        case .connectTimeout?, .getConnectionFromPoolTimeout?, .tlsHandshakeTimeout?:
            return HTTPFailure(kind: .notSent, message: "no connection in time")
        case .deadlineExceeded?, .readTimeout?, .cancelled?:
            return HTTPFailure(kind: .timedOut, message: "no answer within \(limit)")
        case .remoteConnectionClosed?:
            return HTTPFailure(kind: .lost, message: "the connection was closed before the answer")
        case .invalidURL?, .emptyHost?, .emptyScheme?:
            return HTTPFailure(kind: .notSent, message: "not a URL: \(error)")
        default:
            return HTTPFailure(kind: .lost, message: "\(error)")
        }
    }
}

extension NIOConnectionError {
    /// What the system said, in a few words.
    fileprivate var reason: String {
        let errors = [dnsAError, dnsAAAAError].compactMap { $0 } + connectionErrors.map(\.error)
        var texts: [String] = []
        for error in errors where !texts.contains("\(error)") { texts.append("\(error)") }
        return "\(host):\(port): " + (texts.isEmpty ? "no address" : texts.joined(separator: "; "))
    }
}
