// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Waits until something is so, and returns how long that took; nil if it is not in time.
public func holds(
    within limit: Duration = .seconds(90), _ condition: () async throws -> Bool
) async rethrows -> Duration? {
    let start = ContinuousClock.now
    while true {
        if try await condition() { return start.duration(to: .now) }
        if start.duration(to: .now) > limit { return nil }
        try? await Task.sleep(for: .milliseconds(5))
    }
}

/// Whether something becomes so within two minutes, for tests that are no tasks.
public func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    let end = ContinuousClock.now + .seconds(120)
    while true {
        if try condition() { return true }
        if ContinuousClock.now > end { return false }
        usleep(20_000)
    }
}
