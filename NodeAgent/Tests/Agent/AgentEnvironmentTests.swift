// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging
import NodeAgent
import Testing

/// Variables in place of options.
@Suite struct AgentEnvironmentTests {
    struct Agent: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "agent", subcommands: [Run.self, Clean.self])
    }

    struct Run: ParsableCommand {
        @Option var store: String
        @Option(name: .customLong("public-ip")) var publicIP: String?
        @Option var warmTarget = 1
        @Flag(inversion: .prefixedNo) var masquerade = true
        @Flag var verbose = false
        @OptionGroup var status: StatusOptions
        @OptionGroup var kubernetes: KubernetesAccessOptions
    }

    struct Clean: ParsableCommand {
        @Option var vni: Int?
    }

    private func run(_ variables: [String: String], _ words: String...) throws -> Run {
        var environment = AgentEnvironment(prefix: "AGENT", variables: variables)
        environment.names = ["--warm-target": "WARM_TARGET"]
        let arguments = try environment.arguments(for: Agent.self, ["run"] + words)
        return try #require(try Agent.parseAsRoot(arguments) as? Run)
    }

    @Test func `each option has a variable, and the command line counts more`() throws {
        let variables = [
            "AGENT_STORE": "etcd", "AGENT_PUBLIC_IP": "192.0.2.1", "AGENT_LOG_LEVEL": "debug",
            "AGENT_LOG_FORMAT": "json", "WARM_TARGET": "5", "AGENT_MASQUERADE": "false",
            "AGENT_VERBOSE": "true",
            "AGENT_STATUS_ADDRESS": "", "AGENT_VNI": "7",
        ]
        let run = try run(variables, "--public-ip", "192.0.2.2", "--log-level=trace")
        #expect(run.store == "etcd" && run.publicIP == "192.0.2.2" && run.warmTarget == 5)
        #expect(run.status.logLevel == .trace && run.status.logFormat == .json)
        #expect(run.status.statusAddress == "127.0.0.1:8081")
        #expect(!run.masquerade && run.verbose)
        #expect(try !self.run(["AGENT_STORE": "x"], "--no-masquerade").masquerade)
        let both = ["AGENT_STORE": "x", "AGENT_MASQUERADE": "true"]
        #expect(try !self.run(both, "--no-masquerade").masquerade)
    }

    @Test func `what is neither true nor false is refused with the variable`() throws {
        let error = #expect(throws: AgentError.self) {
            try run(["AGENT_STORE": "x", "AGENT_VERBOSE": "yes"])
        }
        #expect(error?.message == "AGENT_VERBOSE: \"yes\" is not true or false")
    }

    @Test func `variables that set nothing are known, those of Kubernetes' services are left alone`() {
        let environment = AgentEnvironment(
            prefix: "AGENT",
            variables: [
                "AGENT_STOR": "x", "AGENT_STORE": "y", "AGENT_VNI": "1", "AGENT_SERVICE_HOST": "10.0.0.1",
                "AGENT_PORT_80_TCP": "tcp://10.0.0.1:80", "OTHER": "z",
            ])
        #expect(environment.unknown(for: Agent.self) == ["AGENT_STOR"])
    }

    @Test(arguments: ["localhost:80", "x", "127.0.0.1"])
    func `an invalid address is rejected with the option's name`(text: String) {
        let error = #expect(throws: (any Error).self) { try StatusOptions.parse(["--status-address", text]) }
        let message = error.map { StatusOptions.message(for: $0) } ?? ""
        #expect(message.contains("--status-address: \"\(text)\" is not ADDRESS:PORT"), "\(message)")
    }
}
