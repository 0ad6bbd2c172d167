// SPDX-License-Identifier: Apache-2.0

/// Who calls, and what they may do.
public struct Principal: Sendable {
    /// The name in messages and in the call log, an ARN.
    public let name: String
    /// What they may do; nil is everything.
    public let policy: Policy?

    /// A principal from its name and policy.
    public init(name: String, policy: Policy? = nil) {
        self.name = name
        self.policy = policy
    }

    /// Whoever may do everything.
    public static let administrator = Principal(name: "arn:aws:iam::123456789012:user/administrator")
}

/// A key that requests are signed with.
public struct AccessKey: Sendable {
    /// Such as `AKIDEXAMPLE`.
    public let id: String
    /// What signatures are made from.
    public let secret: String
    /// The session token that has to come with it, for temporary keys.
    public let sessionToken: String?
    /// When it ends, for temporary keys.
    public var expires: Timestamp?
    /// When it was given out.
    public let issued: Timestamp
    /// Whose it is.
    public let principal: Principal

    /// A key from its parts.
    public init(
        id: String, secret: String, sessionToken: String? = nil, expires: Timestamp? = nil,
        issued: Timestamp = Timestamp(milliseconds: 0), principal: Principal = .administrator
    ) {
        self.id = id
        self.secret = secret
        self.sessionToken = sessionToken
        self.expires = expires
        self.issued = issued
        self.principal = principal
    }
}

/// The keys and roles that the simulator knows.
public struct AccessControl: Sendable {
    /// By their identifier; expired ones stay, to be told from unknown ones.
    public var keys: [String: AccessKey] = [:]
    /// The roles of instances by name; a role without a policy may do everything.
    public var roles: [String: Policy?] = [:]
    /// How long a role's keys are good, in milliseconds: six hours.
    public var lifetime: Int64 = 6 * 3_600_000

    private var current: [String: String] = [:]

    init() {}

    /// The keys that an instance's metadata service gives for its role: the same ones until half of their life is over.
    package mutating func roleKey(
        for instance: Instance, role: String, account: String, at time: Timestamp,
        using random: inout Randomness
    ) -> AccessKey {
        if let id = current[instance.id], let key = keys[id], let expires = key.expires,
            time.adding(milliseconds: (expires.milliseconds - key.issued.milliseconds) / 2) < expires
        {
            return key
        }
        let key = AccessKey(
            id: "ASIA" + random.hexadecimal(16).uppercased(),
            secret: random.hexadecimal(16) + random.hexadecimal(16) + random.hexadecimal(8),
            sessionToken: (0..<8).map { _ in random.hexadecimal(16) }.joined(),
            expires: time.adding(milliseconds: lifetime), issued: time,
            principal: Principal(
                name: "arn:aws:sts::\(account):assumed-role/\(role)/\(instance.id)",
                policy: roles[role] ?? nil))
        keys[key.id] = key
        current[instance.id] = key.id
        return key
    }

    /// Ends all temporary keys now; instances get new ones.
    public mutating func expireTemporaryKeys(at time: Timestamp) {
        for (id, key) in keys where key.expires != nil { keys[id]?.expires = min(key.expires ?? time, time) }
        current = [:]
    }
}
