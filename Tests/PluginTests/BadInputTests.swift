// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import HostLocalPlugin
import LinuxCore
import LoopbackPlugin
import StaticPlugin
import TestSupport
import Testing

/// An input that must be refused, how, and with which code of the specification (section 5, error).
struct BadInput: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let codes: Set<Int>
    var command = "ADD"
    var input: @Sendable (TestNetwork) -> String
    var variables: [String: String?] = [:]

    /// A whole text on standard input.
    init(_ name: String, text: String, _ codes: Set<Int>, command: String = "ADD") {
        testDescription = name
        self.codes = codes
        self.command = command
        input = { _ in text }
    }

    /// A configuration that differs from a good one.
    init(
        _ name: String, _ members: [String: JSON?] = [:], ipam: [String: JSON?] = [:],
        variables: [String: String?] = [:], _ codes: Set<Int>, command: String = "ADD"
    ) {
        testDescription = name
        self.codes = codes
        self.command = command
        self.variables = variables
        input = { network in
            network.bridge().with(["ipam": network.hostLocal().with(ipam)]).with(members).serialized()
        }
    }

    static let texts = [
        BadInput("nothing", text: "", [6]),
        BadInput("blanks", text: " \n\t ", [6]),
        BadInput("not JSON", text: "bridge: br0", [6]),
        BadInput("truncated", text: #"{"cniVersion":"1.1.0","name":"net","type":"bri"#, [6]),
        BadInput("two documents", text: "{}{}", [6]),
        BadInput("a zero byte", text: "{\"name\":\"\u{0}\"}", [6, 7]),
        BadInput("deep nesting", text: String(repeating: "[", count: 200_000), [6]),
        BadInput(
            "deep nesting that ends",
            text: String(repeating: "[", count: 20_000) + String(repeating: "]", count: 20_000), [6, 7]),
        BadInput("a list", text: "[]", [6, 7]),
        BadInput("an empty object", text: "{}", [6, 7]),
        BadInput("truncated, DEL", text: "{", [6], command: "DEL"),
        BadInput("truncated, GC", text: "{", [6], command: "GC"),
    ]

    static let types: [BadInput] = [
        BadInput("bridge is a number", ["bridge": 1], [6, 7]),
        BadInput("mtu is a string", ["mtu": "large"], [6, 7]),
        BadInput("mtu is negative", ["mtu": -1], [6, 7]),
        BadInput("mtu is a fraction", ["mtu": 1400.5], [6, 7]),
        BadInput("isGateway is a string", ["isGateway": "yes"], [6, 7]),
        BadInput("ipam is a list", ["ipam": []], [6, 7]),
        BadInput("name is missing", ["name": nil], [6, 7]),
        BadInput("name is empty", ["name": ""], [6, 7]),
        BadInput("name leaves its folder", ["name": "../net"], [6, 7]),
        BadInput("vlan is too large", ["vlan": 4095], [6, 7]),
        BadInput("vlanTrunk is upside down", ["vlanTrunk": [["minID": 5, "maxID": 2]]], [6, 7]),
        BadInput("hairpin and promiscuous", ["hairpinMode": true, "promiscMode": true], [6, 7]),
        BadInput("bridge's name is too long", ["bridge": "a-bridge-of-17-by"], [6, 7]),
        BadInput("bridge's name has a slash", ["bridge": "br/0"], [6, 7]),
        BadInput("bridge's name is a pattern", ["bridge": "br%d"], [6, 7]),
        BadInput("mac is none", ["runtimeConfig": ["mac": "02:00"]], [6, 7]),
        BadInput("mac is a group's", ["runtimeConfig": ["mac": "01:00:00:00:00:01"]], [6, 7]),
        BadInput("prevResult is a string", ["prevResult": "x"], [6, 7], command: "CHECK"),
        BadInput("no prevResult", [:], [6, 7], command: "CHECK"),
    ]

    static let versions = [
        BadInput("unknown version", ["cniVersion": "9.9.9"], [1]),
        BadInput("version is no version", ["cniVersion": "latest"], [1, 6, 7]),
        BadInput("CHECK before 0.4.0", ["cniVersion": "0.3.1"], [1], command: "CHECK"),
        BadInput("GC before 1.1.0", ["cniVersion": "1.0.0"], [1], command: "GC"),
        BadInput("STATUS before 1.1.0", ["cniVersion": "1.0.0"], [1], command: "STATUS"),
    ]

    static let environments = [
        BadInput("unknown verb", [:], [4], command: "MOVE"),
        BadInput("verb in small letters", [:], [4], command: "add"),
        BadInput("no container ID", variables: ["CNI_CONTAINERID": nil], [4]),
        BadInput("no namespace", variables: ["CNI_NETNS": nil], [4]),
        BadInput("no interface", variables: ["CNI_IFNAME": nil], [4]),
        BadInput("no path, GC", variables: ["CNI_PATH": nil], [4], command: "GC"),
        BadInput("no container ID, DEL", variables: ["CNI_CONTAINERID": nil], [4], command: "DEL"),
        BadInput("container ID with a slash", variables: ["CNI_CONTAINERID": "a/b"], [4]),
        BadInput("container ID is ..", variables: ["CNI_CONTAINERID": ".."], [4]),
        BadInput("container ID with a newline", variables: ["CNI_CONTAINERID": "a\nb"], [4]),
        BadInput("interface name of 16 bytes", variables: ["CNI_IFNAME": "interface-number"], [4]),
        BadInput("interface name with a slash", variables: ["CNI_IFNAME": "eth/0"], [4]),
        BadInput("interface name is ..", variables: ["CNI_IFNAME": ".."], [4]),
        BadInput("interface name is a pattern", variables: ["CNI_IFNAME": "eth%d"], [4]),
        BadInput("interface that exists", variables: ["CNI_IFNAME": "lo"], [4, 7]),
        BadInput("arguments without value", variables: ["CNI_ARGS": "IP"], [4, 7]),
        BadInput("namespace is not there", variables: ["CNI_NETNS": "/nonexistent"], [3, 8]),
        BadInput("namespace is a plain file", variables: ["CNI_NETNS": "/etc/hostname"], [8]),
        BadInput("namespace is of another kind", variables: ["CNI_NETNS": "/proc/self/ns/uts"], [8]),
        BadInput("namespace is the plugin's own", variables: ["CNI_NETNS": "/proc/thread-self/ns/net"], [8]),
        BadInput(
            "namespace is the plugin's own, DEL", variables: ["CNI_NETNS": "/proc/thread-self/ns/net"], [8],
            command: "DEL"),
    ]

    static let addresses: [BadInput] = [
        BadInput("no such IPAM plugin", ipam: ["type": "nobody"], [4]),
        BadInput("IPAM plugin with a path", ipam: ["type": "../host-local"], [7]),
        BadInput("subnet is none", ipam: ["ranges": [[["subnet": "10.0.0.0/33"]]]], [6, 7]),
        BadInput("subnet without length", ipam: ["ranges": [[["subnet": "10.0.0.0"]]]], [6, 7]),
        BadInput("subnet too small", ipam: ["ranges": [[["subnet": "10.0.0.0/31"]]]], [6, 7]),
        BadInput("no ranges", ipam: ["ranges": []], [6, 7]),
        BadInput("an empty range set", ipam: ["ranges": [[]]], [6, 7]),
        BadInput(
            "overlapping ranges",
            ipam: ["ranges": [[["subnet": "10.1.0.0/16"], ["subnet": "10.1.2.0/24"]]]], [6, 7]),
        BadInput(
            "overlapping range sets",
            ipam: ["ranges": [[["subnet": "10.1.0.0/16"]], [["subnet": "10.1.2.0/24"]]]], [6, 7]),
        BadInput(
            "start outside",
            ipam: ["ranges": [[["subnet": "10.1.0.0/24", "rangeStart": "10.2.0.1"]]]], [6, 7]),
        BadInput(
            "end before start",
            ipam: [
                "ranges": [[["subnet": "10.1.0.0/24", "rangeStart": "10.1.0.9", "rangeEnd": "10.1.0.3"]]]
            ], [6, 7]),
        BadInput(
            "two families in a set", ipam: ["ranges": [[["subnet": "10.1.0.0/24"], ["subnet": "fd::/64"]]]],
            [6, 7]),
        BadInput("address asked for is outside", variables: ["CNI_ARGS": "IP=192.0.2.1"], [111]),
        BadInput("address asked for is none", variables: ["CNI_ARGS": "IP=pod"], [4, 6, 7]),
    ]

    /// Has a plugin refuse it.
    func refused<Called: Plugin>(
        by plugin: Called.Type, _ network: TestNetwork, _ container: TestContainer
    ) throws -> Outcome {
        var invocation = network.invocation(.add, .null, for: container)
        invocation.environment["CNI_COMMAND"] = command
        for (name, value) in variables { invocation.environment[name] = value }
        invocation.input = Array(input(network).utf8)
        let call = invocation
        return try network.run { Called.respond(to: call) }
    }

    static let all = texts + types + versions + environments + addresses
}

