// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import TestSupport
import Testing

/// The laws that hold for every plugin that comes after another one, with every operation of a run failing or dying.
@Suite(.needsNamespaces)
struct ChainedLawTests {
    private func operations(of command: Command, in world: ChainedWorld) throws -> [String] {
        let invocation = world.invocation(command)
        return try world.network.undisturbed({ FaultInjection.operations(in: $0) }) {
            world.plugin.respond(to: invocation)
        }
    }

    private func moments(
        of command: Command, in world: ChainedWorld
    ) throws -> [FaultInjection.Moment] {
        let invocation = world.invocation(command)
        return try world.network.undisturbed({ FaultInjection.moments(in: $0) }) {
            world.plugin.respond(to: invocation)
        }
    }

    @Test(arguments: ChainedCase.possible)
    func `ADD, CHECK, a second ADD and DEL, and nothing is left`(plugin: ChainedCase) throws {
        let world = try ChainedWorld(plugin)
        let added = try world.call(.add)
        #expect(added.status == 0, "\(added)")
        #expect(added.output?["ips"] == world.result["ips"])
        let result = try #require(added.output)
        #expect(try world.call(.check, ["prevResult": result]).status == 0)
        #expect(try world.network.fault(of: world.container, world.bridge, result) == nil)
        let (first, again) = (try world.now, try world.call(.add))
        #expect(again.status == 0, "\(again)")
        #expect(try difference(first, world.now) == "")
        #expect(try world.call(.status).status == 0)
        for _ in 0..<2 {
            let deleted = try world.call(.delete, ["prevResult": result])
            #expect(deleted.status == 0, "\(deleted)")
        }
        #expect(try world.call(.check, ["prevResult": result]).status != 0)
        #expect(try world.network.fault(of: world.container, world.bridge, world.result) == nil)
        #expect(try world.leftovers() == "")
    }

    @Test(arguments: ChainedCase.possible)
    func `an ADD that fails at any operation changes nothing`(plugin: ChainedCase) async throws {
        let operations = try operations(of: .add, in: ChainedWorld(plugin))
        for index in operations.indices.sample() {
            await Task.yield()
            let world = try ChainedWorld(plugin)
            let invocation = world.invocation(.add)
            let outcome = try world.network.run {
                FaultInjection.failing(at: index) { plugin.respond(to: invocation) }
            }
            let at = "operation \(index): \(operations[index])\n\(outcome)"
            if outcome.status == 0 {
                #expect(try world.call(.check, ["prevResult": outcome.output]).status == 0, "\(at)")
            } else {
                #expect(try difference(world.before, world.now) == "", "\(at)")
            }
        }
    }

    @Test(arguments: ChainedCase.possible, [true, false])
    func `DEL or GC removes what an ADD that died at any operation has left`(
        plugin: ChainedCase, isContainerGone: Bool
    ) async throws {
        for moment in try moments(of: .add, in: ChainedWorld(plugin)).sample() {
            await Task.yield()
            let world = try ChainedWorld(plugin)
            let invocation = world.invocation(.add)
            _ = try world.network.run {
                FaultInjection.halting(at: moment.index) { plugin.respond(to: invocation) }
            }
            if isContainerGone { world.container.close() }
            let outcome = isContainerGone ? nil : try world.call(.delete)
            let left = try world.leftovers()
            #expect(
                outcome?.status ?? 0 == 0 && left == "", "\(moment)\n\(left)")
        }
    }

    @Test(arguments: ChainedCase.possible, [true, false])
    func `a second DEL finishes what a DEL that died at any operation has begun`(
        plugin: ChainedCase, hasResult: Bool
    ) async throws {
        let first = try ChainedWorld(plugin)
        _ = try first.call(.add)
        for moment in try moments(of: .delete, in: first).sample() {
            await Task.yield()
            let world = try ChainedWorld(plugin)
            let added = try world.call(.add)
            let members: [String: JSON?] = ["prevResult": hasResult ? added.output : nil]
            let invocation = world.invocation(.delete, members)
            _ = try world.network.run {
                FaultInjection.halting(at: moment.index) { plugin.respond(to: invocation) }
            }
            let outcome = try world.call(.delete, members)
            let left = try world.leftovers()
            #expect(outcome.status == 0 && left == "", "\(moment)\n\(left)")
        }
    }

    @Test(arguments: ChainedCase.possible)
    func `a DEL that fails at any operation says so or has removed everything`(plugin: ChainedCase)
        async throws
    {
        let first = try ChainedWorld(plugin)
        _ = try first.call(.add)
        let operations = try operations(of: .delete, in: first)
        for index in operations.indices.sample() {
            await Task.yield()
            let world = try ChainedWorld(plugin)
            _ = try world.call(.add)
            let invocation = world.invocation(.delete)
            let failed = try world.network.run {
                FaultInjection.failing(at: index) { plugin.respond(to: invocation) }
            }
            let outcome = failed.status == 0 ? failed : try world.call(.delete)
            let left = try world.leftovers()
            #expect(outcome.status == 0 && left == "", "operation \(index): \(operations[index])\n\(left)")
        }
    }

    @Test(arguments: ChainedCase.possible)
    func `before the interface is there nobody can tell what an ADD would do`(plugin: ChainedCase) throws {
        let world = try ChainedWorld(plugin)
        #expect(try world.network.detach(world.container, world.bridge) == nil)
        var invocation = world.invocation(.add)
        invocation.environment["CNI_COMMAND"] = PlanProtocol.verb
        invocation.environment[PlanProtocol.variable] = "ADD"
        let call = invocation
        let outcome = try world.network.run { plugin.respond(to: call) }
        #expect(outcome.output?["code"]?.int == 103, "\(outcome)")
    }

    @Test(arguments: ChainedCase.possible)
    func `a plan changes nothing and says what is then done`(plugin: ChainedCase) throws {
        let world = try ChainedWorld(plugin)
        #expect(try !world.steps(of: .add).isEmpty)
        #expect(try difference(world.before, world.now) == "")
        #expect(try world.call(.add).status == 0)
        #expect(try world.steps(of: .add) == [])
        #expect(try !world.steps(of: .delete).isEmpty)
        #expect(try world.call(.delete).status == 0)
        #expect(try world.steps(of: .delete) == [])
    }
}
