// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import DummyPlugin
import Glibc
import HostDevicePlugin
import IPVLANPlugin
import MacvlanPlugin
import PTPPlugin
import TapPlugin
import TestSupport
import Testing
import VLANPlugin

/// An interface plugin with a configuration, on a host whose link `up0` leads to a machine outside.
struct InterfaceCase: Sendable, CustomTestStringConvertible {
    let plugin: any Plugin.Type
    /// What its configuration has beside name, version, type and host-local.
    let members: [String: JSON?]
    /// The kind of links that the kernel needs for it.
    var kind: String?
    /// Whether several containers can have one.
    var isForMany = true
    /// Whether it is a link of the host's, which as no hardware ends with the container.
    var isLent = false
    /// Ways to damage an attachment.
    var damages: [InterfaceDamage] = []

    var testDescription: String { plugin.name }

    static let ptp = InterfaceCase(
        plugin: PTP.self, members: ["ipMasq": true, "mtu": 1400],
        damages: [
            .address, .route, .down, .interfaceGone,
            InterfaceDamage("host's route", "10.1.0.2") { world in
                try world.network.ip("route delete 10.1.0.2/32")
            },
            InterfaceDamage("gateway", "fd01::1/128") { world in
                try world.network.ip("address delete fd01::1/128 dev \(world.hostLink())")
            },
            InterfaceDamage("masquerading", "10.1.0.2") { world in
                try world.network.nft("flush map inet cni_masquerade pods4")
            },
        ])

    static let macvlan = InterfaceCase(
        plugin: Macvlan.self, members: ["master": "up0", "mtu": 1400], kind: "macvlan",
        damages: [.address, .route, .down, .mac, .interfaceGone, .mode])

    static let ipvlan = InterfaceCase(
        plugin: IPVLANPlugin.self, members: ["master": "up0", "mtu": 1400], kind: "ipvlan",
        damages: [.address, .route, .down, .interfaceGone])

    static let vlan = InterfaceCase(
        plugin: VLANPlugin.self, members: ["master": "up0", "vlanId": 5, "mtu": 1400], kind: "vlan",
        isForMany: false, damages: [.address, .route, .down, .mac, .interfaceGone])

    static let dummy = InterfaceCase(
        plugin: DummyPlugin.self, members: [:], kind: "dummy",
        damages: [.address, .route, .down, .mac, .interfaceGone])

    static let tap = InterfaceCase(
        plugin: Tap.self, members: ["owner": 54321, "mtu": 1400], kind: "tap",
        damages: [.address, .route, .down, .mac, .interfaceGone])

    static let hostDevice = InterfaceCase(
        plugin: HostDevice.self, members: ["device": "up0"], isForMany: false, isLent: true,
        damages: [.address, .route, .down, .mac])

    static let all = [ptp, macvlan, ipvlan, vlan, dummy, hostDevice, tap]

    /// Whether this kernel has what is needed for it.
    var isPossible: Bool {
        // The kernel makes a tap for a file alone.
        if kind == "tap" { return access("/dev/net/tun", R_OK | W_OK) == 0 }
        return kind.map(Kernel.hasKind) ?? true
    }

    static let possible = all.filter(\.isPossible)
}

/// A way to damage an attachment, and what CHECK's message has to name.
struct InterfaceDamage: Sendable {
    let name: String
    let mention: String
    /// Whether a repair can bring it back.
    var isMendable = true
    let damage: @Sendable (InterfaceWorld) throws -> Void

    init(_ name: String, _ mention: String, _ damage: @escaping @Sendable (InterfaceWorld) throws -> Void) {
        self.name = name
        self.mention = mention
        self.damage = damage
    }

    static let address = InterfaceDamage("address", "10.1.0.2/24") {
        try $0.container.ip("address delete 10.1.0.2/24 dev eth0")
    }
    static let route = InterfaceDamage("route", "default") {
        try $0.container.ip("-6 route delete default dev eth0")
    }
    static let down = InterfaceDamage("link down", "eth0") { try $0.container.ip("link set eth0 down") }
    static let mac = InterfaceDamage("MAC address", "address") {
        try $0.container.ip("link set eth0 address 02:00:00:00:00:09")
    }
    static let mode = InterfaceDamage("mode", "mode bridge") {
        try $0.container.ip("link set eth0 type macvlan mode private")
    }
    static let interfaceGone = InterfaceDamage("link gone", "eth0") {
        try $0.container.ip("link delete eth0")
    }
}

/// A host with something of others, a link `up0` to a machine outside, and a container.
struct InterfaceWorld {
    let kind: InterfaceCase
    let network: TestNetwork
    let container: TestContainer
    let outside: TestContainer
    let configuration: JSON