@Suite(.needsNamespaces)
struct BadInputTests {
    @Test(arguments: BadInput.all)
    func `an error of the specification, and nothing has changed`(bad: BadInput) throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let before = try network.snapshot() + container.snapshot()
        let outcome = try bad.refused(by: Bridge.self, network, container)
        #expect(outcome.status == 1)
        let code = try #require(outcome.output?["code"]?.int, "\(outcome)")
        #expect(bad.codes.contains(code), "\(outcome)")
        let message = try #require(outcome.output?["msg"]?.string)
        #expect(!message.isEmpty)
        #expect(SpecVersion(outcome.output?["cniVersion"]?.string ?? "") != nil)
        #expect(try difference(before, network.snapshot() + container.snapshot()) == "")
    }

    @Test(arguments: BadInput.texts + BadInput.versions)
    func `the other plugins refuse it, too`(bad: BadInput) throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        for outcome in [
            try bad.refused(by: HostLocalPlugin.self, network, container),
            try bad.refused(by: Loopback.self, network, container),
            try bad.refused(by: StaticPlugin.self, network, container),
        ] {
            #expect(outcome.status == 1)
            #expect(outcome.output?["code"]?.int.map { bad.codes.contains($0) } == true, "\(outcome)")
        }
    }

    @Test
    func `without a verb the plugin says what it is`() throws {
        let outcome = Bridge.respond(to: Invocation(environment: [:], input: []))
        #expect(outcome.status == 0 && outcome.output == nil)
        #expect(outcome.diagnostics.contains("1.1.0"))
    }

    @Test
    func `a namespace that is the plugin's own is fine where the runtime says so`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let outcome = try network.call(
            Bridge.self, .delete, network.bridge(), for: container,
            variables: ["CNI_NETNS": "/proc/thread-self/ns/net", "CNI_NETNS_OVERRIDE": "1"])
        #expect(outcome.status == 0, "\(outcome)")
    }
}
