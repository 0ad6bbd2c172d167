// SPDX-License-Identifier: Apache-2.0

internal import CoreMetrics
internal import Metrics

/// What the agent counts; names as Prometheus has them.
struct AgentMetrics: Sendable {
    /// Subnets of other nodes that are to be reached.
    let wantedPeers = Gauge(label: "vxlan_agent_peers_wanted")
    /// Subnets of other nodes that are reached.
    let programmedPeers = Gauge(label: "vxlan_agent_peers_programmed")
    /// Leases that were left out, and entries of the store that cannot be read.
    let rejectedLeases = Gauge(label: "vxlan_agent_leases_rejected")
    /// Leases that were left out for something of the host's own, one by one.
    let conflicts = ConflictGauges()
    /// Comparisons of the whole kernel state.
    let passes = Counter(label: "vxlan_agent_passes_total")
    /// What comparing and changing took.
    let passTime = Timer(label: "vxlan_agent_pass_duration_seconds")
    /// What it took from a change of leases to the kernel.
    let leaseTime = Timer(label: "vxlan_agent_lease_change_duration_seconds")
    /// Steps in the kernel because leases had changed.
    let leaseSteps = Counter(label: "vxlan_agent_kernel_steps_total", dimensions: [("cause", "leases")])
    /// Steps in the kernel because somebody else had changed what is ours.
    let repairSteps = Counter(label: "vxlan_agent_kernel_steps_total", dimensions: [("cause", "repair")])
    /// Failures of the kernel.
    let kernelFailures = Counter(label: "vxlan_agent_failures_total", dimensions: [("part", "kernel")])
    /// Failures of the store.
    let storeFailures = Counter(label: "vxlan_agent_failures_total", dimensions: [("part", "store")])
    /// When the store answered last, in seconds since 1970.
    let lastContact = Gauge(label: "vxlan_agent_store_last_contact_seconds")
}
