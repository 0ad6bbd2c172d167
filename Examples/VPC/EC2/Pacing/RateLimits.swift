// SPDX-License-Identifier: Apache-2.0

/// The token buckets of the calls to EC2, one for each.
///
/// EC2 keeps such buckets for an account and a region, which all nodes share; these are of one node.
/// See https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html.
public struct RateLimits: Hashable, Sendable {
    /// How large a bucket is, and how fast it fills again.
    public struct Limit: Hashable, Sendable {
        /// The tokens of a full bucket.
        public var capacity: Int
        /// The tokens that come back in a second.
        public var perSecond: Double

        /// Creates a limit.
        public init(capacity: Int, perSecond: Double) {
            self.capacity = capacity
            self.perSecond = perSecond
        }
    }

    /// The limits by call, where they are not those of its class.
    private var limits: [String: Limit]
    private var buckets: [String: TokenBucket] = [:]

    /// EC2's published limits.
    public static let published = RateLimits(limits: [
        "CreateNetworkInterface": Limit(capacity: 100, perSecond: 5),
        "DeleteNetworkInterface": Limit(capacity: 100, perSecond: 5),
        "ModifyNetworkInterfaceAttribute": Limit(capacity: 100, perSecond: 5),
        "AssignPrivateIpAddresses": Limit(capacity: 100, perSecond: 5),
        "UnassignPrivateIpAddresses": Limit(capacity: 100, perSecond: 5),
        "AssignIpv6Addresses": Limit(capacity: 100, perSecond: 5),
        "CreateTags": Limit(capacity: 100, perSecond: 10),
    ])

    private init(limits: [String: Limit]) { self.limits = limits }

    /// The same limit for every call.
    public static func uniform(_ limit: Limit, calls: [String]) -> RateLimits {
        RateLimits(limits: [String: Limit](calls.map { ($0, limit) }) { first, _ in first })
    }

    /// The limit of a call. Those that are not listed by name have that of their class: describing, or changing.
    public subscript(action: String) -> Limit {
        get {
            limits[action]
                ?? (action.hasPrefix("Describe")
                    ? Limit(capacity: 100, perSecond: 20) : Limit(capacity: 50, perSecond: 5))
        }
        set {
            limits[action] = newValue
            buckets[action] = nil
        }
    }

    /// Takes a token for a call; returns how long to wait before it.
    public mutating func take(_ action: String, at now: Duration) -> Duration {
        let limit = self[action]
        return buckets[action, default: TokenBucket(limit, at: now)].take(at: now)
    }

    /// Gives a token back whose call was not made.
    public mutating func giveBack(_ action: String, at now: Duration) {
        buckets[action]?.giveBack(at: now)
    }

    /// EC2 has refused a call because there were too many.
    public mutating func wasRefused(_ action: String, at now: Duration) {
        buckets[action]?.wasRefused(at: now)
    }

    /// EC2 has taken a call.
    public mutating func wasTaken(_ action: String) { buckets[action]?.wasTaken() }
}

extension TokenBucket {
    fileprivate init(_ limit: RateLimits.Limit, at now: Duration) {
        self.init(capacity: limit.capacity, perSecond: limit.perSecond, at: now)
    }
}
