// SPDX-License-Identifier: Apache-2.0

/// What goes wrong on purpose.
public struct Faults: Sendable {
    /// Describes answer what was this many milliseconds ago.
    public var describeLag: Int64 = 0
    /// Metadata services answer what was this many milliseconds ago.
    public var metadataLag: Int64 = 0
    /// Interfaces that no metadata service shows.
    public var hiddenInterfaces: Set<String> = []
    /// Leaves of interfaces that metadata services leave out, by interface; `*` is every interface.
    public var hiddenLeaves: [String: Set<String>] = [:]
    /// Whether metadata services answer 503 to everything.
    public var metadataIsDown = false
    /// How many milliseconds a call takes before it has its effect, from and to, by action or pattern of actions.
    public var latencies: [String: ClosedRange<Int64>] = [:]
    /// How many milliseconds EC2's clock is ahead.
    public var clockSkew: Int64 = 0
    /// Whether pages are cut before the filters: a page may be empty and yet have a token.
    public var filtersAfterPaging = false
    /// Calls that are refused, held or dropped; the first that fits counts.
    public var rules: [FaultRule] = []

    init() {}

    /// How long a call takes before it has its effect, in milliseconds.
    package func latency(of action: String, using random: inout Randomness) -> Int64 {
        if let exact = latencies[action] { return Int64.random(in: exact, using: &random) }
        let patterns = latencies.keys.sorted { ($1.count, $0) < ($0.count, $1) }
        guard let pattern = patterns.first(where: { Wildcard($0).matches(action) }),
            let range = latencies[pattern]
        else { return 0 }
        return Int64.random(in: range, using: &random)
    }

    /// Finds the rule for a call and counts it.
    ///
    /// - Parameter action: the call; of a metadata service's requests `imds:` and the path, which only patterns that
    ///   begin in the same way match.
    package mutating func rule(for action: String, phase: FaultRule.Phase) -> FaultRule? {
        guard
            let index = rules.firstIndex(where: {
                $0.phase == phase && $0.remaining != 0
                    && $0.action.hasPrefix("imds:") == action.hasPrefix("imds:")
                    && Wildcard($0.action).matches(action)
            })
        else { return nil }
        let rule = rules[index]
        if let remaining = rule.remaining {
            rules[index].remaining = remaining - 1
            if remaining == 1 { rules.remove(at: index) }
        }
        return rule
    }
}

/// What happens to the next calls of an action.
public struct FaultRule: Sendable {
    /// When it happens.
    public enum Phase: String, Sendable {
        /// Before the call has had its effect: it has none.
        case before
        /// After the call has had its effect: only the answer is lost.
        case after
    }

    /// What happens.
    public enum Effect: Sendable {
        /// It is refused.
        case error(EC2Error)
        /// It waits until it is released.
        case hold
        /// The connection ends without an answer.
        case drop
    }

    /// Names the rule, to remove or release it.
    public let id: String
    /// The action or a pattern of actions.
    public let action: String
    /// When it happens.
    public let phase: Phase
    /// What happens.
    public let effect: Effect
    /// To how many calls it still happens; nil is all.
    public internal(set) var remaining: Int?

    /// A rule from its parts.
    public init(id: String, action: String, phase: Phase = .before, effect: Effect, times: Int? = nil) {
        self.id = id
        self.action = action
        self.phase = phase
        self.effect = effect
        remaining = times
    }
}
