// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CNITesting
import Logging
import NodeAgent
import NodeAgentCore
import NodeAgentTesting
import Synchronization
import Testing

@Suite("network list") struct NetworkListTests {
    private let text = #"{"cniVersion": "1.1.0", "name": "n", "plugins": [{"type": "a"}, {"type": "b"}]}"#

    @Test func `it is written when the agent is ready, and not before`() async throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/net.d/10-n.conflist"
        let list = try NetworkList(reading: try folder.write("source", text), for: path, naming: "b")
        let isReady = Mutex(false)
        let questions = Mutex(0)
        async let written: Void = list.publish(logger: Logger(label: "test")) {
            questions.withLock { $0 += 1 }
            return isReady.withLock { $0 }
        }
        #expect(await holds { questions.withLock { $0 } > 1 } != nil)
        #expect((try? TemporaryFolder.read(path)) == nil)
        isReady.withLock { $0 = true }
        await written
        #expect(try TemporaryFolder.read(path) == text)
    }

    @Test func `an agent that is stopped before it is ready writes nothing`() async throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/10-n.conflist"
        let list = try NetworkList(reading: try folder.write("source", text), for: path, naming: "a")
        let waiting = Task { await list.publish(logger: Logger(label: "test")) { false } }
        waiting.cancel()
        await waiting.value
        #expect((try? TemporaryFolder.read(path)) == nil)
    }

    @Test(arguments: [
        ("", ": "), ("{", ": "),
        (#"{"cniVersion": "1.1.0", "name": "n", "plugins": [{"type": "a"}]}"#, "is c"),
    ])
    func `a file that is no list, or does not name the agent's plugin, is rejected`(
        text: String, reason: String
    ) throws {
        let folder = try TemporaryFolder()
        let source = try folder.write("source", text)
        let error = #expect(throws: AgentError.self) {
            try NetworkList(reading: source, for: "/none", naming: "c")
        }
        #expect(error?.code == .notConfigured && error?.message.hasPrefix("\(source): ") == true)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test func `one option without the other is rejected`() throws {
        #expect(throws: (any Error).self) { try NetworkListOptions.parse(["--conflist", "/a"]) }
        #expect(throws: (any Error).self) { try NetworkListOptions.parse(["--write-conflist", "/a"]) }
        #expect(try NetworkListOptions.parse([]).list(naming: "a") == nil)
    }
}
