// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import LoopbackPlugin
import TestSupport
import Testing

@Suite(.needsNamespaces, .needsProgram("/usr/sbin/ip"))
struct LoopbackTests {
    private static let configuration: JSON = ["cniVersion": "1.1.0", "name": "lo", "type": "loopback"]

    private func call(
        _ command: Command, _ network: TestNetwork, _ container: TestContainer, arguments: String = ""
    ) throws -> Outcome {
        try network.call(
            Loopback.self, command, Self.configuration, for: container, interface: "lo",
            variables: ["CNI_ARGS": arguments])
    }

    private func isUp(_ container: TestContainer) throws -> Bool {
        try container.ip("link show lo").contains(",UP")
    }

    @Test
    func `DEL leaves lo up while another attachment is`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        #expect(try call(.add, network, container).status == 0)
        let bridge = network.bridge()
        _ = try network.attach(container, bridge)
        #expect(try call(.delete, network, container).status == 0)
        #expect(try isUp(container))
        #expect(try network.detach(container, bridge) == nil)
        #expect(try call(.delete, network, container).status == 0)
        #expect(try !isUp(container))
    }

    @Test(arguments: ["none", "", "KEY", "A=;B", "IgnoreUnknown=perhaps"])
    func `arguments that it has no use for are no error`(arguments: String) throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        #expect(try call(.add, network, container, arguments: arguments).status == 0)
        #expect(try call(.delete, network, container, arguments: arguments).status == 0)
    }

    @Test
    func `who uses arguments refuses what are none`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let outcome = try network.call(
            Bridge.self, .add, network.bridge(), for: network.container(), variables: ["CNI_ARGS": "none"])
        #expect(outcome.output?["code"]?.int == 4, "\(outcome)")
    }
}
