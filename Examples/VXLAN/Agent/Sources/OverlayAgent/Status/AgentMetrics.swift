// SPDX-License-Identifier: Apache-2.0

internal import NodeAgentStatus

/// What the agent counts; names as Prometheus has them.
struct AgentMetrics: Sendable {
    /// Subnets of other nodes that are to be reached.
    let wantedPeers: MetricGauge
    /// Subnets of other nodes that are reached.
    let programmedPeers: MetricGauge
    /// Leases that were left out, and entries of the store that cannot be read.
    let rejectedLeases: MetricGauge
    /// Nodes that were left out, one by one.
    let leftOut: LeftOutGauges
    /// Comparisons of the whole kernel state.
    let reconciliations: MetricCounter
    /// What comparing and changing took.
    let reconcileTime: MetricHistogram
    /// What it took from a change of leases to the kernel.
    let leaseTime: MetricHistogram
    /// Steps in the kernel because leases had changed.
    let leaseSteps: MetricCounter
    /// Steps in the kernel because somebody else had changed what is ours.
    let repairSteps: MetricCounter
    /// Failures of the kernel.
    let kernelFailures: MetricCounter
    /// Failures of the store.
    let storeFailures: MetricCounter
    /// When the store answered last, in seconds since 1970.
    let lastContact: MetricGauge

    init(_ registry: MetricRegistry) {
        wantedPeers = registry.gauge(
            "vxlan_agent_peers_wanted", help: "Subnets of other nodes that are to be reached.")
        programmedPeers = registry.gauge(
            "vxlan_agent_peers_programmed", help: "Subnets of other nodes that are reached.")
        rejectedLeases = registry.gauge(
            "vxlan_agent_leases_rejected",
            help: "Leases that contradict others or the host, and entries of the store that cannot be read.")
        leftOut = LeftOutGauges(registry)
        reconciliations = registry.counter(
            "vxlan_agent_reconciliations_total",
            help: "Comparisons of the kernel with what all nodes have published.")
        reconcileTime = registry.histogram(
            "vxlan_agent_reconciliation_duration_seconds",
            help: "Time that comparing the whole kernel state and changing it took.")
        leaseTime = registry.histogram(
            "vxlan_agent_lease_change_duration_seconds", help: "Time from a change of leases to the kernel.")
        let steps = registry.counters(
            "vxlan_agent_kernel_steps_total", help: "Changes that were made in the kernel, by their cause.",
            labels: ["cause"])
        leaseSteps = steps["leases"]
        repairSteps = steps["repair"]
        let failures = registry.counters(
            "vxlan_agent_failures_total", help: "Failures of the kernel and of the store, which are retried.",
            labels: ["part"])
        kernelFailures = failures["kernel"]
        storeFailures = failures["store"]
        lastContact = registry.gauge(
            "vxlan_agent_store_last_contact_seconds",
            help: "When the store answered last, in seconds since 1970.")
    }
}
