// SPDX-License-Identifier: Apache-2.0

internal import NIOHTTP1

extension EC2Client {
    /// The largest answer: a page of 100 interfaces with 50 addresses each is 2 MB.
    private static let largestAnswer = 16 << 20

    /// Signs and sends a request, and waits for the answer, whatever it says.
    func send(
        _ action: String, _ body: [UInt8], _ keys: Credentials, at moment: Timestamp, until end: Duration
    ) async throws(EC2Error) -> HTTPAnswer {
        let signed = [
            ("host", configuration.endpoint.host),
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
        ]
        let signer = Signer(credentials: keys, region: configuration.region, service: "ec2")
        let headers = signer.headers(method: "POST", headers: signed, body: body, at: moment)
        let message = HTTPMessage(
            method: .POST, url: configuration.endpoint.url,
            headers: signed + headers + [("user-agent", configuration.userAgent)], body: body)
        let limit = min(configuration.attemptLimit, max(end - time.uptime(), .milliseconds(1)))
        do throws(HTTPFailure) {
            return try await connections.aws(configuration.endpoint).send(
                message, within: limit, largest: Self.largestAnswer)
        } catch {
            throw EC2Error(action: action, error, configuration.endpoint)
        }
    }
}

extension EC2Error {
    /// A failure without an answer.
    init(action: String, _ failure: HTTPFailure, _ endpoint: Endpoint) {
        let (kind, isSent): (Kind, Bool) =
            switch failure.kind {
            case .notSent: (.transport, false)
            case .timedOut: (.timedOut, true)
            case .lost: (.transport, true)
            case .tooLarge: (.malformedAnswer, true)
            case .cancelled: (.cancelled, true)
            }
        self.init(kind, action: action, message: "\(endpoint): \(failure.message)", mayHaveHappened: isSent)
    }

    /// The failure that an answer reports.
    init(action: String, _ answer: HTTPAnswer) {
        let status = answer.status
        guard let error = ServiceError(answer.body) else {
            // A proxy, or a load balancer that has no server.
            self.init(
                status >= 500 ? .serverFailure : status == 429 ? .throttled : .malformedAnswer,
                action: action,
                message: "not an answer of EC2: \"\(answer.excerpt)\"", status: status,
                mayHaveHappened: status >= 500)
            return
        }
        let kind = Kind(code: error.code, message: error.message, status: status)
        self.init(
            kind, action: action, code: error.code, message: error.message, requestID: error.requestID,
            status: status, mayHaveHappened: kind == .serverFailure)
    }
}

/// The error document of a service with the Query protocol: EC2's and STS's differ a little.
struct ServiceError {
    let code: String
    let message: String
    let requestID: String?

    /// Reads a document; nil if it is none.
    init?(_ body: [UInt8]) {
        guard let root = try? XMLElement(parsing: body) else { return nil }
        guard let error = root["Errors"]?["Error"] ?? root["Error"], let code = error.text("Code"),
            !code.isEmpty
        else { return nil }
        self.code = code
        message = error.text("Message") ?? ""
        requestID = root.text("RequestID") ?? root.text("RequestId") ?? root.text("requestId")
    }
}
