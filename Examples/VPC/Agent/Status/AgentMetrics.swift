// SPDX-License-Identifier: Apache-2.0

package import NodeAgentStatus

/// What is counted and measured; names are the reference's where the meaning is the same.
package struct AgentMetrics: Sendable {
    package let registry: MetricRegistry
    let addRequests: MetricCounter
    let deleteRequests: LabelledMetric<MetricCounter>
    let noAvailableAddresses: MetricCounter
    let waitSeconds: MetricHistogram
    let queue: MetricGauge
    let inProgress: LabelledMetric<MetricGauge>
    let actionSeconds: LabelledMetric<MetricHistogram>
    let ec2Errors: LabelledMetric<MetricCounter>
    let reconciles: MetricCounter
    let forcedENIs: MetricCounter
    let forcedAddresses: MetricCounter
    let sweptENIs: MetricCounter
    let driftRepaired: MetricCounter
    let total: MetricGauge
    let assigned: MetricGauge
    let free: MetricGauge
    let resting: MetricGauge
    let enis: MetricGauge
    let prefixes: MetricGauge
    let maxENIs: MetricGauge
    let maxAddresses: MetricGauge
    let perENI: LabelledMetric<MetricGauge>
    let unmet: MetricGauge
    let subnetFree: LabelledMetric<MetricGauge>

    package init(_ registry: MetricRegistry = MetricRegistry()) {
        self.registry = registry
        addRequests = registry.counter(
            "awscni_add_ip_req_count_total", help: "ADDs that asked for an address.")
        deleteRequests = registry.counters(
            "awscni_del_ip_req_count_total", help: "Addresses that were asked back, by the reason.",
            labels: ["reason"])
        noAvailableAddresses = registry.counter(
            "awscni_no_available_ip_addresses_total", help: "ADDs that found no free address and waited.")
        waitSeconds = registry.histogram(
            "vpc_agent_add_wait_seconds", help: "How long ADDs waited that found no free address.",
            buckets: [0.1, 0.5, 1, 2, 5, 10, 20, 60])
        queue = registry.gauge("vpc_agent_add_queue", help: "ADDs that wait for an address.")
        inProgress = registry.gauges(
            "awscni_ipamd_action_inprogress",
            help: "Changes in EC2 that are under way, by the call they begin with.",
            labels: ["fn"])
        actionSeconds = registry.histograms(
            "vpc_agent_ec2_change_seconds", help: "How long changes in EC2 took with all their calls.",
            labels: ["fn"], buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 90])
        ec2Errors = registry.counters(
            "awscni_ec2api_error_count_total", help: "Calls of EC2 that failed.", labels: ["fn"])
        reconciles = registry.counter(
            "awscni_reconcile_count_total", help: "Looks at what EC2 says the node has.")
        forcedENIs = registry.counter(
            "awscni_force_removed_enis_total", help: "ENIs that were detached behind the agent's back.")
        forcedAddresses = registry.counter(
            "awscni_force_removed_ips_total",
            help: "Attachments whose address was taken behind the agent's back.")
        sweptENIs = registry.counter(
            "vpc_agent_leaked_enis_deleted_total", help: "Leaked ENIs that were deleted.")
        driftRepaired = registry.counter(
            "vpc_agent_drift_repaired_total",
            help: "Rules, routes, addresses and settings that others had changed.")
        total = registry.gauge("awscni_total_ip_addresses", help: "IPv4 addresses for pods.")
        assigned = registry.gauge("awscni_assigned_ip_addresses", help: "Attachments with an address.")
        free = registry.gauge(
            "vpc_agent_free_ip_addresses", help: "IPv4 addresses that can be handed out now.")
        resting = registry.gauge(
            "vpc_agent_cooling_ip_addresses", help: "Addresses that are cooling or held.")
        enis = registry.gauge("awscni_eni_allocated", help: "ENIs whose addresses are for pods.")
        prefixes = registry.gauge("awscni_total_ipv4_prefixes", help: "IPv4 prefixes for pods.")
        maxENIs = registry.gauge("awscni_eni_max", help: "ENIs that the node may have.")
        maxAddresses = registry.gauge(
            "awscni_ip_max", help: "IPv4 addresses that the node may have for pods.")
        perENI = registry.gauges(
            "awscni_assigned_ip_per_eni", help: "Attachments with an address of an ENI.", labels: ["eni"])
        subnetFree = registry.gauges(
            "vpc_agent_subnet_free_addresses", help: "Free addresses of a subnet, as EC2 said the last time.",
            labels: ["subnet"])
        unmet = registry.gauge(
            "vpc_agent_unmet_addresses", help: "Addresses that are missing and cannot be had.")
    }
}
