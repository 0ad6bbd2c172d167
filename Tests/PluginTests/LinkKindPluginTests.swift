// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import Netlink
import NetworkState
import TestSupport
import Testing

/// A link of the container's own on top of one of the host's.
private struct OnTop: StatePlugin {
    struct Configuration: Decodable, Sendable {
        var master: String
        var mtu: UInt32?
    }

    static let name = "on-top"

    func desiredState(for request: StateRequest<Configuration>) throws(CNIError) -> NetworkState {
        var state = NetworkState(owner: request.owner)
        guard request.attachment != nil else { return state }
        var link = LinkState(request.interface, .macvlan(MACVLAN(mode: .bridge)), LinkAttributes(isUp: true))
        link.initial = LinkAttributes(mtu: request.configuration.mtu, mac: try request.mac())
        link.parent = LinkState.Peer(.host, request.configuration.master)
        state.add(link: link, in: .container)
        state.configure(request)
        return state
    }
}

/// A link of the host's that the container gets for a while.
private struct Lent: StatePlugin {
    struct Configuration: Decodable, Sendable {
        var device: String
    }

    static let name = "lent"

    func desiredState(for request: StateRequest<Configuration>) throws(CNIError) -> NetworkState {
        var state = NetworkState(owner: request.owner)
        guard request.attachment != nil else { return state }
        var link = LinkState(request.interface, nil, LinkAttributes(isUp: true))
        link.initial.mtu = 1400
        link.loan = LinkState.Peer(.host, request.configuration.device)
        state.add(link: link, in: .container)
        state.configure(request)
        return state
    }
}

@Suite(.needsNamespaces, .needsProgram("/usr/sbin/ip"))
struct LinkKindPluginTests {
    private struct World {
        let network: TestNetwork
        let container: TestContainer
        let configuration: JSON
        let before: String

        init(_ members: [String: JSON?]) throws {
            network = try TestNetwork(siblings: .ipam)
            container = try network.container()
            try network.ip("link add up0 type veth peer name up1")
            try network.ip("link set up0 up")
            try network.ip("link set up1 up")
            try network.ip("link set up0 alias uplink")
            configuration = (["cniVersion": "1.1.0", "name": "net", "ipam": network.hostLocal()] as JSON)
                .with(members)
            before = try network.snapshot()
        }

        func call<Called: StatePlugin>(
            _ plugin: Called.Type, _ command: Command, _ result: JSON? = nil, netns: String? = nil
        ) throws -> Outcome {
            try network.call(
                plugin, command, configuration.with(["prevResult": result]), for: container,
                variables: netns.map { ["CNI_NETNS": $0] } ?? [:])
        }
    }

    @Test func `a macvlan on a link of the host's comes, is checked, and goes`() throws {
        for hasResult in [true, false] {
            let world = try World(["type": "on-top", "master": "up0", "mtu": 1400])
            let added = try world.call(OnTop.self, .add)
            try #require(added.status == 0, "\(added)")
            let link = try world.container.ip("-d link show eth0")
            #expect(
                link.contains("macvlan") && link.contains("mode bridge") && link.contains("mtu 1400"),
                "\(link)")
            #expect(link.contains("alias net/\(world.container.id)/eth0"))
            #expect(try world.container.ip("address show eth0").contains("10.1.0.2/24"))
            #expect(try world.call(OnTop.self, .check, added.output).status == 0)
            #expect(try world.call(OnTop.self, .delete, hasResult ? added.output : nil).status == 0)
            #expect(try !world.container.ip("link show").contains("eth0"))
            #expect(try difference(world.before, world.network.snapshot()) == "")
        }
    }

    @Test func `without the link below, nothing is made and the message names it`() throws {
        let world = try World(["type": "on-top", "master": "up7"])
        let outcome = try world.call(OnTop.self, .add)
        #expect(outcome.status == 1)
        #expect(outcome.output?["msg"]?.string?.contains("up7") == true, "\(outcome)")
        #expect(try difference(world.before, world.network.snapshot()) == "")
    }

    @Test func `a link that is lent comes back with its name and its state`() throws {
        for hasResult in [true, false] {
            let world = try World(["type": "lent", "device": "up0"])
            let added = try world.call(Lent.self, .add)
            try #require(added.status == 0, "\(added)")
            #expect(try !world.network.ip("link show").contains("up0:"))
            #expect(try world.container.ip("address show eth0").contains("10.1.0.2/24"))
            #expect(try world.container.ip("link show eth0").contains("mtu 1400"))
            #expect(try world.call(Lent.self, .check, added.output).status == 0)
            #expect(try world.call(Lent.self, .delete, hasResult ? added.output : nil).status == 0)
            #expect(try difference(world.before, world.network.snapshot()) == "")
        }
    }

    @Test func `an ADD that fails at any operation gives the link back`() throws {
        let first = try World(["type": "lent", "device": "up0"])
        let invocation = first.network.invocation(.add, first.configuration, for: first.container)
        let operations = try first.network.undisturbed({ FaultInjection.operations(in: $0) }) {
            Lent.respond(to: invocation)
        }
        for index in operations.indices {
            let world = try World(["type": "lent", "device": "up0"])
            let invocation = world.network.invocation(.add, world.configuration, for: world.container)
            let failed = try world.network.run {
                FaultInjection.failing(at: index) { Lent.respond(to: invocation) }
            }
            if failed.status == 0 { continue }
            let change = try difference(world.before, world.network.snapshot())
            #expect(change == "", "operation \(index): \(operations[index])\n\(failed)")
        }
    }

    @Test func `an ADD that died at any operation is taken back by DEL`() throws {
        let first = try World(["type": "lent", "device": "up0"])
        let invocation = first.network.invocation(.add, first.configuration, for: first.container)
        let moments = try first.network.undisturbed({ FaultInjection.moments(in: $0) }) {
            Lent.respond(to: invocation)
        }
        for moment in moments {
            let world = try World(["type": "lent", "device": "up0"])
            let invocation = world.network.invocation(.add, world.configuration, for: world.container)
            _ = try world.network.run {
                FaultInjection.halting(at: moment.index) { Lent.respond(to: invocation) }
            }
            let deleted = try world.call(Lent.self, .delete)
            let change = try difference(world.before, world.network.snapshot())
            #expect(deleted.status == 0 && change == "", "\(moment)\n\(change)\n\(deleted)")
        }
    }
}
