// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CNITesting
import NodeAgentTesting
import Testing

@testable import vpc_agent

/// The options of the agent's command line, as they are documented.
@Suite("The agent's command line")
struct CommandLineTests {
    private static let commands: [any ParsableCommand.Type] = [
        Run.self, ShowPool.self, Check.self, Drain.self, HandBack.self, Variables.self,
    ]

    @Test("Each option that a command's help names is taken under its name")
    func help() {
        var count = 0
        for command in Self.commands {
            let names = OptionNames.documented(by: command)
            count += names.count
            for name in names { #expect(OptionNames.isTaken(name, by: command), "\(command): \(name)") }
            #expect(OptionNames.torn(names) == [])
            #expect(!OptionNames.isTaken("--exclusive-en-is", by: command))
        }
        #expect(count > 20)
    }

    @Test("The documentation names no option that there is not")
    func documentation() throws {
        let root = #filePath.split(separator: "/").dropLast(5).joined(separator: "/")
        let known = Self.commands.reduce(into: Set<String>()) { $0.formUnion(OptionNames.documented(by: $1)) }
        for page in ["Agent", "Migration", "Troubleshooting"] {
            let text = try TemporaryFolder.read("/\(root)/Documentation/VPC/\(page).md")
            // kubelet's.
            let others: Set = ["--help", "--max-pods"]
            #expect(OptionNames.named(in: text).subtracting(known).subtracting(others) == [], "\(page)")
        }
    }
}
