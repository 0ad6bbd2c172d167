// SPDX-License-Identifier: Apache-2.0

/// Pauses between attempts: doubled from the first to the longest, each up to a quarter shorter or longer at random, so
/// that nodes do not retry in step.
public struct Backoff: Sendable {
    private let first: Duration
    private let longest: Duration
    private var next: Duration

    /// Creates a backoff.
    ///
    /// - Parameter first: The first pause.
    /// - Parameter longest: The pause that is not exceeded, but for its random part.
    public init(from first: Duration = .milliseconds(100), to longest: Duration = .seconds(5)) {
        self.first = first
        self.longest = longest
        next = first
    }

    /// Waits; the next time longer.
    ///
    /// - Throws: ``AgentError/Code/cancelled``.
    public mutating func pause() async throws(AgentError) {
        try await Self.sleep(for: delay())
    }

    /// The next pause, for who waits in another way; the one after it is longer.
    public mutating func delay() -> Duration {
        defer { next = min(next * 2, longest) }
        return next * Double.random(in: 0.75...1.25)
    }

    /// Starts over, after a success.
    public mutating func reset() { next = first }

    /// Waits.
    ///
    /// - Throws: ``AgentError/Code/cancelled``.
    public static func sleep(for duration: Duration) async throws(AgentError) {
        do {
            try await Task.sleep(for: duration)
        } catch {
            throw AgentError(.cancelled, "cancelled")
        }
    }
}
