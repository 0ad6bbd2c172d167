// SPDX-License-Identifier: Apache-2.0

import CNIRuntime
import CNITesting
import Glibc
import LinuxCore
import Supervision
import Synchronization
import TestSupport
import Testing

@Suite
struct ProcessTests {
    private func process(in file: String) -> pid_t? {
        (try? File.read(file)).flatMap { pid_t(String(decoding: $0, as: UTF8.self)) }
    }

    private func isAlive(_ process: pid_t) -> Bool {
        // A killed orphan is a zombie until somebody reaps it.
        guard let status = try? File.read("/proc/\(process)/stat") else { return false }
        return !String(decoding: status, as: UTF8.self).contains(") Z ")
    }

    @Test
    func `the time limit ends the plugin and what it called, and names the plugin`() async throws {
        // A busy machine may not get that far in the first limit.
        for limit in [5, 30, 120] {
            let world = try World("a", "b")
            let pidFile = "\(world.folder.path)/pid"
            try world.play("b", .add, ["grandchild": .string(pidFile), "stderr": "calling\n"])
            let error = try await failure {
                _ = try await world.runtime(timeLimit: .seconds(limit)).add(network("a", "b"), request())
            }
            let story = try world.story()
            if limit < 120, process(in: pidFile) == nil || story.count < 4 { continue }
            #expect(error.reason == .timedOut && error.plugin == "b" && error.code == .tryAgainLater)
            #expect(error.description.contains("\(limit).0 seconds"))
            #expect(error.diagnostics == "calling")
            let grandchild = try #require(process(in: pidFile))
            try await eventually("the grandchild to end") { !isAlive(grandchild) }
            #expect(story == ["ADD a", "ADD b", "DEL b", "DEL a"])
            return
        }
    }

    @Test
    func `cancelling ends the plugin and what it called, undoes, and reports`() async throws {
        let world = try World("a", "b")
        let pidFile = "\(world.folder.path)/pid"
        try world.play("b", .add, ["grandchild": .string(pidFile)])
        let runtime = world.runtime()
        let list = try network("a", "b")
        let wanted = try request()
        let task = Task { try await failure { _ = try await runtime.add(list, wanted) } }
        try await eventually("the process to start") { process(in: pidFile) != nil }
        task.cancel()
        let error = try await task.value
        #expect(error.reason == .cancelled && error.plugin == "b")
        #expect(error.others.isEmpty)
        let grandchild = try #require(process(in: pidFile))
        try await eventually("the grandchild to end") { !isAlive(grandchild) }
        #expect(try world.story() == ["ADD a", "ADD b", "DEL b", "DEL a"])
        #expect(try world.cache.contents().entries.isEmpty)
    }

    @Test
    func `a cancelled task starts no plugin`() async throws {
        let world = try World("a")
        let runtime = world.runtime()
        let list = try network("a")
        let wanted = try request()
        let task = Task {
            try? await Task.sleep(for: .seconds(60))
            return try await failure { _ = try await runtime.add(list, wanted) }
        }
        task.cancel()
        #expect(try await task.value.reason == .cancelled)
        #expect(try world.story() == [])
    }

    @Test
    func `a process that outlives the plugin, with its streams open, is not waited for`() async throws {
        let world = try World("a")
        let pidFile = "\(world.folder.path)/pid"
        try world.play("a", .add, ["leave": .string(pidFile)])
        _ = try await world.runtime().add(network("a"), request())
        try await eventually("the process to start") { process(in: pidFile) != nil }
        let left = try #require(process(in: pidFile))
        #expect(isAlive(left), "what a plugin that succeeded has started is its own business")
        kill(left, SIGKILL)
    }

    @Test
    func `an executable that is being written is waited for`() async throws {
        let world = try World()
        let path = "\(world.plugins)/a"
        try File.replace(path, File.read(Products.fake, limit: 1 << 28), mode: 0o755)
        let busy = open(path, O_WRONLY | O_CLOEXEC)
        let (isDone, wasEarly) = (Flag(), Flag())
        // Not a task: those wait for one another when the machine is busy.
        try DetachedThread.start {
            usleep(400_000)
            if isDone.isSet { wasEarly.set() }
            close(busy)
        }
        _ = try await world.runtime().add(network("a"), request())
        isDone.set()
        #expect(!wasEarly.isSet, "it was not busy")
        #expect(try world.story() == ["ADD a"])
    }

