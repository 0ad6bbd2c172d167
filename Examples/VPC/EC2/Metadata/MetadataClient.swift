// SPDX-License-Identifier: Apache-2.0

internal import AsyncHTTPClient
internal import CNITypes
internal import NIOHTTP1

/// The instance metadata service, version 2 (IMDSv2), which is asked with tokens.
///
/// See https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html. Copies share their
/// token.
public struct MetadataClient: MetadataService {
    /// How the service is reached.
    public struct Configuration: Hashable, Sendable {
        /// Where it is; nil if it is switched off.
        public var endpoint: Endpoint?
        /// How long one attempt may take. The service is a link away.
        public var attemptLimit: Duration
        /// How often a request is made at most.
        public var attempts: Int
        /// How long a token is asked to hold: at most 6 hours.
        public var tokenLifetime: Duration

        /// The service at its link-local address.
        public init(
            endpoint: Endpoint? = Endpoint(url: "http://169.254.169.254/"),
            attemptLimit: Duration = .seconds(2),
            attempts: Int = 3, tokenLifetime: Duration = .seconds(21_600)
        ) {
            self.endpoint = endpoint
            self.attemptLimit = attemptLimit
            self.attempts = max(1, attempts)
            self.tokenLifetime = min(max(tokenLifetime, .seconds(1)), .seconds(21_600))
        }
    }

    let configuration: Configuration
    private let connections: AWSConnections
    private let time: Timekeeper
    private let tokens: MetadataTokens

    /// The largest answer that is taken: user data is not read here, and lists are short.
    private static let largestAnswer = 256 << 10

    /// Creates a client; nothing is sent yet.
    public init(
        _ configuration: Configuration = Configuration(), connections: AWSConnections,
        time: Timekeeper = .system
    ) {
        self.configuration = configuration
        self.connections = connections
        self.time = time
        tokens = MetadataTokens()
    }

    /// The text of a leaf or a list below `/latest/`; nil if there is none (404).
    func read(_ path: String) async throws(MetadataError) -> String? {
        var token = try await token()
        var renewed = false
        while true {
            let answer = try await send(.GET, path, [("x-aws-ec2-metadata-token", token)])
            switch answer.status {
            case 200:
                guard let text = String(validating: answer.body, as: UTF8.self) else {
                    throw MetadataError(.malformed, "metadata \(path): not UTF-8")
                }
                return text
            case 404: return nil
            case 401 where !renewed:
                // Expired, or of the instance's life before a stop or a snapshot.
                renewed = true
                await tokens.forget(token)
                token = try await self.token()
            case 403: throw disabled(path)
            default: throw refusal(answer, "GET", path)
            }
        }
    }

    /// The token of all requests; asks for one if there is none that holds.
    private func token() async throws(MetadataError) -> String {
        let seconds = configuration.tokenLifetime.components.seconds
        return try await tokens.token(at: time.uptime()) { () async throws(MetadataError) in
            let header = "x-aws-ec2-metadata-token-ttl-seconds"
            let answer = try await send(.PUT, "api/token", [(header, "\(seconds)")])
            if answer.status == 403 { throw disabled("api/token") }
            guard answer.status == 200 else { throw refusal(answer, "PUT", "api/token") }
            let text = String(decoding: answer.body, as: UTF8.self)
            guard 1...4096 ~= text.utf8.count, text.utf8.allSatisfy({ 0x21...0x7e ~= $0 }) else {
                throw MetadataError(.malformed, "metadata api/token: not a token")
            }
            let name = "x-aws-ec2-metadata-token-ttl-seconds"
            let granted = answer.headers.first(name: name).flatMap { Int64($0) } ?? seconds
            // Renewed in good time: a refusal costs a round trip, and nothing else.
            return (text, time.uptime() + .seconds(min(max(granted, 1), seconds)) * 0.9)
        }
    }

    /// Sends a request, as often as it may take.
    private func send(
        _ method: HTTPMethod, _ path: String, _ headers: [(String, String)]
    ) async throws(MetadataError) -> HTTPAnswer {
        guard let endpoint = configuration.endpoint else {
            throw MetadataError(.disabled, "metadata \(path): switched off by AWS_EC2_METADATA_DISABLED")
        }
        let message = HTTPMessage(
            method: method, url: "\(endpoint.url)latest/\(path)", headers: [("host", endpoint.host)] + headers
        )
        var attempt = 0
        while true {
            attempt += 1
            let reason: String
            do throws(HTTPFailure) {
                let answer = try await connections.local.send(
                    message, within: configuration.attemptLimit, largest: Self.largestAnswer)
                if answer.status < 500 && answer.status != 429 || attempt == configuration.attempts {
                    return answer
                }
                reason = "HTTP \(answer.status)"
            } catch {
                switch error.kind {
                case .cancelled: throw MetadataError(.cancelled, "metadata \(path): cancelled")
                case .tooLarge: throw MetadataError(.malformed, "metadata \(path): \(error.message)")
                case .notSent, .timedOut, .lost: reason = error.message
                }
            }
            guard attempt < configuration.attempts else { throw unreachable(method, path, reason) }
            do {
                try await time.sleep(.milliseconds(100 << min(attempt, 4)))
            } catch {
                throw MetadataError(.cancelled, "metadata \(path): cancelled")
            }
        }
    }

    private func unreachable(_ method: HTTPMethod, _ path: String, _ reason: String) -> MetadataError {
        // The answer to a PUT has the hop limit as its time to live: too far away, it just does not come.
        let hint =
            method == .PUT
            ? """
            ; either this is no EC2 instance, or it is a pod without hostNetwork and the instance's \
            HttpPutResponseHopLimit is 1 (a routed pod needs 2)
            """ : ""
        let url = configuration.endpoint?.url ?? ""
        return MetadataError(
            .unreachable,
            "metadata: \(method) \(url)latest/\(path): \(reason), \(configuration.attempts) times\(hint)")
    }

    private func disabled(_ path: String) -> MetadataError {
        MetadataError(
            .disabled,
            "metadata \(path): HTTP 403: HttpEndpoint is disabled in the instance's metadata options")
    }

    private func refusal(_ answer: HTTPAnswer, _ method: String, _ path: String) -> MetadataError {
        MetadataError(
            .refused, "metadata: \(method) \(path): HTTP \(answer.status): \(answer.excerpt)")
    }
}
