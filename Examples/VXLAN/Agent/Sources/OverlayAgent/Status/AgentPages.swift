// SPDX-License-Identifier: Apache-2.0

public import NodeAgentStatus

extension Agent {
    /// What the agent says of itself, by path: `/healthz`, `/readyz`, `/metrics`.
    public var pages: StatusPages {
        let (board, options) = (board, options)
        return StatusPages(
            metrics: registry,
            health: { board.now.health(resync: options.resync) },
            readiness: { board.now.readiness(contactLimit: options.contactLimit) })
    }
}

extension AgentStatus {
    /// Whether the agent's loop works.
    public func health(resync: Duration, now: ContinuousClock.Instant = .now) -> StatusPages.Report {
        let age = lastReconcile.duration(to: now)
        // The loop runs every few seconds while it waits for something, and otherwise with every comparison.
        if age <= resync * 2 + .seconds(60) { return StatusPages.Report() }
        return StatusPages.Report(problems: ["the agent has done nothing for \(age.components.seconds) s"])
    }

    /// Whether containers' packets get to all other nodes; and when the store answered last.
    public func readiness(contactLimit: Duration, now: ContinuousClock.Instant = .now) -> StatusPages.Report {
        StatusPages.Report(problems: problems, notes: notes)
            + store.report(of: "store", limit: contactLimit, now: now)
    }
}
