// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CNITesting
import NodeAgent
import NodeAgentTesting
import Testing

/// The agent of the documentation.
@Suite struct ExampleAgentTests {
    @Test func `the documentation shows it as it is compiled`() throws {
        let tests = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        let folder = tests.dropLast().joined(separator: "/")
        let root = tests.dropLast(4).joined(separator: "/")
        let source = try TemporaryFolder.read("\(folder)/ExampleAgent.swift")
        let code = source.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2)
        let page = try TemporaryFolder.read("\(root)/Documentation/NodeAgent.md")
        #expect(page.contains("```swift\n\(code.joined(separator: "\n"))```"))
    }

    @Test func `it runs until it is stopped`() async throws {
        let server = try await FakeKubernetes()
        server.nodes.put("node1", podCIDRs: [])
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "config",
            """
            current-context: a
            contexts: [{name: a, context: {cluster: c}}]
            clusters: [{name: c, cluster: {server: "\(server.url)"}}]
            """)
        let agent = try ExampleAgent.parse(
            ["--kubeconfig", file, "--node-name", "node1", "--status-address", "off"])
        let task = Task { try await agent.run() }
        #expect(await holds { server.nodes.watchCount == 1 } != nil)
        task.cancel()
        _ = await task.result
        #expect(await holds { server.nodes.watchCount == 0 } != nil)
    }
}
