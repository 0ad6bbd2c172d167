// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import EC2
internal import Logging
internal import NodeAgent
internal import VPCAgent

struct Drain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Give back every ENI and address that no pod uses, and take the node's rules away.",
        discussion: """
            For a node that is drained or leaves the cluster; the agent has to be stopped. What pods still use stays, and \
            is named. Ends with 0 when nothing of ours is left, else with 1.
            """)

    @OptionGroup(title: "Files") var files: AgentArguments
    @OptionGroup(title: "Status") var status: StatusOptions

    func run() async throws {
        let agent = try await files.agent(status)
        let left = try await agent.drain()
        if left.isEmpty { return }
        for line in left { print(line) }
        throw ExitCode(1)
    }
}
