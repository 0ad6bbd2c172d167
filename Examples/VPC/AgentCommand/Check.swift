// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import EC2
internal import Logging
internal import NodeAgent
internal import VPCAgent

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask EC2 whether IAM allows what the agent does, and change nothing.",
        discussion: """
            Beside a running agent or without one, with the same variables. By dry runs (DryRun), which EC2 does not have \
            for the calls that assign addresses. Ends with 0 when nothing is known to be missing, else with 1.
            """)

    @OptionGroup(title: "Files") var files: AgentArguments
    @OptionGroup(title: "Status") var status: StatusOptions

    func run() async throws {
        let agent = try await files.agent(status)
        let report: PermissionReport
        do {
            report = try await agent.permissions()
        } catch let error as EC2Error where error.kind == .unauthorized {
            print("\(error.missingPermission ?? "ec2:\(error.action)")  MISSING: \(error.message)")
            throw ExitCode(1)
        }
        for line in report.lines { print(line) }
        if report.missing.isEmpty { return }
        print("missing: \(report.missing.joined(separator: ", "))")
        throw ExitCode(1)
    }
}