    @Test
    func `an executable that stays busy is an error, within bounds, and never success`() async throws {
        let world = try World()
        let path = "\(world.plugins)/a"
        try File.replace(path, File.read(Products.fake, limit: 1 << 28), mode: 0o755)
        let busy = open(path, O_WRONLY | O_CLOEXEC)
        defer { close(busy) }
        let error = try await failure {
            try await world.runtime(timeLimit: .milliseconds(700)).delete(network("a"), request())
        }
        #expect(error.reason == .notStarted && error.plugin == "a")
        #expect(error.description.contains("Text file busy"))
        let runtime = world.runtime()
        let list = try network("a")
        let wanted = try request()
        let task = Task { try await failure { try await runtime.delete(list, wanted) } }
        // Not from a task: on a busy machine one sleeps for longer than the executable is waited for.
        try DetachedThread.start {
            usleep(100_000)
            task.cancel()
        }
        #expect(try await task.value.reason == .cancelled)
        #expect(try world.story() == [])
    }

    @Test
    func `what a plugin logs is in the error, or goes to the sink`() async throws {
        let world = try World("a", "b")
        try world.play("a", .add, ["stderr": "made it\n"])
        try world.play("b", .add, ["stderr": "about to fail\nfailed\n", "error": ["code": 5, "msg": "no"]])
        let logged = Mutex<[String]>([])
        let runtime = world.runtime { plugin, command, text in
            logged.withLock { $0.append("\(plugin) \(command.rawValue): \(text)") }
        }
        let error = try await failure { _ = try await runtime.add(network("a", "b"), request()) }
        #expect(error.diagnostics == "about to fail\nfailed")
        #expect(error.description.contains("about to fail\nfailed"))
        #expect(logged.withLock { $0 } == ["a ADD: made it"])
    }

    @Test
    func `of a long log the end is kept`() async throws {
        let world = try World("a")
        let log = String(repeating: "x", count: 300_000) + "the end"
        try world.play("a", .delete, ["stderr": .string(log), "status": 1])
        let error = try await failure { try await world.runtime().delete(network("a"), request()) }
        #expect(error.diagnostics.utf8.count == 64 << 10)
        #expect(error.diagnostics.hasSuffix("xthe end"))
    }

    @Test
    func `output is bounded`() async throws {
        let world = try World("a")
        try world.play("a", .add, ["flood": JSON(9 << 20), "stdout": #"{"cniVersion":"1.1.0"}"#])
        _ = try await world.runtime().add(network("a"), request())
        try world.play("a", .delete, ["flood": JSON(11 << 20)])
        let error = try await failure { try await world.runtime().delete(network("a"), request()) }
        #expect(error.reason == .badAnswer && error.description.contains("10 MiB"))
    }

    @Test
    func `a large configuration and a large result pass`() async throws {
        let world = try World("a", "b")
        let text = String(repeating: "0123456789", count: 100_000)
        _ = try await world.runtime().add(
            network([["type": "a", "text": .string(text)], ["type": "b", "text": .string(text)]]), request())
        #expect(try world.calls()[1].input["text"] == .string(text))
    }

    @Test
    func `a plugin has a process group of its own and no descriptor of the runtime's`() async throws {
        let world = try World("a")
        let leaked = open("/dev/null", O_RDONLY)  // without O_CLOEXEC
        defer { close(leaked) }
        _ = try await world.runtime().add(network("a"), request())
        let call = try world.calls()[0]
        #expect(call.line["group"] == 1)
        #expect(call.line["descriptors"] == [])
    }

    @Test
    func `many slow plugins run at once`() async throws {
        let world = try World("a")
        // Each of them ends when all have begun; on the pool's threads, of which there may be two, none would.
        try world.play("a", .status, ["gather": 32])
        let runtime = world.runtime()
        let list = try network("a")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<32 { group.addTask { try await runtime.status(list) } }
            try await group.waitForAll()
        }
        #expect(try world.calls().count == 32)
    }

    @Test
    func `another executor takes the place of processes`() async throws {
        struct Executor: PluginExecutor {
            func find(_ plugin: String, in folders: [String]) -> String { "chroot:\(plugin)" }

            func execute(_ call: PluginCall) async throws(RuntimeError) -> PluginOutput {
                PluginOutput(
                    ending: .exited(0),
                    output: Array(#"{"interfaces":[{"name":"\#(call.path)"}]}"#.utf8))
            }
        }
        let world = try World()
        let runtime = Runtime(cache: world.cache, executor: Executor())
        let result = try await runtime.add(network("x"), request())
        #expect(result.interfaces.map(\.name) == ["chroot:x"])
    }
}
