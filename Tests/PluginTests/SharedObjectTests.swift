// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import Netlink
import NetworkState
import TestSupport
import Testing

/// A pair, and something that attachments share, of any shape.
private struct Share: StatePlugin {
    struct Configuration: Decodable, Sendable {
        var shares: String
    }

    static let name = "share"

    func desiredState(for request: StateRequest<Configuration>) throws(CNIError) -> NetworkState {
        var state = NetworkState(owner: request.owner)
        let table = NFTables.TableName(.inet, "share")
        let pods = NFTables.Set(table, "pods", key: [.ipv4Address])
        let shares = request.configuration.shares
        switch shares {
        case "set", "chain":
            state.add(.firewall(.table(NFTables.Table(table))), in: .host, for: .network)
            state.add(.firewall(.set(pods)), in: .host, for: .network)
            if shares == "set" { break }
            let chain = NFTables.Chain(
                table, "forward", base: NFTables.Base(.filter, .forward, priority: 0))
            let rule = NFTables.Rule(in: chain).saddr(.v4, in: "pods").counter().accept()
            state.add(.firewall(.chain(chain, rules: [rule])), in: .host, for: .network)
        case "link":
            let link = LinkState("shared0", .ifb(IFB()), LinkAttributes(isUp: true))
            state.add(link: link, in: .host, for: .network)
            if let network = IPPrefix("203.0.113.0/24") {
                state.add(routes: [Route(network)], through: "shared0", in: .host, for: .network)
            }
        case "rule":
            var rule = Rule(.v4, priority: 1000, table: 100)
            rule.source = IPPrefix("10.55.0.0/16")
            state.add(.rule(rule), in: .host, for: .network)
        case "address":
            if let address = IPPrefix("192.0.2.77/32") {
                state.add(addresses: [InterfaceAddress(address)], to: "others0", in: .host, for: .network)
            }
        default: throw CNIError(.invalidConfiguration, "shares: \"\(shares)\"")
        }
        guard request.attachment != nil else { return state }
        let up = LinkAttributes(isUp: true)
        let host = LinkState(request.hostInterface("sh"), nil, up)
        state.addVeth(host: host, container: LinkState(request.interface, nil, up))
        state.configure(request, isAlone: true)
        for ip in request.addresses.ips where ip.address.family == .v4 {
            let pod = IPPrefix(host: ip.address.address)
            state.add(routes: [Route(pod)], through: host.name, in: .host)
            guard shares == "set" || shares == "chain" else { continue }
            state.add(.firewall(.element(NFTables.Element([.address(pod.address)]), in: pods)), in: .host)
        }
        return state
    }
}

@Suite(.needsNamespaces)
struct SharedObjectTests {
    private struct World {
        let network: TestNetwork
        let containers: [TestContainer]
        let before: String
        let shares: String

        init(_ shares: String) throws {
            self.shares = shares
            let network = try TestNetwork(siblings: .ipam)
            try Foreign.add(to: network)
            containers = [try network.container("a"), try network.container("b")]
            self.network = network
            before = try network.rest()
        }

        func configuration(_ name: String) -> JSON {
            [
                "cniVersion": "1.1.0", "name": .string(name), "type": "share", "shares": .string(shares),
                "ipam": network.hostLocal(["10.1.\(name.utf8.count).0/24"]),
            ]
        }

        func call(
            _ command: Command, _ name: String = "net", _ container: TestContainer? = nil,
            valid: [String] = []
        ) throws {
            var configuration = configuration(name)
            if command == .collect {
                let list = valid.map { JSON.object(["containerID": .string($0), "ifname": "eth0"]) }
                configuration = configuration.with(["cni.dev/valid-attachments": .array(list)])
            }
            let outcome = try network.call(Share.self, command, configuration, for: container)
            if outcome.status != 0 { throw Unexpected(description: "\(command): \(outcome)") }
        }
    }

    static let shapes = ["set", "chain", "link", "rule", "address"]

