// SPDX-License-Identifier: Apache-2.0

import AgentTestSupport
import LeaseStores
import NodeAgentCore
import NodeAgentTesting
import Synchronization
import VXLANOverlay

/// A follower of a store, for tests to wait for what is reported.
final class Listener: Sendable {
    private struct State {
        var events: [LeaseEvent] = []
        var failure: AgentError?
    }

    private let state = Mutex(State())
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(_ store: some LeaseStore, _ lease: Lease) {
        let task = Task { [weak self] in
            do throws(AgentError) {
                try await store.follow(lease) { [weak self] event in
                    self?.state.withLock { $0.events.append(event) }
                }
            } catch {
                self?.state.withLock { $0.failure = error }
            }
        }
        self.task.withLock { $0 = task }
    }

    deinit { task.withLock { $0?.cancel() } }

    /// Ends it, and waits for the end.
    func end() async {
        let task = task.withLock { $0 }
        task?.cancel()
        await task?.value
    }

    /// What was reported so far.
    var events: [LeaseEvent] { state.withLock { $0.events } }

    /// The leases as they were reported last.
    var leases: [Lease]? {
        for case .leases(let known) in events.reversed() { return known.leases }
        return nil
    }

    /// The names of the leases' nodes, as they were reported last.
    var nodes: [String] {
        for case .leases(let known) in events.reversed() { return known.nodes }
        return []
    }

    /// What could not be read, as it was reported last.
    var unreadable: [String] {
        for case .leases(let known) in events.reversed() { return known.unreadable.map(\.description) }
        return []
    }

    /// With what it ended.
    var failure: AgentError? { state.withLock { $0.failure } }

    /// Waits until something holds; false if it does not in time.
    func waits(_ limit: Duration = .seconds(90), until holds: (Listener) -> Bool) async -> Bool {
        await NodeAgentTesting.holds(within: limit) { holds(self) } != nil
    }
}
