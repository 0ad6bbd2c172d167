// SPDX-License-Identifier: Apache-2.0

import BandwidthPlugin
import BridgePlugin
import CNIPlugin
import CNITesting
import FirewallPlugin
import Glibc
import Netlink
import PortmapPlugin
import SBRPlugin
import TestSupport
import TuningPlugin
import VRFPlugin

/// The plugins that come after the bridge in a chain, each with all that it can do.
enum ChainedCase: CaseIterable, Sendable {
    case portmap, firewall, isolation, tuning, bandwidth
    case sbr, vrf

    /// Those that the kernel has what is needed for; with TEST_SCENARIO only that one.
    ///
    /// `isolation` is all of `firewall`, and more.
    static let possible = allCases.filter { plugin in
        if let name = getenv("TEST_SCENARIO"), "\(plugin)" != String(cString: name) { return false }
        return plugin != .firewall && (plugin != .bandwidth || Kernel.hasKind("ifb"))
            && (plugin != .vrf || Kernel.hasKind("vrf"))
    }

    var members: [String: JSON?] {
        switch self {
        case .sbr: ["type": "sbr"]
        case .vrf: ["type": "vrf", "vrfname": "blue"]
        case .portmap:
            [
                "type": "portmap",
                "conditionsV4": ["ip", "saddr", "!=", "203.0.113.0/24"],
                "runtimeConfig": [
                    "portMappings": [
                        ["hostPort": 8080, "containerPort": 80, "protocol": "tcp"],
                        ["hostPort": 5353, "containerPort": 53, "protocol": "udp", "hostIP": "127.0.0.1"],
                    ]
                ],
            ]
        case .firewall: ["type": "firewall"]
        case .isolation: ["type": "firewall", "ingressPolicy": "isolated"]
        case .bandwidth:
            [
                "type": "bandwidth", "ingressRate": 16_000_000, "ingressBurst": 1_600_000,
                "egressRate": 8_000_000, "egressBurst": 800_000,
            ]
        case .tuning:
            [
                "type": "tuning", "mac": "02:00:00:00:00:77", "mtu": 1400, "promisc": true, "allmulti": true,
                "txQLen": 77,
                "sysctl": ["net.ipv4.conf.IFNAME.arp_filter": "1", "net/ipv4/ip_default_ttl": "60"],
            ]
        }
    }

    func respond(to invocation: Invocation) -> Outcome {
        switch self {
        case .portmap: Portmap.respond(to: invocation)
        case .firewall, .isolation: Firewall.respond(to: invocation)
        case .bandwidth: Bandwidth.respond(to: invocation)
        case .tuning: Tuning.respond(to: invocation)
        case .sbr: SBR.respond(to: invocation)
        case .vrf: VRFPlugin.respond(to: invocation)
        }
    }
}

/// A container that the bridge plugin has attached, and a machine outside; a plugin that comes next in the chain.
struct ChainedWorld {
    let network: TestNetwork
    let container: TestContainer
    let bridge: JSON
    let result: JSON
    let plugin: ChainedCase
    /// Before there was anything of ours.
    let initial: String
    /// When the bridge plugin was done.
    let before: String

    init(_ plugin: ChainedCase, _ members: [String: JSON?] = [:]) throws {
        network = try TestNetwork(siblings: .ipam)
        try Foreign.add(to: network)
        if plugin == .isolation { try Self.addForwardingRules(to: network) }
        initial = try network.snapshot()
        container = try network.container("one")
        if plugin == .vrf {
            // The first domain of a namespace leaves a rule behind (vrf_add_fib_rules()).
            try container.ip("link add probe type vrf table 7")
            try container.ip("link delete probe")
        }
        // A MAC address that the bridge does not know is spoofed.
        bridge = network.bridge().with(plugin == .tuning ? ["macspoofchk": false] : [:]).with(members)
        result = try network.attach(container, bridge)
        self.plugin = plugin
        before = try network.snapshot() + "\n-- container\n" + container.snapshot()
    }

    /// What iptables makes, with a rule of somebody else's.
    private static func addForwardingRules(to network: TestNetwork) throws {
        let table = NFTables.TableName(.ip, "filter")
        let chain = NFTables.Chain(
            table, "FORWARD", base: NFTables.Base(.filter, .forward, priority: NFTables.Priority.filter))
        try network.run {
            try NFTablesSocket().perform {
                $0.add(NFTables.Table(table))
                $0.add(chain)
                $0.add(NFTables.Rule(in: chain).iifname("others0").drop())
            }
        }
    }