    init(
        _ kind: InterfaceCase, _ members: [String: JSON?] = [:],
        subnets: [String] = ["10.1.0.0/24", "fd01::/64"]
    ) throws {
        self.kind = kind
        network = try TestNetwork(siblings: .ipam)
        try Foreign.add(to: network)
        container = try network.container("one")
        outside = try network.container("outside")
        try network.ip("link add up0 type veth peer name up1 netns \(outside.path)")
        try network.ip("link set up0 up address 02:00:00:00:00:10")
        try outside.ip("link set lo up")
        try outside.ip("link set up1 up")
        configuration =
            (["cniVersion": "1.1.0", "name": "net", "type": .string(kind.plugin.name)] as JSON)
            .with(["ipam": network.hostLocal(subnets)]).with(kind.members).with(members)
    }

    func call(
        _ command: Command, _ members: [String: JSON?] = [:], for other: TestContainer? = nil,
        variables: [String: String] = [:]
    ) throws -> Outcome {
        let isOfNetwork = command == .collect || command == .status
        let invocation = network.invocation(
            command, configuration.with(members), for: isOfNetwork ? nil : other ?? container,
            variables: variables)
        return try network.run { kind.plugin.respond(to: invocation) }
    }

    /// Attaches the container, or another one; returns the result.
    func attach(_ other: TestContainer? = nil, variables: [String: String] = [:]) throws -> JSON {
        let outcome = try call(.add, for: other, variables: variables)
        guard outcome.status == 0, let result = outcome.output else {
            throw Unexpected(description: "ADD with \(kind.testDescription): \(outcome)")
        }
        return result
    }

    /// Detaches the container; returns the error, or nil.
    func detach(_ result: JSON? = nil, for other: TestContainer? = nil) throws -> String? {
        let outcome = try call(.delete, ["prevResult": result], for: other)
        return outcome.status == 0 ? nil : "\(outcome)"
    }

    /// What CHECK says; empty if all is well.
    func fault(_ result: JSON, for other: TestContainer? = nil) throws -> String {
        let outcome = try call(.check, ["prevResult": result], for: other)
        if outcome.status == 0 { return "" }
        return "\(outcome.output?["msg"]?.string ?? "")\n\(outcome.output?["details"]?.string ?? "")"
    }

    /// Expects that an ADD is refused with one of the keys, and changes nothing.
    func expectRefusal(naming keys: some Collection<String>) throws {
        let before = try snapshot()
        let outcome = try call(.add)
        #expect(outcome.output?["code"]?.int == 7, "\(outcome)")
        let message = outcome.output?["msg"]?.string ?? ""
        #expect(keys.contains { message.contains($0) }, "\(message)")
        #expect(try difference(before, snapshot()) == "")
        #expect(try detach() == nil)
    }

    /// Collects garbage; returns the error, or nil.
    func collect(keeping valid: [TestContainer] = []) throws -> String? {
        let list = valid.map { ["containerID": .string($0.id), "ifname": "eth0"] as JSON }
        let outcome = try call(
            .collect, ["cniVersion": "1.1.0", "cni.dev/valid-attachments": .array(list)])
        return outcome.status == 0 ? nil : "\(outcome)"
    }

    /// Mends what CHECK would miss.
    func repair(_ result: JSON) throws -> Outcome {
        var invocation = network.invocation(
            .check, configuration.with(["prevResult": result]), for: container)
        invocation.environment["CNI_COMMAND"] = PlanProtocol.repairVerb
        invocation.environment[PlanProtocol.variable] = "CHECK"
        let call = invocation
        return try network.run { kind.plugin.respond(to: call) }
    }

    /// What there is on the host, without forwarding, which stays.
    func hostSnapshot() throws -> String { Scenario.withoutForwarding(try network.snapshot()) }

    /// Waits until there is nothing on the host that was not there before: a namespace that ends takes a moment.
    func waitUntilHost(is before: String) throws {
        try wait(for: "the host to be as before") { try difference(before, hostSnapshot()) == "" }
    }

    /// What there is on the host and in the container, without forwarding, which stays.
    func snapshot() throws -> String {
        Scenario.withoutForwarding(try network.snapshot() + "\n-- container\n" + container.snapshot())
    }

    /// What the attachment's link on the host is called.
    func hostLink() throws -> String {
        let line = try network.ip("-o link show").split(separator: "\n").first {
            $0.contains("alias net/\(container.id)/eth0")
        }
        let name = line?.split(separator: " ")[1].prefix { $0 != "@" && $0 != ":" }
        guard let name else { throw Unexpected(description: "no link of the attachment's on the host") }
        return String(name)
    }

    /// Gives the machine outside addresses: those of a gateway, on the same network as the containers.
    func addGatewayOutside(on link: String = "up1") throws {
        try outside.ip("address add 10.1.0.1/24 dev \(link)")
        try outside.ip("-6 address add fd01::1/64 dev \(link) nodad")
    }
}
