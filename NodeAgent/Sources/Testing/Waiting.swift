// SPDX-License-Identifier: Apache-2.0

/// Waits until something is so, and returns how long that took; nil if it is not in time.
public func holds(
    within limit: Duration = .seconds(20), _ condition: () async throws -> Bool
) async rethrows -> Duration? {
    let start = ContinuousClock.now
    while true {
        if try await condition() { return start.duration(to: .now) }
        if start.duration(to: .now) > limit { return nil }
        try? await Task.sleep(for: .milliseconds(5))
    }
}
