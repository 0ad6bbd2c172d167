// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import CoreMetrics
internal import Metrics
internal import Synchronization
internal import VXLANOverlay

/// A number for each subnet that is left out for something of the host's own; none as long as there is no such subnet.
///
/// Leases have no name of their node: it is named by the address at which it is reached.
final class ConflictGauges: Sendable {
    private struct Subnet: Hashable {
        let node: String
        let subnet: String
    }

    private let gauges = Mutex<[Subnet: Gauge]>([:])

    /// Shows these instead of those before.
    func show(_ refused: [RefusedLease]) {
        var now: Set<Subnet> = []
        for lease in refused {
            guard let family = lease.conflict?.prefix.family, let part = lease.lease[family] else { continue }
            now.insert(Subnet(node: "\(part.publicIP)", subnet: "\(part.subnet)"))
        }
        gauges.withLock { gauges in
            for (subnet, gauge) in gauges where !now.contains(subnet) {
                gauge.destroy()
                gauges[subnet] = nil
            }
            for subnet in now where gauges[subnet] == nil {
                let gauge = Gauge(
                    label: "vxlan_agent_host_conflict",
                    dimensions: [("node", subnet.node), ("subnet", subnet.subnet)])
                gauge.record(1)
                gauges[subnet] = gauge
            }
        }
    }
}
