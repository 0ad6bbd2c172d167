// SPDX-License-Identifier: Apache-2.0

/// What the agent says of itself, by path.
public struct StatusPages: Sendable {
    /// An answer of HTTP.
    public struct Page: Hashable, Sendable {
        /// The status: 200.
        public let status: Int
        /// The media type.
        public let type: String
        /// The body.
        public let text: String
    }

    let board: StatusBoard
    let registry: PrometheusRegistry
    let options: AgentOptions

    /// Creates the pages of an agent.
    public init(board: StatusBoard, registry: PrometheusRegistry, options: AgentOptions) {
        self.board = board
        self.registry = registry
        self.options = options
    }

    /// The page of a path.
    ///
    /// | path | |
    /// |---|---|
    /// | `/healthz` | 200 as long as the agent works, 503 if it hangs |
    /// | `/readyz` | 200 if containers' packets get to all other nodes; 503 with the reasons |
    /// | `/metrics` | for Prometheus |
    public func page(_ path: String) -> Page {
        switch path.prefix(while: { $0 != "?" }) {
        case "/healthz": health
        case "/readyz": readiness
        case "/metrics":
            Page(status: 200, type: "text/plain; version=0.0.4; charset=utf-8", text: registry.text)
        default: text(404, ["/healthz, /readyz, /metrics"])
        }
    }

    private var health: Page {
        let age = board.now.lastTurn.duration(to: .now)
        // Whoever waits for something comes by every few seconds, and otherwise with every comparison.
        if age <= options.resync * 2 + .seconds(60) { return text(200, ["ok"]) }
        return text(503, ["the agent has done nothing for \(age.components.seconds) s"])
    }

    private var readiness: Page {
        let problems = board.now.problems(contactLimit: options.contactLimit)
        return problems.isEmpty ? text(200, ["ok"]) : text(503, problems)
    }

    private func text(_ status: Int, _ lines: [String]) -> Page {
        Page(
            status: status, type: "text/plain; charset=utf-8",
            text: lines.map { $0 + "\n" }.joined())
    }
}
