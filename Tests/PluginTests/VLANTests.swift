// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import Netlink
import TestSupport
import Testing

/// VLANs on the bridge, as bridge(8) and ping(8) see them.
@Suite(
    .needsNamespaces, .needsVLANFiltering, .needsProgram("/usr/sbin/bridge"), .needsProgram("/usr/sbin/ip"),
    .needsProgram("/usr/bin/ping"))
struct VLANTests {
    /// The name of the pair's end on the host.
    private func port(of result: JSON) throws -> String {
        let names = result["interfaces"]?.array?.compactMap { $0["name"]?.string } ?? []
        return try #require(names.first { $0.hasPrefix("veth") })
    }

    /// The VLANs of a port, such as `100 PVID Egress Untagged`.
    private func vlans(_ port: String, _ network: TestNetwork) throws -> [String] {
        try network.bridge("vlan show dev \(port)").split(separator: "\n").dropFirst().map { line in
            line.split(separator: " ").filter { $0 != port }.joined(separator: " ")
        }
    }

    @Test func `vlan puts the ports into that VLAN alone`() throws {
        try attached(["vlan": 100]) { network, _, result throws in
            #expect(try vlans(port(of: result), network) == ["100 PVID Egress Untagged"])
            #expect(try vlans("br0.100p", network) == ["100 PVID Egress Untagged"])
        }
    }

    @Test func `preserveDefaultVlan leaves the ports in the bridge's default VLAN, too`() throws {
        try attached(["vlan": 100, "preserveDefaultVlan": true]) { network, _, result throws in
            #expect(
                try vlans(port(of: result), network) == ["1 Egress Untagged", "100 PVID Egress Untagged"])
            #expect(try vlans("br0.100p", network) == ["1 Egress Untagged", "100 PVID Egress Untagged"])
        }
    }

    @Test func `vlanTrunk's are tagged, and frames without a tag are of VLAN 1`() throws {
        let trunk: JSON = [["id": 5], ["minID": 10, "maxID": 12], ["minID": 11, "maxID": 11]]
        for preserves in [false, true] {
            try attached(["vlanTrunk": trunk, "preserveDefaultVlan": .bool(preserves)]) {
                network, _, result throws in
                #expect(
                    try vlans(port(of: result), network) == ["1 PVID Egress Untagged", "5", "10", "11", "12"])
            }
        }
    }

    @Test func `an access VLAN that the trunk has, too, is the access VLAN`() throws {
        try attached(["vlan": 11, "vlanTrunk": [["minID": 10, "maxID": 12]]]) { network, _, result throws in
            #expect(try vlans(port(of: result), network) == ["10", "11 PVID Egress Untagged", "12"])
        }
    }

    @Test func `all VLANs can be in a trunk`() throws {
        try attached(["vlanTrunk": [["minID": 1, "maxID": 4094]], "isGateway": false]) {
            network, _, result throws in
            #expect(try vlans(port(of: result), network).count == 4094)
        }
    }

    @Test(arguments: [0, 7]) func `a bridge of others has another default VLAN, or none`(standard: Int) throws
    {
        for preserves in [false, true] {
            let members: [String: JSON?] = ["vlan": 100, "preserveDefaultVlan": .bool(preserves)]
            try attached(members) { network throws in
                try network.ip("link add br0 type bridge vlan_filtering 1 vlan_default_pvid \(standard)")
                try network.ip("link set br0 up")
            } _: { network, _, result throws in
                let kept = preserves && standard > 0 ? ["\(standard) Egress Untagged"] : []
                #expect(try vlans(port(of: result), network) == kept + ["100 PVID Egress Untagged"])
            }
        }
    }

    @Test func `CHECK reports a port that is not in its VLAN, and leaves room for later plugins`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let configuration = network.bridge().with(["vlan": 100])
        let result = try network.attach(container, configuration)
        for port in ["br0.100p", try port(of: result)] {
            try network.bridge("vlan add dev \(port) vid 20")
            #expect(try network.fault(of: container, configuration, result) == nil)
            for damage in ["vlan del dev \(port) vid 100", "vlan add dev \(port) vid 100"] {
                try network.bridge(damage)
                let fault = try #require(try network.fault(of: container, configuration, result))
                #expect(fault.contains("vlan 100 dev \(port)"), "\(damage): \(fault)")
                try network.bridge("vlan add dev \(port) vid 100 pvid untagged")
                #expect(try network.fault(of: container, configuration, result) == nil, "\(damage)")
            }
        }
    }

    @Test func `another ADD puts the gateway's port right`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let (first, second) = (try network.container(), try network.container())
        let configuration = network.bridge().with(["vlan": 100])
        _ = try network.attach(first, configuration)
        try network.ip("link set br0.100p nomaster")
        let result = try network.attach(second, configuration)
        #expect(try vlans("br0.100p", network) == ["100 PVID Egress Untagged"])
        #expect(try network.fault(of: second, configuration, result) == nil)
        #expect(try second.canPing("10.1.0.1"))
    }

    @Test func `the reference plugin's gateway in a VLAN is in the way, and nothing changes`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        try network.ip("link add br0 type bridge vlan_filtering 1")
        try network.ip("link add veth12345678 master br0 type veth peer name br0.100")
        let before = try network.snapshot()
        let outcome = try network.call(
            Bridge.self, .add, network.bridge().with(["vlan": 100]), for: container)
        #expect(outcome.status == 1 && outcome.output?["msg"]?.string?.contains("br0.100") == true)
        #expect(try difference(before, network.snapshot()) == "")
    }

    @Test func `containers reach those of their VLAN, and its gateway`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let containers = try (0..<4).map { _ in try network.container() }
        let configuration = network.bridge().with(["vlan": 100])
        let other = configuration.with(["vlan": 200, "isGateway": false])
        let kept = other.with(["preserveDefaultVlan": true])
        for (container, configuration) in zip(containers, [configuration, configuration, other, kept]) {
            _ = try network.attach(container, configuration)
        }
        #expect(try containers[1].canPing("10.1.0.2"))
        #expect(try containers[1].canPing("fd01::2"))
        #expect(try containers[1].canPing("10.1.0.1"))
        #expect(try containers[3].canPing("10.1.0.4"))
        #expect(try containers[2].isSilent("10.1.0.2"))
        #expect(try containers[2].isSilent("10.1.0.1"))
    }
}
