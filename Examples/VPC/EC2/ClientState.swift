// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// What calls leave for later ones.
final class ClientState: Sendable {
    private let rates: Mutex<RateLimits>
    private let offset = Mutex<Duration>(.zero)

    init(_ rates: RateLimits) { self.rates = Mutex(rates) }

    /// How far the server's clock is ahead of the node's, as far as is known.
    var clockOffset: Duration {
        get { offset.withLock { $0 } }
        set { offset.withLock { $0 = newValue } }
    }

    func withRates<Value: Sendable>(_ body: (inout RateLimits) -> Value) -> Value {
        rates.withLock { body(&$0) }
    }
}
