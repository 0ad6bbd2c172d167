// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import Synchronization
import TestSupport
import Testing

/// A container with an interface of each of two networks, and a plugin that comes after the bridge of the second.
struct SecondInterface {
    let network: TestNetwork
    let container: TestContainer
    let first: JSON
    let second: JSON
    let plugin: any Plugin.Type
    let configuration: JSON
    /// The second interface's result.
    let result: JSON

    init(
        _ plugin: any Plugin.Type, _ members: [String: JSON?] = [:],
        subnets: [String] = ["10.8.0.0/24", "2001:db8:8::/64"],
        routes: [JSON] = [["dst": "198.51.100.0/24", "gw": "10.8.0.254"], ["dst": "2001:db8:5::/64"]]
    ) throws {
        network = try TestNetwork(siblings: .ipam)
        container = try network.container("one")
        first = network.bridge()
        _ = try network.attach(container, first)
        let ipam = network.hostLocal(subnets).with(["routes": .array(routes)])
        second = network.bridge(name: "second").with(["bridge": "br1", "ipam": ipam])
        result = try network.attach(container, second, interface: "net1")
        self.plugin = plugin
        configuration =
            (["cniVersion": "1.1.0", "name": "second", "type": .string(plugin.name)] as JSON).with(members)
    }

    func call(
        _ command: Command, _ members: [String: JSON?] = [:], interface: String = "net1",
        for other: TestContainer? = nil, result: JSON? = nil
    ) throws -> Outcome {
        let invocation = network.invocation(
            command, configuration.with(["prevResult": result ?? self.result]).with(members),
            for: other ?? container, interface: interface)
        return try network.run { plugin.respond(to: invocation) }
    }

    /// The first interface's result, as a chain of its own would have it.
    var firstResult: JSON {
        [
            "cniVersion": "1.1.0", "interfaces": [["name": "eth0", "sandbox": .string(container.path)]],
            "ips": [["address": "10.1.0.2/24", "gateway": "10.1.0.1", "interface": 0]],
        ]
    }

    /// Does a verb for both interfaces at once.
    func callForBoth(_ command: Command) throws -> [Outcome] {
        let calls = try ["net1", "eth0"].map { interface in
            try invocation(command, interface)
        }
        let outcomes = Mutex<[Outcome]>([])
        let threads = calls.map { call in
            BlockingThread {
                let outcome = try? network.run { plugin.respond(to: call) }
                outcomes.withLock { $0 += outcome.map { [$0] } ?? [] }
            }
        }
        for thread in threads { thread.join() }
        return outcomes.withLock { $0 }
    }

    private func invocation(_ command: Command, _ interface: String) throws -> Invocation {
        let members: [String: JSON?] =
            interface == "eth0"
            ? ["name": "net", "prevResult": firstResult] : ["prevResult": result]
        return network.invocation(
            command, configuration.with(members), for: container, interface: interface)
    }

    /// What CHECK says; empty if all is well.
    func fault(_ members: [String: JSON?] = [:]) throws -> String {
        let outcome = try call(.check, members)
        if outcome.status == 0 { return "" }
        return "\(outcome.output?["msg"]?.string ?? "")\n\(outcome.output?["details"]?.string ?? "")"
    }

    /// Makes what CHECK misses.
    func repair() throws -> Outcome {
        var invocation = network.invocation(
            .check, configuration.with(["prevResult": result]), for: container, interface: "net1")
        invocation.environment["CNI_COMMAND"] = PlanProtocol.repairVerb
        invocation.environment[PlanProtocol.variable] = "CHECK"
        let call = invocation
        return try network.run { plugin.respond(to: call) }
    }

    /// Everything that the container has of routing, but for the kernel's own local table.
    func routing() throws -> String {
        try [
            "rule show", "-6 rule show", "route show table all", "-6 route show table all",
            "-o address show",
        ].map { try container.ip($0) }.joined(separator: "--\n")
            .split(separator: "\n").filter { !$0.contains("table local") && !$0.contains("l3mdev") }
            .map { line in line.split(separator: "\\")[0] }
            .sorted().joined(separator: "\n")
    }

    /// Expects that the container's routing is as it was.
    func expectRouting(is before: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let change = try difference(before, routing())
        #expect(change == "", sourceLocation: sourceLocation)
    }

    /// By which way packets to an address leave.
    func way(to address: String, from source: String? = nil) throws -> String {
        let family = address.contains(":") ? "-6 " : ""
        return try container.ip("\(family)route get \(address)\(source.map { " from \($0)" } ?? "")")
    }
}