    @Test(arguments: shapes)
    func `what attachments share stays with each of them, and goes with the network`(shape: String) throws {
        let world = try World(shape)
        for container in world.containers { try world.call(.add, "net", container) }
        let both = try world.network.rest()
        try world.call(.collect, valid: ["a", "b"])
        let kept = try difference(both, world.network.rest())
        #expect(kept == "")
        try world.call(.delete, "net", world.containers[0])
        try world.call(.collect, valid: ["b"])
        let one = try world.network.rest()
        try world.call(.delete, "net", world.containers[1])
        #expect(one.contains("net/b/eth0"))
        try world.call(.collect)
        let left = try difference(world.before, world.network.rest())
        #expect(left == "")
    }

    @Test(arguments: shapes)
    func `what two networks share goes with the second one`(shape: String) throws {
        let world = try World(shape)
        try world.call(.add, "net", world.containers[0])
        let first = try world.network.rest()
        try world.call(.add, "second", world.containers[1])
        try world.call(.delete, "second", world.containers[1])
        try world.call(.collect, "second")
        let kept = try difference(first, world.network.rest())
        #expect(kept == "")
        try world.call(.delete, "net", world.containers[0])
        try world.call(.collect)
        let left = try difference(world.before, world.network.rest())
        #expect(left == "")
    }

    @Test(arguments: shapes)
    func `what two networks share stays when the one goes that has made it`(shape: String) throws {
        let world = try World(shape)
        try world.call(.add, "net", world.containers[0])
        try world.call(.add, "second", world.containers[1])
        try world.call(.delete, "net", world.containers[0])
        let one = try world.network.rest()
        try world.call(.collect)
        let change = try difference(one, world.network.rest()).split(separator: "\n")
            .filter { !$0.contains("file records") && !$0.contains("sysctl") }
        #expect(change.isEmpty, "\(change)")
        try world.call(.delete, "second", world.containers[1])
        try world.call(.collect, "second")
        let left = try difference(world.before, world.network.rest())
        #expect(left == "")
    }

    @Test(arguments: shapes)
    func `what others made is used, and stays as it was`(shape: String) throws {
        let world = try World(shape)
        try world.network.run {
            let routing = try RoutingSocket()
            var rule = Rule(.v4, priority: 1000, table: 100)
            rule.source = IPPrefix("10.55.0.0/16")
            let others = rule
            try routing.perform {
                $0.addLink("shared0", .ifb(IFB()), LinkAttributes(isUp: true))
                $0.rule(.add, others)
            }
            if let link = try routing.link(.name("others0")), let address = IPPrefix("192.0.2.77/32") {
                try routing.perform { $0.address(.add, InterfaceAddress(address), on: link.index) }
            }
        }
        let before = try world.network.rest()
        // A rule differs by who made it: ours comes beside that of others.
        try world.call(.add, "net", world.containers[0])
        try world.call(.delete, "net", world.containers[0])
        try world.call(.collect)
        let after = try world.network.rest()
        let change = difference(before, after)
        // The route that ours adds to a link of others' goes, too.
        #expect(change == "")
    }

    @Test(arguments: shapes, [0, 1])
    func `an ADD that fails at any operation takes back what it alone has made`(
        shape: String, others: Int
    ) throws {
        let first = try World(shape)
        let invocation = first.network.invocation(
            .add, first.configuration("net"), for: first.containers[0])
        let operations = try first.network.undisturbed({ FaultInjection.operations(in: $0) }) {
            Share.respond(to: invocation)
        }
        for index in operations.indices {
            let world = try World(shape)
            if others == 1 { try world.call(.add, "net", world.containers[1]) }
            let before = try world.network.rest()
            let invocation = world.network.invocation(
                .add, world.configuration("net"), for: world.containers[0])
            let failed = try world.network.run {
                FaultInjection.failing(at: index) { Share.respond(to: invocation) }
            }
            if failed.status == 0 { continue }
            let change = try difference(before, world.network.rest())
            #expect(change == "", "operation \(index): \(operations[index])\n\(failed)")
        }
    }
}
