// SPDX-License-Identifier: Apache-2.0

import CNITesting
import LinuxCore
import TestSupport
import Testing

@testable import CNIRuntime

@Suite
struct LockTests {
    /// Has a runtime in a process of its own do something; returns its error, or nothing.
    private func drive(
        _ world: World, _ command: String, _ container: String, _ list: NetworkConfigurationList,
        valid: [String] = []
    ) async throws -> String {
        let order: JSON = [
            "command": .string(command), "container": .string(container), "network": list.raw,
            "plugins": [.string(world.plugins)], "cache": .string(world.cache.directory),
            "valid": JSON(valid),
        ]
        let environment = world.environment(["FAKE_DRIVER": order.serialized()])
        return try await onOwnThread { () throws(RuntimeError) in
            do throws(SystemError) {
                let outcome = try ChildProcess.run(Products.fake, environment: environment, input: [])
                return outcome.status == 0
                    ? "" : String(decoding: outcome.output, as: UTF8.self)
            } catch {
                throw RuntimeError(.notStarted, CNIError(.ioFailure, error.description))
            }
        }
    }

    /// The most calls for which `isCounted` that were under way at once.
    private func most(_ world: World, _ isCounted: (World.Call) -> Bool = { _ in true }) throws -> Int {
        var (now, most) = (0, 0)
        for event in try world.events() where isCounted(event) {
            now += event.event == "begin" ? 1 : -1
            most = max(most, now)
        }
        return most
    }

    /// Waits until so many wait for a lock in the cache folder, by proc_locks(5); two minutes at most.
    private func waitForWaiters(_ count: Int, in world: World) async throws {
        let inode = try FileStatus(of: world.cache.lockPath).identity.inode
        func waiters() throws -> Int {
            String(decoding: try File.read("/proc/locks"), as: UTF8.self).split(separator: "\n")
                .count { $0.contains(" -> ") && $0.contains(":\(inode) ") }
        }
        try await eventually("\(count) to wait for the lock") { try waiters() == count }
    }

