// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import NodeAgent

@main
struct VPCAgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vpc-agent",
        abstract:
            "Give this node's pods addresses of the VPC: own its ENIs, and keep what the kernel needs of them.",
        discussion: """
            Configured by variables, with the names and meanings of the Amazon VPC CNI's: `vpc-agent variables` lists \
            them. The plugin vpc-eni asks it for addresses over a socket.

            When the agent ends, pods keep their network. `vpc-agent drain` gives everything back that no pod uses.
            """,
        version: "1.0.0",
        subcommands: [Run.self, ShowPool.self, Check.self, Drain.self, HandBack.self, Variables.self])

    static func main() async {
        // Options have variables of their own prefix; the pool's are the reference's.
        await AgentProcess.main(Self.self, environment: environment)
    }

    static let environment = AgentEnvironment(prefix: "VPC_AGENT_OPTION")
}
