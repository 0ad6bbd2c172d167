// SPDX-License-Identifier: Apache-2.0

/// EC2's token buckets: one for each action, for the account in the region.
public struct Throttle: Sendable {
    /// A bucket's size and how fast it fills.
    public struct Limit: Hashable, Sendable {
        /// How many calls may come at once.
        public var capacity: Double
        /// How many calls a second may come after that.
        public var refill: Double

        /// A limit of `capacity` calls at once and `refill` calls a second after that.
        public init(capacity: Double, refill: Double) {
            self.capacity = capacity
            self.refill = refill
        }
    }

    private struct Bucket: Sendable {
        var tokens: Double
        var filledAt: Timestamp
    }

    /// Whether calls are counted at all.
    public var isEnabled = true
    /// Limits other than EC2's, by action or a pattern of actions; an exact name goes before a pattern.
    public var overrides: [String: Limit] = [:] { didSet { buckets = [:] } }

    private var buckets: [String: Bucket] = [:]

    init() {}

    /// Takes a call's token.
    ///
    /// - Parameters:
    ///   - action: the call.
    ///   - isBroad: whether it is a Describe that neither filters nor pages.
    /// - Throws: `RequestLimitExceeded`, if there is none.
    package mutating func take(_ action: String, isBroad: Bool, at time: Timestamp) throws(EC2Error) {
        guard isEnabled else { return }
        let limit = limit(for: action, isBroad: isBroad)
        let key = isBroad ? action + "/broad" : action
        var bucket = buckets[key] ?? Bucket(tokens: limit.capacity, filledAt: time)
        let elapsed = max(0, time.milliseconds - bucket.filledAt.milliseconds)
        bucket.tokens = min(limit.capacity, bucket.tokens + Double(elapsed) / 1000 * limit.refill)
        bucket.filledAt = max(bucket.filledAt, time)
        let isAdmitted = bucket.tokens >= 1
        if isAdmitted { bucket.tokens -= 1 }
        buckets[key] = bucket
        guard isAdmitted else { throw EC2Error("RequestLimitExceeded", "Request limit exceeded.") }
    }

    /// The limit that counts for an action.
    package func limit(for action: String, isBroad: Bool) -> Limit {
        if let exact = overrides[action] { return exact }
        for pattern in overrides.keys.sorted(by: { ($1.count, $0) < ($0.count, $1) })
        where Wildcard(pattern).matches(action) {
            return overrides[pattern] ?? Self.other
        }
        if action.hasPrefix("Describe") {
            return isBroad && Self.broad.contains(action)
                ? Limit(capacity: 50, refill: 10) : Limit(capacity: 100, refill: 20)
        }
        return Self.mutating[action] ?? Self.other
    }

    private static let broad: Set<String> = [
        "DescribeInstances", "DescribeNetworkInterfaces", "DescribeSecurityGroups",
    ]

    private static let mutating: [String: Limit] = [
        "CreateNetworkInterface": Limit(capacity: 100, refill: 5),
        "DeleteNetworkInterface": Limit(capacity: 100, refill: 5),
        "ModifyNetworkInterfaceAttribute": Limit(capacity: 100, refill: 5),
        "AssignPrivateIpAddresses": Limit(capacity: 100, refill: 5),
        "UnassignPrivateIpAddresses": Limit(capacity: 100, refill: 5),
        "AssignIpv6Addresses": Limit(capacity: 100, refill: 5),
        "CreateTags": Limit(capacity: 100, refill: 10),
        "RunInstances": Limit(capacity: 5, refill: 2),
        "TerminateInstances": Limit(capacity: 100, refill: 5),
    ]

    private static let other = Limit(capacity: 50, refill: 5)
}
