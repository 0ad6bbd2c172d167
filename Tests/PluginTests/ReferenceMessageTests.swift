// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import HostLocalPlugin
import StaticPlugin
import TestSupport
import Testing

/// What the reference implementation says of a mistake: people look for these texts in their logs.
struct ReferenceMessage: Sendable, CustomTestStringConvertible {
    let plugin: any Plugin.Type
    let bad: BadInput
    /// How its message begins.
    let beginning: String
    /// How its details begin, for those that have some.
    var details = ""

    var testDescription: String { "\(plugin.name): \(bad.testDescription)" }

    init(
        _ plugin: any Plugin.Type, _ bad: BadInput, _ beginning: String, details: String = ""
    ) {
        self.plugin = plugin
        self.bad = bad
        self.beginning = beginning
        self.details = details
    }

    /// Those of every plugin: the environment, and the parts of a configuration that every plugin reads.
    private static let common: [(BadInput, beginning: String, details: String)] = [
        (
            BadInput(
                "no variables", variables: ["CNI_CONTAINERID": nil, "CNI_NETNS": nil, "CNI_IFNAME": nil], []),
            "required env variables [CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME] missing", ""
        ),
        (
            BadInput("no path", variables: ["CNI_PATH": nil], [], command: "GC"),
            "required env variables [CNI_PATH] missing", ""
        ),
        (
            BadInput("container ID", variables: ["CNI_CONTAINERID": "a/b"], []),
            "invalid characters in containerID", "a/b"
        ),
        (
            BadInput("long interface", variables: ["CNI_IFNAME": "interface-number"], []),
            "interface name is too long", "interface name should be less than 16 characters"
        ),
        (
            BadInput("interface ..", variables: ["CNI_IFNAME": ".."], []), "interface name is . or ..", ""
        ),
        (
            BadInput("interface with a colon", variables: ["CNI_IFNAME": "eth:0"], []),
            "interface name contains / or : or whitespace characters", ""
        ),
        (BadInput("not JSON", text: "bridge: br0", []), "error unmarshall network config: ", ""),
        (BadInput("no name", ["name": nil], []), "missing network name", ""),
        (BadInput("name", ["name": "a/b"], []), "invalid characters found in network name", "a/b"),
        (
            BadInput("version", ["cniVersion": "9.9.9"], []), "incompatible CNI versions",
            #"config is "9.9.9", plugin supports ["0.1.0" "0.2.0" "0.3.0" "0.3.1" "0.4.0" "1.0.0" "1.1.0"]"#
        ),
        (
            BadInput("CHECK", ["cniVersion": "0.3.1"], [], command: "CHECK"),
            "config version does not allow CHECK", ""
        ),
        (
            BadInput("GC", ["cniVersion": "1.0.0"], [], command: "GC"), "config version does not allow GC", ""
        ),
        (
            BadInput("STATUS", ["cniVersion": "1.0.0"], [], command: "STATUS"),
            "config version does not allow STATUS", ""
        ),
        (BadInput("verb", [:], [], command: "MOVE"), "unknown CNI_COMMAND: MOVE", ""),
        (
            BadInput(
                "previous result of another kind",
                ["prevResult": ["cniVersion": "0.2.0", "ip4": ["ip": "10.0.0.2/24"]]], []),
            "could not parse prevResult", ""
        ),
        (
            BadInput(
                "own namespace", variables: ["CNI_NETNS": "/proc/thread-self/ns/net"], []),
            "plugin's netns and netns from CNI_NETNS should not be the same", ""
        ),
    ]

