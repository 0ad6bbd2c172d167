// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// What time it is, and how to wait: tests have their own.
public struct Timekeeper: Sendable {
    /// The time since any fixed moment, which nobody sets.
    public var uptime: @Sendable () -> Duration
    /// The date.
    public var now: @Sendable () -> Timestamp
    /// Waits; throws if the task is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// A random number from 0 to 1.
    public var chance: @Sendable () -> Double

    /// Creates a timekeeper.
    public init(
        uptime: @escaping @Sendable () -> Duration, now: @escaping @Sendable () -> Timestamp,
        sleep: @escaping @Sendable (Duration) async throws -> Void, chance: @escaping @Sendable () -> Double
    ) {
        self.uptime = uptime
        self.now = now
        self.sleep = sleep
        self.chance = chance
    }

    /// The system's clocks.
    public static let system: Timekeeper = {
        let start = ContinuousClock.now
        return Timekeeper(
            uptime: { start.duration(to: .now) }, now: { Timestamp(seconds: Int64(time(nil))) },
            sleep: { try await Task.sleep(for: $0) }, chance: { Double.random(in: 0...1) })
    }()
}
