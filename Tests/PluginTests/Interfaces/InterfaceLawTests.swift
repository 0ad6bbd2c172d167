// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import HostLocalPlugin
import TestSupport
import Testing

/// What holds for every plugin that makes an interface.
@Suite(
    .needsNamespaces, .needsProgram("/usr/sbin/ip"), .needsProgram("/usr/sbin/nft"),
    .needsProgram(Executables.path("host-local")))
struct InterfaceLawTests {
    @Test(arguments: InterfaceCase.possible, [true, false])
    func `ADD attaches, CHECK finds nothing, and DEL leaves nothing, with and without the result`(
        kind: InterfaceCase, hasResult: Bool
    ) throws {
        let world = try InterfaceWorld(kind)
        let before = try world.snapshot()
        let result = try world.attach()
        let own = try #require(
            result["interfaces"]?.array?.first { $0["name"]?.string == "eth0" && $0["sandbox"] != nil })
        #expect(own["sandbox"]?.string == world.container.path)
        let index = try #require(result["interfaces"]?.array?.firstIndex(of: own))
        for ip in result["ips"]?.array ?? [] { #expect(ip["interface"]?.int == index) }
        let link = try world.container.ip("link show eth0")
        #expect(link.contains("state UP") || link.contains(",UP"), "\(link)")
        #expect(link.contains(own["mac"]?.string ?? "?"), "\(link) \(own)")
        #expect(try world.container.ip("address show eth0").contains("inet 10.1.0.2/24"))
        #expect(try world.container.ip("address show eth0").contains("inet6 fd01::2/64"))
        #expect(try world.fault(result) == "")
        #expect(try world.detach(hasResult ? result : nil) == nil)
        #expect(try world.detach(hasResult ? result : nil) == nil, "again")
        #expect(try !world.snapshot().contains("net/one/eth0"))
        #expect(try world.collect() == nil)
        #expect(try difference(before, world.snapshot()) == "")
    }

    @Test(arguments: InterfaceCase.possible, ["1.0.0", "0.4.0", "0.3.1", "0.2.0", "0.1.0"])
    func `every version gets its result, and is deleted by it`(kind: InterfaceCase, version: String) throws {
        let world = try InterfaceWorld(kind, ["cniVersion": .string(version)])
        let before = try world.snapshot()
        let result = try world.attach()
        #expect(result["cniVersion"]?.string == version)
        #expect(try world.detach(result) == nil)
        #expect(try world.collect() == nil)
        #expect(try difference(before, world.snapshot()) == "")
    }

    @Test(arguments: InterfaceCase.possible.filter { !$0.isLent }, [true, false])
    func `DEL of a container that is gone, with and without a path, leaves nothing`(
        kind: InterfaceCase, hasPath: Bool
    ) throws {
        let world = try InterfaceWorld(kind)
        let before = try world.hostSnapshot()
        let result = try world.attach()
        world.container.close()
        let outcome = try world.call(
            .delete, ["prevResult": result], variables: hasPath ? [:] : ["CNI_NETNS": ""])
        #expect(outcome.status == 0, "\(outcome)")
        #expect(try world.collect() == nil)
        try world.waitUntilHost(is: before)
    }

    @Test(arguments: InterfaceCase.possible.filter { $0.isForMany })
    func `GC takes what a container that is gone has left, and leaves the other's`(kind: InterfaceCase) throws
    {
        let world = try InterfaceWorld(kind)
        let other = try world.network.container("two")
        let result = try world.attach(other)
        let before = try world.hostSnapshot()
        _ = try world.attach()
        world.container.close()
        #expect(try world.collect(keeping: [other]) == nil)
        try world.waitUntilHost(is: before)
        #expect(try world.fault(result, for: other) == "")
        #expect(try world.detach(result, for: other) == nil)
    }

