// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import Glibc
import TestSupport
import Testing

@Suite(.needsTool)
struct InterruptionTests {
    /// Waits until the plugins were called like this; two minutes at most.
    private func wait(for story: [String], _ world: World) throws {
        try TestSupport.wait(for: "the plugins to be called: \(story)") { try world.story() == story }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func `an ADD that is interrupted is undone before the process ends by the signal`(signal: CInt) throws {
        let world = try World("a", "b")
        try world.configure("net", ["type": "a"], ["type": "b"])
        try world.play("b", .add, ["sleep": 300_000])
        let process = try Tool.start(
            world.words(["add", "net", ownNamespace, "--json"]), world.environment())
        try wait(for: ["ADD a", "ADD b"], world)
        process.send(signal)
        let outcome = try process.wait()
        #expect(outcome.signal == signal, "\(outcome)")
        #expect(outcome.json["error"]?["reason"]?.string == "cancelled", "\(outcome)")
        #expect(try world.story() == ["ADD a", "ADD b", "DEL b", "DEL a"])
        #expect(try world.cni("list", "--json").json["attachments"] == [])
    }

    @Test
    func `the second signal ends the process whatever it does`() throws {
        let world = try World("a")
        try world.configure("net", ["type": "a"])
        try world.play("a", .add, ["sleep": 300_000])
        try world.play("a", .delete, ["sleep": 300_000])
        let process = try Tool.start(world.words(["add", "net", ownNamespace]), world.environment())
        try wait(for: ["ADD a"], world)
        process.send(SIGINT)
        try wait(for: ["ADD a", "DEL a"], world)
        let clock = ContinuousClock()
        let start = clock.now
        process.send(SIGINT)
        #expect(try process.wait().signal == SIGINT)
        #expect(start.duration(to: clock.now) < .seconds(120))
    }

    @Test(.needsProgram("/usr/bin/nohup"))
    func `a signal that the tool's parent ignores does nothing`() throws {
        let world = try World("a")
        try world.configure("net", ["type": "a"])
        let gate = "\(world.folder.path)/gate"
        try world.play("a", .add, ["await": .string(gate)])
        let words = [Tool.path] + world.words(["add", "net", ownNamespace])
        let process = try Tool.start(words, world.environment(), program: "/usr/bin/nohup")
        try wait(for: ["ADD a"], world)
        process.send(SIGHUP)
        usleep(200_000)
        try world.write("gate", "")
        #expect(try process.wait().status == 0)
    }

    @Test
    func `GC that is interrupted leaves the other networks alone`() throws {
        let world = try World("a", "b")
        try world.configure("one", ["type": "a"])
        try world.configure("two", ["type": "b"])
        try world.play("a", .collect, ["sleep": 300_000])
        let process = try Tool.start(world.words(["gc"]), world.environment())
        try wait(for: ["GC a"], world)
        process.send(SIGINT)
        #expect(try process.wait().signal == SIGINT)
        #expect(try world.story() == ["GC a"])
    }
}
