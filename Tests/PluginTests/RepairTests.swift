// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import TestSupport
import Testing

@Suite(.needsNamespaces, .needsProgram("/usr/sbin/ip"), .needsProgram("/usr/sbin/nft"))
struct RepairTests {
    /// Has the plugin mend an attachment, or say what that would take; returns the steps.
    private func repair(
        _ container: TestContainer, of network: TestNetwork, _ configuration: JSON, _ result: JSON,
        isRehearsal: Bool = false
    ) throws -> [String] {
        var invocation = network.invocation(
            .check, configuration.with(["prevResult": result]), for: container)
        invocation.environment["CNI_COMMAND"] = isRehearsal ? PlanProtocol.verb : PlanProtocol.repairVerb
        invocation.environment[PlanProtocol.variable] = "CHECK"
        let call = invocation
        let outcome = try network.run { Bridge.respond(to: call) }
        guard outcome.status == 0, let answer = outcome.output else {
            throw Unexpected(description: "repair: \(outcome)")
        }
        return try Plan(json: answer, version: .current).steps
    }

    @Test(arguments: Damage.all)
    func `whatever is damaged is reported, repaired, and then left alone`(damage: Damage) throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let configuration = network.bridge().with(["mtu": 1400, "hairpinMode": true])
        let result = try network.attach(container, configuration)
        #expect(try repair(container, of: network, configuration, result) == [])
        let hostLink = try #require(result["interfaces"]?.array?[1]["name"]?.string)
        try damage.damage(network, container, hostLink)
        let before = try network.snapshot()
        let told = try repair(container, of: network, configuration, result, isRehearsal: true)
        #expect(!told.isEmpty)
        #expect(try difference(before, network.snapshot()) == "", "a rehearsal changes nothing")
        #expect(try repair(container, of: network, configuration, result) == told)
        #expect(try network.fault(of: container, configuration, result) == nil)
        #expect(try repair(container, of: network, configuration, result) == [])
        #expect(try network.detach(container, configuration, result: result) == nil)
    }

    @Test
    func `after a flushed ruleset each attachment gets back its own, and the others' stays`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let configuration = network.bridge()
        var attached: [(container: TestContainer, result: JSON)] = []
        for _ in 0..<3 {
            let container = try network.container()
            attached.append((container, try network.attach(container, configuration)))
        }
        try network.nft("flush ruleset")
        for (container, result) in attached {
            #expect(try !repair(container, of: network, configuration, result).isEmpty)
        }
        for (container, result) in attached {
            #expect(try network.fault(of: container, configuration, result) == nil)
            #expect(try repair(container, of: network, configuration, result) == [])
        }
    }

    @Test
    func `what is somebody else's is not taken for a repair`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let configuration = network.bridge()
        let result = try network.attach(container, configuration)
        try network.nft("flush ruleset")
        try network.nft("add table inet cni_masquerade")
        try network.nft("add set inet cni_masquerade pods4 { type ipv4_addr ; }")
        let before = try network.snapshot()
        #expect(throws: Unexpected.self) { try repair(container, of: network, configuration, result) }
        #expect(try difference(before, network.snapshot()) == "")
    }

    @Test(arguments: ["", "02:00:00:00:00:77"])
    func `a bridge that was lost has the same MAC address again, and knows who comes back`(mac: String) throws
    {
        let network = try TestNetwork(siblings: .ipam)
        let (container, other) = (try network.container(), try network.container())
        let configuration = network.bridge(subnets: ["10.1.0.0/24"])
        let asking =
            mac.isEmpty ? configuration : configuration.with(["runtimeConfig": ["mac": .string(mac)]])
        let result = try network.attach(container, asking)
        let before = result["interfaces"]?.array?.first?["mac"]?.string
        try network.ip("link delete br0")
        let later = try network.attach(other, configuration)
        #expect(before != nil && later["interfaces"]?.array?.first?["mac"]?.string == before)
        #expect(try network.ip("link show br0").contains("alias swift-cni: a MAC address"))
        #expect(try !repair(container, of: network, configuration, result).isEmpty)
        #expect(try network.ip("link show br0").contains("alias swift-cni: a MAC address") == mac.isEmpty)
        #expect(try repair(container, of: network, configuration, result) == [])
    }
}
