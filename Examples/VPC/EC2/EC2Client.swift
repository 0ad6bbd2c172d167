// SPDX-License-Identifier: Apache-2.0

public import Logging

/// EC2's Query API.
///
/// Calls are signed, paced by token buckets, bounded in time, and made again where that is safe: after a refusal because
/// there were too many, and after a lost answer if a second time changes nothing. Copies share their state.
public struct EC2Client: EC2Service {
    /// How EC2 is reached.
    public struct Configuration: Sendable {
        /// The region: `eu-central-1`.
        public var region: String
        /// Where EC2 is.
        public var endpoint: Endpoint
        /// How long a call may take with all its attempts and waiting.
        public var deadline: Duration
        /// How long one attempt may take.
        public var attemptLimit: Duration
        /// Whether, and when, calls that failed are made again.
        public var retries: RetryPolicy
        /// How many calls are made in a time.
        public var rates: RateLimits
        /// How many things a page of a Describe call has: 5 to 100.
        public var pageSize: Int
        /// What the server sees as the user agent.
        public var userAgent: String

        /// Creates a configuration.
        ///
        /// - Parameter endpoint: Where EC2 is; nil for the region's usual endpoint.
        public init(
            region: String, endpoint: Endpoint? = nil, deadline: Duration = .seconds(60),
            attemptLimit: Duration = .seconds(15), retries: RetryPolicy = RetryPolicy(),
            rates: RateLimits = .published, pageSize: Int = 100, userAgent: String = "swift-cni-vpc"
        ) {
            self.region = region
            self.endpoint = endpoint ?? Endpoint(service: "ec2", region: region)
            self.deadline = deadline
            self.attemptLimit = attemptLimit
            self.retries = retries
            self.rates = rates
            self.pageSize = min(max(pageSize, 5), 100)
            self.userAgent = userAgent
        }
    }

    /// How EC2 is reached.
    public let configuration: Configuration
    let connections: AWSConnections
    let credentials: CredentialsCache
    let state: ClientState
    let time: Timekeeper
    let logger: Logger

    /// The version of the API.
    static let version = "2016-11-15"

    /// Creates a client; nothing is sent yet.
    public init(
        _ configuration: Configuration, credentials: CredentialsCache, connections: AWSConnections,
        time: Timekeeper = .system, logger: Logger
    ) {
        self.configuration = configuration
        self.credentials = credentials
        self.connections = connections
        self.time = time
        self.logger = logger
        state = ClientState(configuration.rates)
    }
}
