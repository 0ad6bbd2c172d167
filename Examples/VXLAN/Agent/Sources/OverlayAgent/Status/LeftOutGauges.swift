// SPDX-License-Identifier: Apache-2.0

internal import NodeAgentStatus

/// A number for each node, or family of it, that is left out; none as long as there is no such node.
struct LeftOutGauges: Sendable {
    private let gauges: LabelledMetric<MetricGauge>

    init(_ registry: MetricRegistry) {
        gauges = registry.gauges(
            "vxlan_agent_peer_left_out",
            help:
                "1 for each subnet of another node that is not reached, by cause: host, lease or unreadable.",
            labels: ["node", "subnet", "cause"])
    }

    /// Shows these instead of those before.
    func show(_ leftOut: [LeftOut]) {
        gauges.keep(only: Set(leftOut.map { [$0.node, $0.subnet, $0.cause.rawValue] }))
        for entry in leftOut { gauges[entry.node, entry.subnet, entry.cause.rawValue].set(1) }
    }
}
