// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import Netlink
import NetworkState
import TestSupport
import Testing

/// Two plugins that change what an earlier one has made, each an MTU, a setting and a rule on the host.
private struct Early: ChainedPlugin {
    static let name = "early"
    typealias Configuration = Trimming

    func desiredState(for request: StateRequest<Configuration>) throws(CNIError) -> NetworkState {
        request.configuration.state(for: request)
    }
}

private struct Late: ChainedPlugin {
    static let name = "late"
    typealias Configuration = Trimming

    func desiredState(for request: StateRequest<Configuration>) throws(CNIError) -> NetworkState {
        request.configuration.state(for: request)
    }
}

private struct Trimming: Decodable, Sendable {
    let mtu: UInt32
    let setting: String
    let value: String
    let table: UInt32

    func state(for request: StateRequest<Trimming>) -> NetworkState {
        var state = NetworkState(owner: request.owner)
        guard request.attachment != nil else { return state }
        state.add(settings: [Sysctl(setting, value)], in: .container)
        state.add(.link(LinkState(request.interface, nil, LinkAttributes(mtu: mtu))), in: .container)
        for ip in request.addresses.ips {
            var rule = Rule(ip.address.family, priority: 1100, table: table)
            rule.source = IPPrefix(host: ip.address.address)
            state.add(.rule(rule), in: .host)
        }
        return state
    }
}

/// The same by verbs of its own.
private struct ByHand: Plugin {
    static let name = "by-hand"
    typealias Configuration = Trimming

    func add(_ request: Request<Trimming>) throws(CNIError) -> CNIResult {
        var state = NetworkState(owner: request.attachment.key)
        state.add(
            settings: [Sysctl(request.configuration.setting, request.configuration.value)], in: .container)
        state.add(
            .link(LinkState(request.interface, nil, LinkAttributes(mtu: request.configuration.mtu))),
            in: .container)
        state.add(.rule(Rule(.v4, priority: 1100, table: request.configuration.table)), in: .host)
        try request.reach(state)
        return try request.previousResult ?? CNIResult()
    }

    func check(_ request: Request<Trimming>) throws(CNIError) {}

    func delete(_ request: Request<Trimming>) throws(CNIError) {
        try request.reach(NetworkState(owner: request.attachment.key))
    }
}

/// A plugin whose author has taken another name for the owner.
private struct Astray: StatePlugin {
    static let name = "astray"
    struct Configuration: Decodable, Sendable {}

    func desiredState(for request: StateRequest<Configuration>) throws(CNIError) -> NetworkState {
        var state = NetworkState(owner: "mine")
        state.addVeth(host: LinkState("mine0"), container: LinkState(request.interface))
        return state
    }
}

/// A plugin that makes the link's name of the container's.
private struct Wordy: StatePlugin {
    static let name = "wordy"
    struct Configuration: Decodable, Sendable {}

    func desiredState(for request: StateRequest<Configuration>) throws(CNIError) -> NetworkState {
        var state = NetworkState(owner: request.owner)
        state.addVeth(
            host: LinkState("a-long-name-for-\(request.interface)"), container: LinkState(request.interface))
        return state
    }
}

@Suite(.needsNamespaces, .needsProgram("/usr/sbin/ip"))
struct ChainOfPluginsTests {
    private struct World {
        let network: TestNetwork
        let container: TestContainer
        let bridge: JSON
        let result: JSON
        let early: JSON
        let late: JSON

        init() throws {
            network = try TestNetwork(siblings: .ipam)
            container = try network.container()
            bridge = network.bridge()
            result = try network.attach(container, bridge)
            early = [
                "cniVersion": "1.1.0", "name": "net", "type": "early", "mtu": 1400, "table": 77,
                "setting": "net/ipv4/conf/eth0/rp_filter", "value": "2", "prevResult": result,
            ]
            late = [
                "cniVersion": "1.1.0", "name": "net", "type": "late", "mtu": 1300, "table": 78,
                "setting": "net/ipv4/conf/all/log_martians", "value": "1", "prevResult": result,
            ]
        }

        func call(_ command: Command, _ configuration: JSON) throws -> Outcome {
            let plugin = configuration["type"]?.string
            let isOfNetwork = command == .collect
            return plugin == "early"
                ? try network.call(Early.self, command, configuration, for: isOfNetwork ? nil : container)
                : try network.call(Late.self, command, configuration, for: isOfNetwork ? nil : container)
        }

        func add() throws {
            for configuration in [early, late] {
                let outcome = try call(.add, configuration)
                guard outcome.status == 0 else { throw Scenario.Failed(outcome) }
            }
        }