    /// Another container on the same bridge.
    func neighbour(_ id: String) throws -> (container: TestContainer, result: JSON) {
        let other = try network.container(id)
        return (other, try network.attach(other, bridge))
    }

    var configuration: JSON {
        (["cniVersion": "1.1.0", "name": "net"] as JSON).with(plugin.members).with(["prevResult": result])
    }

    func invocation(_ command: Command, _ members: [String: JSON?] = [:]) -> Invocation {
        let isOfNetwork = command == .collect || command == .status
        return network.invocation(
            command, configuration.with(members), for: isOfNetwork ? nil : container)
    }

    func call(_ command: Command, _ members: [String: JSON?] = [:]) throws -> Outcome {
        let invocation = invocation(command, members)
        return try network.run { plugin.respond(to: invocation) }
    }

    /// What the plugin would do for a verb.
    func steps(of command: Command, _ members: [String: JSON?] = [:]) throws -> [String] {
        var invocation = invocation(command, members)
        invocation.environment["CNI_COMMAND"] = PlanProtocol.verb
        invocation.environment[PlanProtocol.variable] = command.rawValue
        return try plan(invocation)
    }

    /// What the plugin does to mend an attachment.
    func repair() throws -> [String] {
        var invocation = invocation(.check)
        invocation.environment["CNI_COMMAND"] = PlanProtocol.repairVerb
        invocation.environment[PlanProtocol.variable] = "CHECK"
        return try plan(invocation)
    }

    private func plan(_ invocation: Invocation) throws -> [String] {
        let outcome = try network.run { plugin.respond(to: invocation) }
        guard outcome.status == 0, let answer = outcome.output else {
            throw Unexpected(description: "\(outcome)")
        }
        return try Plan(json: answer, version: .current).steps
    }

    var now: String { get throws { try network.snapshot() + "\n-- container\n" + container.snapshot() } }

    /// What is on the host when the whole chain has been deleted and collected, other than before; empty if it is nothing.
    func leftovers() throws -> String {
        if let error = try network.detach(container, bridge) { return "DEL of the bridge: \(error)" }
        let outcome = try call(.collect, ["cni.dev/valid-attachments": []])
        if outcome.status != 0 { return "GC: \(outcome)" }
        return try difference(Scenario.withoutForwarding(initial), network.rest(after: bridge))
    }

    /// Makes a machine outside, 192.0.2.2 and 2001:db8::2, for which the host is 192.0.2.1 and 2001:db8::1.
    func world() throws -> TestContainer {
        let world = try network.container("world")
        try network.ip("link add up0 type veth peer name w0")
        try network.ip("link set w0 netns \(world.path)")
        for words in ["addr add 192.0.2.1/24 dev up0", "addr add 2001:db8::1/64 dev up0 nodad"] {
            try network.ip(words)
        }
        for words in ["addr add 192.0.2.2/24 dev w0", "addr add 2001:db8::2/64 dev w0 nodad"] {
            try world.ip(words)
        }
        for words in ["link set lo up", "link set up0 up"] { try network.ip(words) }
        for words in ["link set lo up", "link set w0 up"] { try world.ip(words) }
        for words in ["route add 10.0.0.0/8 via 192.0.2.1", "-6 route add fd01::/64 via 2001:db8::1"] {
            try world.ip(words)
        }
        return world
    }
}

/// Whether a byte that is sent where `place` runs its body gets to a server; whom the server takes it to come from.
func seen(
    _ kind: TestSocket.Kind, from place: (() throws -> Bool) throws -> Bool, to text: String, port: UInt16,
    by server: TestSocket, sourcePort: UInt16 = 0
) throws -> IPAddress? {
    guard let address = IPAddress(text), let any = IPAddress(address.family == .v4 ? "0.0.0.0" : "::") else {
        throw Unexpected(description: "\(text) is no address")
    }
    var sender: IPAddress?
    let isAnswered = try place {
        let client = try TestSocket(kind, at: any, port: kind == .udp ? sourcePort : 0)
        guard client.send(to: address, port: port) else { return false }
        sender = server.answer()
        return sender != nil && client.isAnswered
    }
    return isAnswered ? sender : nil
}
