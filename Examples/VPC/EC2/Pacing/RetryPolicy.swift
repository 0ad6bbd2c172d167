// SPDX-License-Identifier: Apache-2.0

/// Whether, and when, a call that failed is made again.
public struct RetryPolicy: Hashable, Sendable {
    /// How often a call is made at most.
    public var attempts: Int
    /// The first pause, which doubles.
    public var firstPause: Duration
    /// The longest pause.
    public var longestPause: Duration

    /// Creates a policy.
    public init(
        attempts: Int = 6, firstPause: Duration = .milliseconds(250), longestPause: Duration = .seconds(10)
    ) {
        self.attempts = attempts
        self.firstPause = firstPause
        self.longestPause = longestPause
    }

    /// The pause before the next attempt; nil if there is to be none.
    ///
    /// - Parameters:
    ///   - attempt: How many there have been.
    ///   - isRepeatable: Whether a second time changes nothing; otherwise a call that may have happened stays alone.
    ///   - chance: A random number from 0 to 1, so that nodes do not come all at once.
    func pause(after error: EC2Error, attempt: Int, isRepeatable: Bool, chance: Double) -> Duration? {
        guard attempt < attempts, isRepeatable || !error.mayHaveHappened else { return nil }
        switch error.kind {
        case .throttled, .serverFailure, .transport, .timedOut: break
        default: return nil
        }
        let doublings = min(attempt - 1, 16)
        let pause = min(longestPause, firstPause * (1 << doublings))
        return pause * (0.5 + chance / 2)
    }
}