    @Test(arguments: InterfaceCase.possible)
    func `what is damaged is named by CHECK, mended by a repair, and deleted all the same`(
        kind: InterfaceCase
    )
        throws
    {
        for damage in kind.damages {
            let world = try InterfaceWorld(kind)
            let result = try world.attach()
            try damage.damage(world)
            let fault = try world.fault(result)
            #expect(fault.contains(damage.mention), "\(damage.name): \(fault)")
            let mended = try world.repair(result)
            if damage.isMendable {
                #expect(mended.status == 0, "\(damage.name): \(mended)")
                #expect(try world.fault(result) == "", "\(damage.name)")
            }
            #expect(try world.detach(result) == nil, "\(damage.name)")
            #expect(try !world.snapshot().contains("net/one/eth0"))
        }
    }

    @Test(arguments: InterfaceCase.possible)
    func `a plan changes nothing, and says what ADD and DEL then do`(kind: InterfaceCase) throws {
        let world = try InterfaceWorld(kind)
        let before = try world.snapshot()
        let addition = world.network.invocation(.add, world.configuration, for: world.container)
        let plan = try world.network.run { try kind.plugin.plan(for: addition) }
        #expect(try difference(before, world.snapshot()) == "")
        #expect(plan.steps.contains { $0.contains("eth0") }, "\(plan.steps)")
        let planned = try #require(plan.result)
        let result = try CNIResult(json: world.attach())
        #expect(planned.interfaces.map(\.name) == result.interfaces.map(\.name))
        #expect(planned.ips == result.ips)
        let attached = try world.snapshot()
        let deletion = world.network.invocation(.delete, world.configuration, for: world.container)
        #expect(try !world.network.run { try kind.plugin.plan(for: deletion) }.steps.isEmpty)
        #expect(try difference(attached, world.snapshot()) == "")
        #expect(try world.detach() == nil)
        #expect(try world.network.run { try kind.plugin.plan(for: deletion) }.steps.isEmpty)
    }

    @Test(arguments: InterfaceCase.possible)
    func `an interface that is there is refused and stays, and so it does with DEL`(kind: InterfaceCase)
        throws
    {
        let world = try InterfaceWorld(kind)
        try world.container.ip("link add eth0 type veth peer name other")
        let before = try world.snapshot()
        let outcome = try world.call(.add)
        #expect(outcome.output?["code"]?.int == 4, "\(outcome)")
        #expect(try difference(before, world.snapshot()) == "")
        #expect(try world.detach() == nil)
        #expect(try difference(before, world.snapshot()) == "")
    }

    @Test(arguments: InterfaceCase.possible)
    func `an ADD for want of an address leaves nothing, and STATUS says that there is none`(
        kind: InterfaceCase
    )
        throws
    {
        let world = try InterfaceWorld(kind, subnets: ["10.1.0.0/30"])
        #expect(try world.call(.status).status == 0)
        let other = try world.network.container("two")
        let lease = try world.network.call(HostLocalPlugin.self, .add, world.configuration, for: other)
        try #require(lease.status == 0, "\(lease)")
        let before = try world.snapshot()
        #expect(try world.call(.add).status == 1)
        #expect(try difference(before, world.snapshot()) == "")
        #expect(try world.call(.status).output?["code"]?.int == 50)
    }

    @Test(arguments: InterfaceCase.possible)
    func `as a program it does the same`(kind: InterfaceCase) throws {
        let world = try InterfaceWorld(kind)
        let before = try world.snapshot()
        func run(_ command: Command, _ members: [String: JSON?] = [:]) throws -> JSON {
            let isOfNetwork = command == .collect
            let invocation = world.network.invocation(
                command, world.configuration.with(members), for: isOfNetwork ? nil : world.container)
            let (status, output) = try Executables.run(kind.plugin.name, invocation, on: world.network)
            #expect(status == 0, "\(command): \(String(decoding: output, as: UTF8.self))")
            return output.isEmpty ? .null : try JSON(parsing: output)
        }
        let result = try run(.add)
        _ = try run(.check, ["prevResult": result])
        _ = try run(.delete, ["prevResult": result])
        _ = try run(.collect, ["cni.dev/valid-attachments": []])
        #expect(try difference(before, world.snapshot()) == "")
    }
}