    private static let addresses = [
        ReferenceMessage(
            Bridge.self, BadInput("no such IPAM plugin", ipam: ["type": "nobody"], []),
            "failed to find plugin \"nobody\" in path ["),
        ReferenceMessage(
            Bridge.self, BadInput("masquerading by another program", ["ipMasqBackend": "pf"], []),
            "unknown ipmasq backend \"pf\""),
        ReferenceMessage(
            HostLocalPlugin.self, BadInput("no ipam", ["ipam": nil], []), "IPAM config missing 'ipam' key"),
        ReferenceMessage(
            HostLocalPlugin.self,
            BadInput("a small subnet", ipam: ["ranges": [[["subnet": "10.0.0.0/31"]]]], []),
            "Network 10.0.0.0/31 too small to allocate from"),
        ReferenceMessage(
            HostLocalPlugin.self,
            BadInput(
                "no address left",
                ipam: [
                    "ranges": [[["subnet": "10.0.0.0/24", "rangeStart": "10.0.0.1", "rangeEnd": "10.0.0.1"]]]
                ], []),
            "failed to allocate for range 0: no IP addresses available in range set: 10.0.0.1-10.0.0.1"),
        ReferenceMessage(
            HostLocalPlugin.self,
            BadInput("an address of nobody's", variables: ["CNI_ARGS": "IP=192.0.2.1"], []),
            "failed to allocate all requested IPs: 192.0.2.1"),
        ReferenceMessage(
            HostLocalPlugin.self, BadInput("a pair of three", variables: ["CNI_ARGS": "IP=10.1.0.2=x"], []),
            "ARGS: invalid pair \"IP=10.1.0.2=x\""),
        ReferenceMessage(
            HostLocalPlugin.self, BadInput("an unknown key", variables: ["CNI_ARGS": "COLOUR=red"], []),
            "ARGS: unknown args [\"COLOUR=red\"]"),
        ReferenceMessage(
            StaticPlugin.self, BadInput("no ipam", ["ipam": nil], []), "IPAM config missing 'ipam' key"),
        ReferenceMessage(
            StaticPlugin.self, BadInput("no length", ipam: ["addresses": [["address": "10.1.2.3"]]], []),
            "the 'address' field is expected to be in CIDR notation, got: '10.1.2.3'"),
        ReferenceMessage(
            StaticPlugin.self, BadInput("no length, args", ["args": ["cni": ["ips": ["10.1.2.3"]]]], []),
            "an entry in the 'ips' field is NOT in CIDR notation, got: '10.1.2.3'"),
        ReferenceMessage(
            StaticPlugin.self, BadInput("no length, runtime", ["runtimeConfig": ["ips": ["10.1.2.3"]]], []),
            "an entry in the 'ips' field is NOT in CIDR notation, got: '10.1.2.3'"),
        ReferenceMessage(
            StaticPlugin.self, BadInput("no length, variable", variables: ["CNI_ARGS": "IP=10.1.2.3"], []),
            "the 'ip' field is expected to be in CIDR notation, got: '10.1.2.3'"),
    ]

    static let all =
        addresses
        + [Bridge.self, HostLocalPlugin.self, StaticPlugin.self].flatMap { (plugin: any Plugin.Type) in
            common.map { ReferenceMessage(plugin, $0.0, $0.beginning, details: $0.details) }
        }
}

@Suite(.needsNamespaces)
struct ReferenceMessageTests {
    @Test(arguments: ReferenceMessage.all)
    func `a message begins as the reference's does; what we know besides is in the details`(
        message: ReferenceMessage
    ) throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let outcome = try message.bad.refused(by: message.plugin, network, container)
        #expect(outcome.status == 1)
        let text = try #require(outcome.output?["msg"]?.string, "\(outcome)")
        #expect(text.hasPrefix(message.beginning), "\(outcome)")
        let details = outcome.output?["details"]?.string ?? ""
        #expect(details.hasPrefix(message.details), "\(outcome)")
    }

    @Test
    func `a second ADD of host-local names the address that the container has`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let first = try network.call(HostLocalPlugin.self, .add, network.bridge(), for: container)
        #expect(first.status == 0, "\(first)")
        let second = try network.call(HostLocalPlugin.self, .add, network.bridge(), for: container)
        let text = try #require(second.output?["msg"]?.string)
        #expect(text.hasPrefix("failed to allocate for range 0: "), "\(text)")
        #expect(text.hasSuffix(", duplicate allocation is not allowed"), "\(text)")
    }

    @Test
    func `CNI_PATH is missed only by who has a plugin to find`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let withoutPath = ["CNI_PATH": ""]
        // A network of layer 2 delegates nothing.
        let bridge = network.bridge().with(["ipam": nil, "isGateway": nil, "ipMasq": nil])
        var calls: [Outcome] = []
        calls.append(try network.call(Bridge.self, .status, bridge, variables: withoutPath))
        calls.append(try network.call(Bridge.self, .add, bridge, for: container, variables: withoutPath))
        let checked = bridge.with(["prevResult": calls[1].output ?? .null])
        calls.append(try network.call(Bridge.self, .check, checked, for: container, variables: withoutPath))
        calls.append(try network.call(Bridge.self, .delete, checked, for: container, variables: withoutPath))
        for outcome in calls { #expect(outcome.status == 0, "\(outcome)") }
    }
}
