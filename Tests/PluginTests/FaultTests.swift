// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import TestSupport
import Testing

/// The laws about failures and sudden deaths, with every operation of a run.
@Suite(.needsNamespaces)
struct FaultTests {
    /// The operations of an undisturbed run of a verb in a new world.
    private func operations(of command: Command, in world: Scenario.World) throws -> [String] {
        let invocation = world.invocation(command)
        return try world.network.undisturbed({ FaultInjection.operations(in: $0) }) {
            world.scenario.respond(to: invocation)
        }
    }

    /// The operations before which such a run can die.
    private func moments(
        of command: Command, in world: Scenario.World
    ) throws -> [FaultInjection.Moment] {
        let invocation = world.invocation(command)
        return try world.network.undisturbed({ FaultInjection.moments(in: $0) }) {
            world.scenario.respond(to: invocation)
        }
    }

    @Test(arguments: Scenario.possible)
    func `an ADD that fails at any operation changes nothing`(scenario: Scenario) async throws {
        let operations = try operations(of: .add, in: scenario.world())
        for index in operations.indices.sample() {
            await Task.yield()
            let at = "operation \(index): \(operations[index])"
            let world = try scenario.world()
            let invocation = world.invocation(.add)
            let outcome = try world.network.run {
                FaultInjection.failing(at: index) { scenario.respond(to: invocation) }
            }
            if outcome.status == 0 {
                // Only steps that can be done without may fail: all that counts is there.
                let check = try world.call(.check, members: ["prevResult": outcome.output])
                #expect(check.status == 0, "\(at)\n\(check)")
            } else {
                #expect(outcome.output?["code"] != nil, "\(at)")
                let change = try difference(world.before, world.snapshot(forwarding: true))
                #expect(change.isEmpty, "\(at)\n\(change)\n\(outcome)")
            }
        }
    }

    @Test(arguments: Scenario.withHost)
    func `DEL removes what an ADD that died at any operation has left`(scenario: Scenario) async throws {
        for moment in try moments(of: .add, in: scenario.world()).sample() {
            await Task.yield()
            let world = try scenario.world()
            let invocation = world.invocation(.add)
            _ = try world.network.run {
                FaultInjection.halting(at: moment.index) { scenario.respond(to: invocation) }
            }
            let outcome = try world.call(.delete)
            let change = try world.leftovers()
            #expect(
                outcome.status == 0 && change.isEmpty,
                "\(moment)\n\(change)\n\(outcome)")
        }
    }

    @Test(arguments: Scenario.withGarbage, [true, false])
    func `GC removes what an ADD that died at any operation has left`(
        scenario: Scenario, isContainerGone: Bool
    ) async throws {
        for moment in try moments(of: .add, in: scenario.world()).sample() {
            await Task.yield()
            let world = try scenario.world()
            let invocation = world.invocation(.add)
            _ = try world.network.run {
                FaultInjection.halting(at: moment.index) { scenario.respond(to: invocation) }
            }
            if isContainerGone { world.container.close() }
            let valid: [JSON] = (world.other.map { [$0] } ?? []).map {
                ["containerID": .string($0.id), "ifname": "eth0"]
            }
            let outcome = try world.call(.collect, members: ["cni.dev/valid-attachments": .array(valid)])
            let before = Scenario.withoutForwarding(world.before).split(separator: "\n-- container")[0]
            let change = try scenario.garbage(String(before), world.hostSnapshot())
            #expect(
                outcome.status == 0 && change.isEmpty,
                "\(moment)\n\(change)\n\(outcome)")
        }
    }

    @Test(arguments: Scenario.withHost, [true, false])
    func `a second DEL finishes what a DEL that died at any operation has begun`(
        scenario: Scenario, hasResult: Bool
    ) async throws {
        let first = try scenario.world()
        _ = try first.call(.add)
        for moment in try moments(of: .delete, in: first).sample() {
            await Task.yield()
            let world = try scenario.world()
            let added = try world.call(.add)
            let members: [String: JSON?] = hasResult ? ["prevResult": added.output] : [:]
            let invocation = world.invocation(.delete, members: members)
            _ = try world.network.run {
                FaultInjection.halting(at: moment.index) { scenario.respond(to: invocation) }
            }
            let outcome = try world.call(.delete, members: members)
            let change = try world.leftovers()
            #expect(
                outcome.status == 0 && change.isEmpty,
                "\(moment)\n\(change)\n\(outcome)")
        }
    }

    @Test(arguments: Scenario.withHost)
    func `a DEL that fails at any operation says so or has removed everything`(scenario: Scenario)
        async throws
    {
        let first = try scenario.world()
        _ = try first.call(.add)
        let operations = try operations(of: .delete, in: first)
        for index in operations.indices.sample() {
            await Task.yield()
            let world = try scenario.world()
            _ = try world.call(.add)
            let invocation = world.invocation(.delete)
            let failed = try world.network.run {
                FaultInjection.failing(at: index) { scenario.respond(to: invocation) }
            }
            if failed.status != 0 {
                let outcome = try world.call(.delete)
                #expect(outcome.status == 0, "operation \(index): \(operations[index])\n\(outcome)")
            }
            let change = try world.leftovers().split(separator: "\n")
                // host-local's index is made anew when it does not fit the leases: a rest of it does no harm.
                .filter { !$0.hasPrefix("+ file .attachments/") }
            #expect(change.isEmpty, "operation \(index): \(operations[index])\n\(change)\n\(failed)")
        }
    }

    @Test
    func `the loopback plugin deletes after an ADD that died at any operation`() async throws {
        for moment in try moments(of: .add, in: Scenario.loopback.world()).sample() {
            await Task.yield()
            let world = try Scenario.loopback.world()
            let invocation = world.invocation(.add)
            _ = try world.network.run {
                FaultInjection.halting(at: moment.index) { Scenario.loopback.respond(to: invocation) }
            }
            let outcome = try world.call(.delete)
            let change = try difference(world.before, world.snapshot(forwarding: true))
            #expect(
                outcome.status == 0 && change.isEmpty, "\(moment)\n\(change)")
        }
    }
}