    @Test
    func `different containers are done at once`() async throws {
        let world = try World("a")
        // Each of them ends when all have begun.
        try world.play("a", .add, ["gather": 16])
        let runtime = world.runtime()
        let list = try network("a")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<16 {
                let wanted = try request("c\(number)")
                group.addTask { _ = try await runtime.add(list, wanted) }
            }
            try await group.waitForAll()
        }
        #expect(try most(world) == 16)
        #expect(try world.cache.contents().entries.count == 16)
    }

    @Test
    func `one container's attachments come one after the other, to whatever network`() async throws {
        let world = try World("a")
        try world.play("a", .add, ["sleep": 50])
        let (first, second) = (world.runtime(), world.runtime())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<6 {
                let wanted = try request("c", "eth\(number)")
                let list = try network("a", name: "net\(number % 3)")
                let runtime = number.isMultiple(of: 2) ? first : second
                group.addTask {
                    _ = try await runtime.add(list, wanted)
                    try await runtime.check(list, wanted)
                    try await runtime.delete(list, wanted)
                }
            }
            try await group.waitForAll()
        }
        #expect(try most(world) == 1)
        #expect(try world.calls().count == 18)
    }

    @Test
    func `one container's operations come one after the other across processes`() async throws {
        let world = try World("a", "b")
        for name in ["a", "b"] { try world.play(name, .delete, ["sleep": 60]) }
        try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<6 {
                let list = try network("a", "b", name: "net\(number % 2)")
                group.addTask { try await drive(world, "DEL", "same", list) }
            }
            for try await error in group { #expect(error == "") }
        }
        #expect(try most(world) == 1)
        // Nor do two chains mix.
        #expect(try world.story() == (0..<6).flatMap { _ in ["DEL b", "DEL a"] })
    }

    @Test
    func `GC runs alone on its network, also across processes`() async throws {
        let world = try World("a")
        for command in [Command.add, .collect] { try world.play("a", command, ["sleep": 40]) }
        let list = try network("a")
        let runtime = world.runtime()
        try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<12 {
                let container = "c\(number)"
                if number.isMultiple(of: 3) {
                    group.addTask {
                        try await drive(world, "GC", "none", list, valid: (0..<12).map { "c\($0)" })
                    }
                } else {
                    group.addTask { try await drive(world, "ADD", container, list) }
                }
                let wanted = try request("own\(number)")
                group.addTask {
                    _ = try await runtime.add(list, wanted)
                    return ""
                }
            }
            for try await error in group { #expect(error == "") }
        }
        var (collecting, others) = (0, 0)
        for event in try world.events() {
            let change = event.event == "begin" ? 1 : -1
            if event.command == "GC" { collecting += change } else { others += change }
            #expect(
                collecting == 0 || (collecting == 1 && others == 0), "\(event.command) \(event.container)")
        }
        #expect(try world.calls(.collect).count == 4)
        #expect(try world.calls(.add).count == 20)
    }

    @Test
    func `GC is not kept out by attachments that keep coming`() async throws {
        let world = try World("a")
        try world.play("a", .add, ["sleep": 50])
        let runtime = world.runtime()
        let list = try network("a")
        let isCollected = Flag()
        let rounds = 200
        try await withThrowingTaskGroup(of: Int.self) { group in
            for chain in 0..<4 {
                group.addTask {
                    // There is always another that has begun before one ends.
                    for number in 0..<rounds {
                        if isCollected.isSet { return number }
                        _ = try await runtime.add(list, request("c\(chain)-\(number)"))
                    }
                    return rounds
                }
            }
            try await eventually("each chain's first ADD") { try world.calls(.add).count >= 4 }
            try await runtime.collect(list, valid: [AttachmentReference(containerID: "none", ifname: "x")])
            isCollected.set()
            var stopped = 0
            for try await done in group where done < rounds { stopped += 1 }
            #expect(stopped == 4, "GC came only when the attachments had ended")
        }
    }

    @Test
    func `operations that come while GC waits are done after it`() async throws {
        let world = try World()
        let cache = world.cache
        let name = try NetworkName("net")
        var holder: OperationLock? = try await OperationLock.attachment(
            ContainerID("in"), on: name, in: cache)
        // Nothing is returned: a task keeps what it has returned.
        let isCollected = Flag()
        let collection = Task {
            let lock = try await OperationLock.network(name, in: cache)
            isCollected.set()
            withExtendedLifetime(lock) {}
        }
        try await waitForWaiters(1, in: world)
        let hasEntered = Flag()
        let newcomer = Task {
            let lock = try await OperationLock.attachment(ContainerID("new"), on: name, in: cache)
            hasEntered.set()
            return withExtendedLifetime(lock) { isCollected.isSet }
        }
        try await waitForWaiters(2, in: world)
        #expect(holder != nil && !isCollected.isSet && !hasEntered.isSet)
        holder = nil
        _ = try await collection.value
        #expect(try await newcomer.value, "it came before GC")
    }

    @Test
    func `networks do not wait for each other's GC`() async throws {
        let world = try World("a")
        let sign = "\(world.folder.path)/go"
        try world.play("a", .collect, ["await": .string(sign)])
        let runtime = world.runtime()
        let list = try network("a", name: "slow")
        let collection = Task { try await runtime.collect(list, valid: []) }
        try await eventually("the GC to begin") { try !world.calls(.collect).isEmpty }
        _ = try await runtime.add(network("a", name: "quick"), request())
        #expect(try world.events().last?.command == "ADD")
        try write("", to: sign)
        _ = try await collection.value
        #expect(try world.events().last?.command == "GC")
    }

    @Test
    func `a cancelled task stops waiting`() async throws {
        let world = try World("a")
        let runtime = world.runtime()
        let list = try network("a")
        let holder = try await OperationLock.network(list.name, in: world.cache)
        let wanted = try request()
        let task = Task { try await failure { _ = try await runtime.add(list, wanted) } }
        try await waitForWaiters(1, in: world)
        task.cancel()
        #expect(try await task.value.reason == .cancelled)
        withExtendedLifetime(holder) {}
    }

    @Test
    func `a lock that nobody waits for any more is not held`() async throws {
        let world = try World("a")
        let runtime = world.runtime()
        let list = try network("a")
        var holder: OperationLock? = try await OperationLock.network(list.name, in: world.cache)
        let wanted = try request()
        let task = Task { try await failure { _ = try await runtime.add(list, wanted) } }
        try await waitForWaiters(1, in: world)
        task.cancel()
        _ = try await task.value
        #expect(holder != nil)
        holder = nil
        _ = try await runtime.add(list, wanted)
        try await runtime.collect(list, valid: [])
    }

    @Test
    func `nothing is left in the cache folder but the lock`() async throws {
        let world = try World("a")
        let runtime = world.runtime()
        for number in 0..<5 {
            _ = try await runtime.add(network("a"), request("c\(number)"))
            try await runtime.delete(network("a"), request("c\(number)"))
        }
        #expect(try Directory.names(in: world.cache.directory) == ["results", "runtime.lock"])
        #expect(try Directory.names(in: world.cache.resultsPath) == [])
    }
}
