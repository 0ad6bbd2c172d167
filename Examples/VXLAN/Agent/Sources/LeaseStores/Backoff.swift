// SPDX-License-Identifier: Apache-2.0

/// Pauses between attempts: doubled from 100 ms to 5 s, each a little by chance, so that nodes do not come all at once.
struct Backoff {
    private var next = Duration.milliseconds(100)

    /// Waits; the next time longer.
    ///
    /// - Throws: ``LeaseStoreError/Code/cancelled``.
    mutating func pause() async throws(LeaseStoreError) {
        let pause = next * Double.random(in: 0.75...1.25)
        next = min(next * 2, .seconds(5))
        try await Self.sleep(for: pause)
    }

    /// Begins anew, after a success.
    mutating func reset() { self = Backoff() }

    /// Waits.
    ///
    /// - Throws: ``LeaseStoreError/Code/cancelled``.
    static func sleep(for duration: Duration) async throws(LeaseStoreError) {
        do {
            try await Task.sleep(for: duration)
        } catch {
            throw LeaseStoreError(.cancelled, "cancelled")
        }
    }
}
