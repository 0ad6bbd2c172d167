// SPDX-License-Identifier: Apache-2.0

/// A token bucket: each call takes a token, and tokens come back at a steady rate.
///
/// It has no clock: the caller says what time it is, as a duration since any fixed moment.
public struct TokenBucket: Hashable, Sendable {
    /// How many tokens there are at most.
    public let capacity: Double
    /// How many tokens a second come back when nobody objects.
    public let fullRate: Double
    /// How many tokens a second come back just now.
    public private(set) var rate: Double
    private var tokens: Double
    private var updated: Duration

    /// The lowest rate that refusals lead to: a call in 5 s.
    private static let lowestRate = 0.2

    /// Creates a full bucket.
    public init(capacity: Int, perSecond: Double, at now: Duration = .zero) {
        self.capacity = Double(max(1, capacity))
        fullRate = max(Self.lowestRate, perSecond)
        rate = fullRate
        tokens = self.capacity
        updated = now
    }

    /// Takes a token, which may be one that is still to come.
    ///
    /// - Returns: How long to wait before the call; zero if there was a token.
    public mutating func take(at now: Duration) -> Duration {
        refill(now)
        tokens -= 1
        return tokens >= 0 ? .zero : .seconds(-tokens / rate)
    }

    /// Gives a token back whose call was not made.
    public mutating func giveBack(at now: Duration) {
        refill(now)
        tokens = min(capacity, tokens + 1)
    }

    /// EC2 has refused a call because there were too many, of all nodes together: go on slower.
    ///
    /// The bucket is empty then, and its rate half of what it was.
    public mutating func wasRefused(at now: Duration) {
        refill(now)
        tokens = min(tokens, 0)
        rate = max(Self.lowestRate, rate / 2)
    }

    /// EC2 has taken a call: a little faster again, up to the full rate.
    public mutating func wasTaken() { rate = min(fullRate, rate + fullRate / 20) }

    private mutating func refill(_ now: Duration) {
        let passed = now - updated
        guard passed > .zero else { return }
        tokens = min(capacity, tokens + (passed / .seconds(1)) * rate)
        updated = now
    }
}
