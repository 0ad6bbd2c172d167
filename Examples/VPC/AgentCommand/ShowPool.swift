// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNITypes
internal import NodeAgentCore
internal import NodeAgentHTTP
internal import VPCAgent

struct ShowPool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pool", abstract: "Show the ENIs, and who has which address, of the agent that runs.")

    @Option(help: ArgumentHelp("Where the agent answers (INTROSPECTION_BIND_ADDRESS).", valueName: "address"))
    var address = "127.0.0.1:61679"

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let pool = try await AgentPool.read(at: address)
        print(json ? pool.serialized(indent: 2) + "\n" : PoolTable.text(pool), terminator: "")
    }
}
