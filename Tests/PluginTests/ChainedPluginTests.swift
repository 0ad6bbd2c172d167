// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import Netlink
import NetworkState
import TestSupport
import Testing

/// What somebody outside would write to change a container's interface.
private struct Tame: ChainedPlugin {
    struct Configuration: Decodable, Sendable {
        var sysctl: [String: String]?
        var mtu: UInt32?
        var table: UInt32?
    }

    static let name = "tame"

    func desiredState(for request: StateRequest<Configuration>) throws(CNIError) -> NetworkState {
        var state = NetworkState(owner: request.owner)
        guard request.attachment != nil else { return state }
        let settings = (request.configuration.sysctl ?? [:]).sorted { $0.key < $1.key }
        state.add(settings: settings.map { Sysctl($0.key, $0.value) }, in: .container)
        if let mtu = request.configuration.mtu {
            state.add(.link(LinkState(request.interface, nil, LinkAttributes(mtu: mtu))), in: .container)
        }
        for ip in request.addresses.ips where request.configuration.table != nil {
            var rule = Rule(ip.address.family, priority: 1100, table: request.configuration.table ?? 0)
            rule.source = IPPrefix(host: ip.address.address)
            state.add(.rule(rule), in: .host)
        }
        return state
    }
}

@Suite(.needsNamespaces, .needsProgram("/usr/sbin/ip"))
struct ChainedPluginTests {
    private struct World {
        let network: TestNetwork
        let container: TestContainer
        let bridge: JSON
        let result: JSON
        let tame: JSON

        init(_ members: [String: JSON?]) throws {
            network = try TestNetwork(siblings: .ipam)
            container = try network.container()
            bridge = network.bridge()
            result = try network.attach(container, bridge)
            tame = (["cniVersion": "1.1.0", "name": "net", "type": "tame"] as JSON).with(members)
        }

        func call(_ command: Command, _ result: JSON?, netns: String? = nil) throws -> Outcome {
            let variables = netns.map { ["CNI_NETNS": $0] } ?? [:]
            return try network.call(
                Tame.self, command, tame.with(["prevResult": result]), for: container, variables: variables)
        }

        var inside: String {
            get throws {
                try container.ip("link show eth0")
                    + container.run { Program.run(["/bin/sh", "-c", Self.look]) }.output
            }
        }

        static let look =
            "cat /proc/sys/net/ipv4/conf/eth0/rp_filter /proc/sys/net/ipv4/conf/all/log_martians"
    }

    private static let members: [String: JSON?] = [
        "sysctl": ["net.ipv4.conf.eth0.rp_filter": "2", "net/ipv4/conf/all/log_martians": "1"], "mtu": 1300,
        "table": 77,
    ]

    @Test func `a chained plugin gives a living container back what it had, with a result and without`()
        throws
    {
        for hasResult in [true, false] {
            let world = try World(Self.members)
            let (before, host) = (try world.inside, try world.network.rest())
            let added = try world.call(.add, world.result)
            #expect(added.status == 0, "\(added)")
            #expect(added.output?["ips"] == world.result["ips"])
            #expect(try world.inside != before)
            #expect(try world.network.ip("rule show").contains("from 10.1.0.2 lookup 77"))
            #expect(try world.call(.check, added.output).status == 0)
            #expect(try world.network.fault(of: world.container, world.bridge, world.result) == nil)
            #expect(try world.call(.delete, hasResult ? world.result : nil).status == 0)
            #expect(try world.inside == before)
            #expect(try difference(host, world.network.rest()) == "")
        }
    }

    @Test func `what is on the host goes although the container has gone, by DEL and by GC`() throws {
        for isCollected in [true, false] {
            let world = try World(Self.members)
            #expect(try world.call(.add, world.result).status == 0)
            world.container.close()
            let outcome =
                isCollected
                ? try world.network.call(
                    Tame.self, .collect, world.tame.with(["cni.dev/valid-attachments": []]))
                : try world.call(.delete, nil, netns: "")
            #expect(outcome.status == 0, "\(outcome)")
            #expect(try !world.network.ip("rule show").contains("lookup 77"))
            #expect(try !world.network.snapshot().contains("file records"))
        }
    }

    @Test func `rules of others stay, and one that is in the way is refused`() throws {
        let world = try World(Self.members)
        try world.network.ip("rule add from 10.1.0.9 lookup 77 priority 1100")
        let before = try world.network.snapshot()
        #expect(try world.call(.add, world.result).status == 0)
        #expect(try world.call(.delete, world.result).status == 0)
        #expect(try difference(before, world.network.snapshot()) == "")
    }

    @Test func `an ADD that fails at any operation changes nothing`() throws {
        let first = try World(Self.members)
        let invocation = first.network.invocation(
            .add, first.tame.with(["prevResult": first.result]), for: first.container)
        let operations = try first.network.undisturbed({ FaultInjection.operations(in: $0) }) {
            Tame.respond(to: invocation)
        }
        for index in operations.indices {
            let world = try World(Self.members)
            let before = (try world.network.snapshot(), try world.inside)
            let invocation = world.network.invocation(
                .add, world.tame.with(["prevResult": world.result]), for: world.container)
            let failed = try world.network.run {
                FaultInjection.failing(at: index) { Tame.respond(to: invocation) }
            }
            if failed.status == 0 { continue }
            let change = try difference(before.0, world.network.snapshot())
            #expect(change == "", "operation \(index): \(operations[index])")
            #expect(try world.inside == before.1, "operation \(index): \(operations[index])")
        }
    }

    @Test(arguments: [
        "kernel/hostname", "net/../kernel/hostname", "kernel.hostname", "net/ipv4/../../vm/swappiness",
    ])
    func `a setting that is not the container's own is refused`(path: String) throws {
        let world = try World(["sysctl": .object(["\(path)": "x"])])
        let outcome = try world.call(.add, world.result)
        #expect(outcome.output?["code"]?.int == 7, "\(outcome)")
        #expect(outcome.output?["msg"]?.string?.contains("net/") == true)
    }

    @Test func `without an earlier result or interface there is nothing to change`() throws {
        let world = try World(Self.members)
        #expect(try world.call(.add, nil).output?["code"]?.int == 7)
        #expect(try world.network.detach(world.container, world.bridge) == nil)
        #expect(try world.call(.add, world.result).output?["code"]?.int == 4)
    }
}
