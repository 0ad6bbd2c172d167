// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import CNITypes
import Glibc
import LinuxCore
import Synchronization
import TestSupport
import Testing
import VPCNetwork
import VPCPlugin

/// What the plugin makes of an agent that is absent, slow, confused or restarted.
@Suite(.needsNamespaces, .needsProgram("/usr/sbin/ip"), .needsProgram("/usr/sbin/nft"))
struct AgentConversationTests {
    @Test func `without an agent ADD is to be tried again, and leaves no note`() throws {
        let world = try VPCWorld()
        world.agent.stop()
        let container = try world.node.container("c1")
        let before = try world.node.snapshot()
        let outcome = try world.call(.add, container)
        #expect(outcome.output?["code"]?.int == 11, "\(outcome)")
        #expect(outcome.output?["msg"]?.string == "vpc-agent does not run on this node")
        try expectUnchanged(world.node, since: before)
        #expect(try world.agent.notes.all().isEmpty)
    }

    @Test func `a DEL without an agent succeeds, and the agent hears of it when it starts`() throws {
        let world = try VPCWorld()
        let pods = try world.pods(2)
        world.agent.stop()
        let outcome = try world.call(.delete, pods[0])
        #expect(outcome.status == 0, "\(outcome)")
        #expect(try world.agent.notes.all() == [try VPCPluginTests.attachment("pod0")])
        #expect(world.agent.holders == ["pod0", "pod1"])
        try world.agent.start()
        #expect(world.agent.holders == ["pod1"])
        #expect(try world.agent.notes.all().isEmpty)
    }

    @Test(arguments: ["ADD", "DEL"])
    func `an agent that hangs holds nobody up for long`(verb: String) throws {
        let world = try VPCWorld()
        let container = try world.node.container("c1")
        if verb == "ADD" {
            world.agent.misbehave(.hang)
            let outcome = try world.call(.add, container, ["timeout": 1])
            #expect(outcome.output?["code"]?.int == 11, "\(outcome)")
            #expect(outcome.output?["msg"]?.string?.contains("has not answered within") == true)
            // It may have given an address by then: that is given back.
            #expect(world.agent.requests.last?.verb == .delete(try VPCPluginTests.attachment("c1")))
        } else {
            _ = try world.attach(container, pod: "web-0")
            world.agent.misbehave(.hang)
            #expect(try world.call(.delete, container).status == 0)
            #expect(try world.agent.notes.all() == [try VPCPluginTests.attachment("c1")])
        }
    }

    @Test func `ADDs that wait while the agent is restarted get their addresses`() throws {
        let world = try VPCWorld()
        world.agent.misbehave(.hang, .hang, .hang, .hang)
        let containers = try (0..<4).map { try world.node.container("pod\($0)") }
        let results = Results()
        let threads = containers.enumerated().map { number, container in
            BlockingThread {
                let outcome = try? world.call(.add, container, pod: "web-\(number)", ["timeout": 60])
                results.add(outcome?.status ?? -1)
            }
        }
        try wait(for: "four ADDs to ask the agent") { world.agent.requests.count >= 4 }
        #expect(world.agent.requests.count == 4)
        world.agent.stop()
        usleep(300_000)
        try world.agent.start()
        for thread in threads { thread.join() }
        #expect(results.all == [0, 0, 0, 0])
        #expect(Set(world.agent.holders) == ["pod0", "pod1", "pod2", "pod3"])
    }

    @Test(arguments: [
        "", "{}", "nonsense", "{\"version\":1}", "{\"version\":9}", "{\"version\":1,\"error\":{}}",
        "{\"version\":1,\"attachment\":{\"mode\":\"shared\",\"mtu\":1400,\"addresses\":[]}}",
        String(repeating: "[", count: 400_000), "{\"version\":1,\"version\":2}", "\0\u{1}",
        "{\"version\":1e300,\"attachment\":[]}",
    ])
    func `an answer that makes no sense changes nothing, and what may have been given is given back`(
        answer: String
    ) throws {
        let world = try VPCWorld()
        let container = try world.node.container("c1")
        let before = try world.node.snapshot()
        world.agent.misbehave(.say(answer))
        let outcome = try world.call(.add, container)
        #expect(outcome.status == 1)
        #expect(outcome.output?["msg"]?.string?.hasPrefix("answer of vpc-agent") == true, "\(outcome)")
        try expectUnchanged(world.node, since: before)
        #expect(world.agent.requests.last?.verb == .delete(try VPCPluginTests.attachment("c1")))
    }

    @Test func `an endless answer is cut off`() throws {
        let world = try VPCWorld()
        let container = try world.node.container("c1")
        world.agent.misbehave(.say(String(repeating: "x", count: 3 << 20)))
        let outcome = try world.call(.add, container)
        #expect(outcome.output?["code"]?.int == 5, "\(outcome)")
    }

    @Test func `a DEL that an agent of another release does not understand is noted`() throws {
        let world = try VPCWorld()
        let container = try world.node.container("c1")
        _ = try world.attach(container, pod: "web-0")
        world.agent.misbehave(.refuse(CNIError(.incompatibleVersion, "version 1")))
        #expect(try world.call(.delete, container).status == 0)
        #expect(try world.agent.notes.all() == [try VPCPluginTests.attachment("c1")])
    }

    @Test func `notes in a folder that others may write into are not believed, nor written`() throws {
        let folder = try TemporaryFolder()
        let notes = ReleasedAttachments(folder: "\(folder.path)/released")
        try notes.add(VPCPluginTests.attachment("c1"))
        #expect(try notes.all().count == 1)
        // Files that are no notes, links and what is half written are passed over.
        try File.create("\(notes.folder)/junk", Array("{".utf8), mode: 0o600)
        try File.create("\(notes.folder)/.vpc:c2:eth0.new", [], mode: 0o600)
        symlink("/etc/passwd", "\(notes.folder)/link")
        mkfifo("\(notes.folder)/pipe", 0o600)
        #expect(try notes.all() == [VPCPluginTests.attachment("c1")])
        chmod(notes.folder, 0o777)
        #expect(throws: CNIError.self) { try notes.all() }
        #expect(throws: CNIError.self) { try notes.add(VPCPluginTests.attachment("c3")) }
    }

    @Test func `a socket path that is too long, or is not a socket, is reported`() throws {
        let folder = try TemporaryFolder()
        try File.create("\(folder.path)/file", [], mode: 0o600)
        let network = try NetworkName("vpc")
        for path in [
            "\(folder.path)/\(String(repeating: "x", count: 120))", "\(folder.path)/file", folder.path, "",
        ] {
            #expect(throws: CNIError.self) {
                try AgentClient(socket: path).perform(.status, of: network, patience: 1000)
            }
        }
    }
}

/// Exit statuses from several threads.
private final class Results: Sendable {
    private let statuses = Mutex<[Int32]>([])

    var all: [Int32] { statuses.withLock { $0 } }

    func add(_ status: Int32) { statuses.withLock { $0.append(status) } }
}