        /// The interface's MTU, both settings, and the tables of the host's rules.
        var sight: String {
            get throws {
                let look =
                    "cat /proc/sys/net/ipv4/conf/eth0/rp_filter /proc/sys/net/ipv4/conf/all/log_martians"
                let words = try container.ip("-o link show eth0").split(separator: " ")
                let mtu = words.firstIndex(of: "mtu").map { words[$0 + 1] } ?? "none"
                let inside = try mtu + "\n" + container.run { Program.run(["/bin/sh", "-c", look]) }.output
                let rules = try network.ip("rule show priority 1100").split(separator: "\n")
                let tables = rules.compactMap { rule in
                    let words = rule.split(separator: " ")
                    return words.firstIndex(of: "lookup").map { words[$0 + 1] }
                }
                return inside.split(separator: "\n").joined(separator: " ") + " | "
                    + tables.sorted().joined(separator: " ")
            }
        }

        /// Whether the kernel has what the description of `configuration` says, and the record.
        func holds(_ configuration: JSON) throws -> Bool { try call(.check, configuration).status == 0 }
    }

    @Test func `the plugins of a chain take back each its own, the last one first`() throws {
        let world = try World()
        let (before, host) = (try world.sight, try world.network.rest())
        try world.add()
        #expect(try world.sight == "1300 2 1 | 77 78")
        #expect(try world.call(.delete, world.late).status == 0)
        // The first one's MTU, its setting and its rule stand.
        #expect(try world.sight == "1400 2 0 | 77")
        #expect(try world.holds(world.early))
        #expect(try world.call(.delete, world.early).status == 0)
        #expect(try world.sight == before)
        #expect(try difference(host, world.network.rest()) == "")
    }

    @Test(arguments: [false, true])
    func `a plugin with verbs of its own gives back what it has changed`(isGone: Bool) throws {
        let world = try World()
        let (before, host) = (try world.sight, try world.network.rest())
        #expect(try world.network.call(ByHand.self, .add, world.late, for: world.container).status == 0)
        let during = try world.sight
        #expect(during.hasPrefix("1300 ") && during.hasSuffix(" 1 | 78"), "\(during)")
        if isGone { world.container.close() }
        for _ in 0..<2 {
            let deleted = try world.network.call(ByHand.self, .delete, world.late, for: world.container)
            #expect(deleted.status == 0, "\(deleted)")
        }
        #expect(try world.network.ip("rule show priority 1100") == "")
        #expect(try !world.network.snapshot().contains("file records"))
        if isGone { return }
        #expect(try world.sight == before)
        #expect(try difference(host, world.network.rest()) == "")
    }

    @Test func `a description of another owner's is refused, and one with a name that is too long`() throws {
        let network = try TestNetwork()
        let container = try network.container()
        let before = try network.snapshot()
        func call(_ command: Command, _ type: String) throws -> Outcome {
            let configuration: JSON = ["cniVersion": "1.1.0", "name": "net", "type": .string(type)]
            return type == "astray"
                ? try network.call(Astray.self, command, configuration, for: container)
                : try network.call(Wordy.self, command, configuration, for: container)
        }
        for (type, word) in [("astray", "owner is \"mine\""), ("wordy", "at most 15")] {
            let added = try call(.add, type)
            #expect(added.output?["code"]?.int == 7, "\(added)")
            #expect(added.output?["msg"]?.string?.contains(word) == true, "\(added)")
            // Nothing is wrong with taking apart what nobody could make.
            let deleted = try call(.delete, type)
            #expect(deleted.status == 0, "\(deleted)")
            #expect(try network.snapshot() == before)
        }
    }

    @Test func `a DEL of one alone leaves the other's, however often it comes`() throws {
        let world = try World()
        try world.add()
        for _ in 0..<3 {
            #expect(try world.call(.delete, world.early).status == 0)
            #expect(try world.sight.hasSuffix(" 1 | 78"))
        }
        #expect(try world.network.fault(of: world.container, world.bridge, world.result) == nil)
        #expect(try world.call(.delete, world.late).status == 0)
        #expect(try world.sight.hasSuffix("| "))
    }

    @Test(arguments: [["mtu": "none"], ["prevResult": 5]] as [[String: JSON]])
    func `a DEL with a configuration that cannot be read leaves the interface to its plugin`(
        members: [String: JSON]
    ) throws {
        let world = try World()
        try world.add()
        #expect(try world.call(.delete, world.late.with(members.mapValues { $0 })).status == 0)
        #expect(try world.sight == "1400 2 0 | 77")
    }

    @Test func `a GC by any plugin of the chain takes what all of them have on the host`() throws {
        let world = try World()
        try world.add()
        world.container.close()
        let keeping: JSON = [["containerID": .string(world.container.id), "ifname": "eth0"]]
        let kept = try world.call(.collect, world.late.with(["cni.dev/valid-attachments": keeping]))
        #expect(kept.status == 0, "\(kept)")
        #expect(try world.network.ip("rule show priority 1100").split(separator: "\n").count == 2)
        let outcome = try world.call(.collect, world.late.with(["cni.dev/valid-attachments": []]))
        #expect(outcome.status == 0, "\(outcome)")
        #expect(try world.network.ip("rule show priority 1100") == "")
        #expect(try !world.network.snapshot().contains("file records"))
    }
}
