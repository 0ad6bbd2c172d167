// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import NodeAgentStatus
internal import VXLANOverlay

/// A number for each subnet that is left out for something of the host's own; none as long as there is no such subnet.
///
/// Leases have no name of their node: it is named by the address at which it is reached.
struct ConflictGauges: Sendable {
    private let gauges: LabelledMetric<MetricGauge>

    init(_ registry: MetricRegistry) {
        gauges = registry.gauges(
            "vxlan_agent_host_conflict",
            help: "1 for each subnet that is left out for something of the host's own, with its node's address.",
            labels: ["node", "subnet"])
    }

    /// Shows these instead of those before.
    func show(_ refused: [RefusedLease]) {
        var now: Set<[String]> = []
        for lease in refused {
            guard let family = lease.conflict?.prefix.family, let part = lease.lease[family] else { continue }
            now.insert(["\(part.publicIP)", "\(part.subnet)"])
        }
        gauges.keep(only: now)
        for values in now { gauges[values[0], values[1]].set(1) }
    }
}
