// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging
import NodeAgent
import Synchronization

/// Counts the changes of its node.
struct ExampleAgent: AsyncParsableCommand {
    static let environment = AgentEnvironment(prefix: "EXAMPLE_AGENT")
    @OptionGroup var kubernetes: KubernetesAccessOptions
    @OptionGroup var status: StatusOptions

    func run() async throws {
        let logger = status.startLogging(label: "example-agent")
        let client = try KubernetesClient(kubernetes.access(Self.environment), agent: "example-agent")
        let name = try kubernetes.node(Self.environment)
        let metrics = MetricRegistry()
        let changes = metrics.counter("example_agent_changes_total", help: "Changes of this node.")
        let contact = Mutex(Contact())
        let watch = AgentPart {
            let node = try await name.found(by: client)
            try await KubernetesReflector(client, .nodes, .named(node)).run { event in
                if case .failure(let error) = event {
                    logger.warning("cannot watch the node", metadata: ["reason": "\(error)"])
                    return contact.withLock { $0.failed(error.message) }
                }
                if case .present = event { changes.increment() }
                contact.withLock { $0.answered() }
            }
        }
        let pages = StatusPages(metrics: metrics) {
            contact.withLock { $0.report(of: "kubernetes", limit: .seconds(300)) }
        }
        let server = status.server(of: pages, logger: logger).map { [$0] } ?? []
        try await AgentProcess.run([watch] + server, logger: logger)
    }
}
