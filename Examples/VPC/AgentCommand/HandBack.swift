// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Logging
internal import NodeAgent
internal import VPCAgent

struct HandBack: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hand-back",
        abstract: "Write aws-node's checkpoint, so that it takes this node's pods over.",
        discussion: """
            The agent has to be stopped. Pods keep their network: nothing in the kernel or in EC2 is changed. Says what \
            aws-node cannot take over, and ends with 1 then.
            """)

    @OptionGroup(title: "Files") var files: AgentArguments
    @OptionGroup(title: "Status") var status: StatusOptions

    func run() async throws {
        let variables = AgentEnvironment.ofProcess
        let logger = AgentArguments.startLogging(status, variables)
        let options = try AgentArguments.options(variables, logger: logger)
        let left = try HandedBack(files.paths, options).write()
        for line in left { print(line) }
        if !left.isEmpty { throw ExitCode(1) }
    }
}
