// SPDX-License-Identifier: Apache-2.0

internal import LeaseStores
internal import Synchronization

/// What the agent's loop has to do next, collected from all who see a reason; what was requested twice is done once.
final class ReconcileRequests: Sendable {
    /// What there is to do.
    struct Items: Sendable {
        /// The leases as the store has them now, if they have changed.
        var leases: KnownLeases?
        /// Whether everything has to be compared.
        var comparesAll = false
        /// Whether the interface to the other nodes has to be looked at.
        var looksAtUnderlay = false
        /// Whether the store has answered.
        var hasContact = false
    }

    private let items = Mutex(Items())
    private let continuation: AsyncStream<Void>.Continuation
    /// A signal whenever there is something to do.
    let signals: AsyncStream<Void>

    init() {
        (signals, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Adds to what there is to do.
    func add(_ change: (inout Items) -> Void) {
        items.withLock { change(&$0) }
        continuation.yield()
    }

    /// Takes all that there is to do.
    func take() -> Items {
        items.withLock { items in
            defer { items = Items() }
            return items
        }
    }
}
