// SPDX-License-Identifier: Apache-2.0

/// An instance.
public struct Instance: Sendable {
    /// The states, with EC2's numbers.
    public enum State: Int, Sendable {
        /// Starting.
        case pending = 0
        /// Running.
        case running = 16
        /// On its way to terminated.
        case shuttingDown = 32
        /// Gone; it can be described for a while.
        case terminated = 48
        /// On its way to stopped.
        case stopping = 64
        /// Stopped; its addresses stay its own.
        case stopped = 80

        /// The name, such as `shutting-down`.
        public var name: String {
            switch self {
            case .pending: "pending"
            case .running: "running"
            case .shuttingDown: "shutting-down"
            case .terminated: "terminated"
            case .stopping: "stopping"
            case .stopped: "stopped"
            }
        }
    }

    /// Settings of the instance's metadata service.
    public struct MetadataOptions: Hashable, Sendable {
        /// Whether it answers at all.
        public var isEnabled = true
        /// Whether IMDSv1, without a token, is refused.
        public var requiresToken = true
        /// How many hops the token's answer lives, 1 to 64.
        public var hopLimit = 1
        /// Whether it answers at fd00:ec2::254.
        public var ipv6 = false
        /// Whether the instance's tags can be read.
        public var instanceTags = false

        /// The defaults: enabled, tokens required, one hop.
        public init() {}
    }

    /// Such as `i-0…`.
    public let id: String
    /// Grows with each resource that is made.
    public let serial: UInt64
    /// The reservation, such as `r-0…`.
    public let reservation: String
    /// The type with its limits.
    public let type: InstanceType
    /// The image.
    public let image: String
    /// The subnet of the primary interface.
    public let subnet: String
    /// The VPC.
    public let vpc: String
    /// The availability zone.
    public let zone: String
    /// The zone's identifier.
    public let zoneID: String
    /// The name of the IAM role whose credentials the instance gets.
    public let role: String?
    /// The token of the call that launched it.
    public let clientToken: String?
    /// When it was launched.
    public let launchedAt: Timestamp
    /// The state.
    public internal(set) var state: State
    /// How often it has booted: 1 after the launch; grows with each reboot and start.
    public internal(set) var boots = 1
    /// The metadata service's settings.
    public internal(set) var metadata: MetadataOptions
    /// Device indexes that a forced detachment has left unusable until the next stop: (card, index).
    public internal(set) var blockedIndexes: Set<[Int]> = []
    /// The tags.
    public internal(set) var tags: [String: String]

    /// Whether it can have interfaces attached.
    public var acceptsInterfaces: Bool { state == .running || state == .stopped || state == .pending }
}
