// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import NodeAgent

struct VXLANAgent: AsyncParsableCommand {
    /// The variables of the process with flannel's as ours, and what is to be said of those without effect.
    static let translation = FlannelVariables.translated(AgentEnvironment.ofProcess)
    /// The variables that set options.
    static let environment = AgentEnvironment(prefix: "VXLAN_AGENT", variables: translation.variables)

    static let configuration = CommandConfiguration(
        commandName: "vxlan-agent",
        abstract: "Keep this node in an overlay network, so that its containers reach those of other nodes.",
        discussion: """
            Gets the node a subnet of the cluster's network, publishes where the others reach it, and keeps the \
            kernel equal to what all nodes have published: a VXLAN device, routes, neighbours, forwarding entries \
            and masquerading. Configurations, keys and files are flannel's.

              vxlan-agent run --store etcd --etcd-endpoints http://10.0.0.1:2379
              vxlan-agent run --store kubernetes
              vxlan-agent run --store file --file /etc/cni/overlay.json
              vxlan-agent cleanup

            When the agent ends, containers keep their network; cleanup takes it away.
            """,
        version: "1.0.0",
        subcommands: [Run.self, Cleanup.self])
}
