// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import NodeAgent
internal import OverlayAgent
internal import ServiceLifecycle

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Keep the node in the overlay until told to stop.",
        discussion: """
            Ends with 0 when told to stop by SIGTERM or SIGINT, with 1 if it cannot start, with 64 if the command \
            line is wrong. The data path stays as it is. A store that does not answer, an interface that is not there yet, \
            a cluster that is not configured yet are waited for.

            Each option can be set by a variable, too: --store by VXLAN_AGENT_STORE. flannel's variables are \
            taken, too: FLANNELD_IFACE as --iface.
            """)

    @OptionGroup(title: "Leases") var store: StoreOptions
    @OptionGroup(title: "Node") var node: NodeOptions
    @OptionGroup(title: "Container runtime") var runtime: NetworkListOptions
    @OptionGroup(title: "Status") var status: StatusOptions

    func run() async throws {
        let logger = status.startLogging(label: "vxlan-agent")
        var agent = Agent(store: try store.make(), options: node.options, logger: logger)
        agent.networkList = try runtime.list(naming: "vxlan")
        var parts: [any Service] = [agent]
        if let server = status.server(of: agent.pages, logger: logger) { parts.append(server) }
        try await AgentProcess.run(parts, logger: logger)
    }
}
