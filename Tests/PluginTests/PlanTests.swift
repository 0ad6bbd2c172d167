// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import HostLocalPlugin
import LoopbackPlugin
import TestSupport
import Testing

@Suite(.needsNamespaces)
struct PlanTests {
    private func plan(
        _ network: TestNetwork, _ command: Command, _ container: TestContainer, _ configuration: JSON
    ) throws -> Plan {
        let invocation = network.invocation(command, configuration, for: container)
        return try network.run { try Bridge.plan(for: invocation) }
    }

    @Test func `a plan for ADD changes nothing and says what ADD then does`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let configuration = network.bridge().with(["ipMasq": true])
        let before = try (network.snapshot(), container.snapshot(), network.dataDir.files { _ in true })
        let plan = try plan(network, .add, container, configuration)
        #expect(try network.snapshot() == before.0)
        #expect(try container.snapshot() == before.1)
        #expect(network.dataDir.files { _ in true } == before.2)
        #expect(plan.steps.prefix(2) == ["host-local: lease 10.1.0.2", "host-local: lease fd01::2"])
        #expect(plan.steps.contains("host: create link br0 type bridge"))
        #expect(plan.steps.contains("container: create address 10.1.0.2/24 dev eth0"))
        let planned = try #require(plan.result)
        let result = try CNIResult(json: network.attach(container, configuration))
        #expect(planned.ips == result.ips)
        #expect(planned.routes == result.routes)
        #expect(planned.interfaces.map(\.name) == result.interfaces.map(\.name))
        #expect(planned.interfaces.map(\.sandbox) == result.interfaces.map(\.sandbox))
        // Not the kernel's: udev would change that.
        #expect(planned.interfaces.filter { $0.name != "br0" }.allSatisfy { $0.mac != nil })
        #expect(try network.detach(container, configuration, result: nil) == nil)
    }

    @Test func `a plan for DEL changes nothing and names what is there`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let configuration = network.bridge().with(["ipMasq": true])
        _ = try network.attach(container, configuration)
        let before = try network.snapshot()
        let plan = try plan(network, .delete, container, configuration)
        #expect(try network.snapshot() == before)
        #expect(plan.result == nil)
        #expect(plan.steps.filter { $0.hasPrefix("host: remove link veth") }.count == 1, "\(plan.steps)")
        #expect(plan.steps.filter { $0.hasPrefix("host: remove element") }.count == 4, "\(plan.steps)")
        #expect(plan.steps.suffix(2) == ["host-local: release 10.1.0.2", "host-local: release fd01::2"])
        #expect(try network.detach(container, configuration, result: nil) == nil)
        #expect(try self.plan(network, .delete, container, configuration).steps.isEmpty)
    }

    @Test func `what ADD would refuse, its plan refuses`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let configuration = network.bridge()
        _ = try network.attach(container, configuration)
        let error = #expect(throws: CNIError.self) { try plan(network, .add, container, configuration) }
        #expect(error?.code == .invalidEnvironment)
        #expect(error?.message.contains("eth0 exists already") == true)
        #expect(try network.detach(container, configuration, result: nil) == nil)
    }

    @Test func `an IPAM plugin that is nowhere cannot be planned, nor another verb`() throws {
        let network = try TestNetwork()
        let container = try network.container()
        let foreign = #expect(throws: CNIError.self) {
            try plan(network, .add, container, network.bridge())
        }
        #expect(foreign?.code == .invalidEnvironment)
        let verb = #expect(throws: CNIError.self) {
            try plan(network, .check, container, network.bridge())
        }
        #expect(verb?.code == .invalidEnvironment)
    }
}
