// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import Netlink
import TestSupport
import Testing

@Suite(.needsNamespaces)
struct StatusTests {
    @Test
    func `STATUS is fine before, during and after an attachment, and changes nothing`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let configuration = network.bridge()
        for step in 0...2 {
            if step == 1 { _ = try network.attach(container, configuration) }
            if step == 2 { #expect(try network.detach(container, configuration) == nil) }
            let before = try network.snapshot()
            let outcome = try network.call(Bridge.self, .status, configuration)
            #expect(outcome == .success(), "step \(step)")
            #expect(try difference(before, network.snapshot()) == "")
        }
    }

    @Test
    func `STATUS says that there is no address left`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let configuration = network.bridge(subnets: ["10.1.0.0/30"])
        let container = try network.container()
        #expect(try network.call(Bridge.self, .status, configuration).status == 0)
        let result = try network.attach(container, configuration)
        let full = try network.call(Bridge.self, .status, configuration)
        #expect(full.status == 1)
        #expect([50, 51].contains(full.output?["code"]?.int), "\(full)")
        let second = try network.container()
        let before = try network.snapshot()
        #expect(try network.call(Bridge.self, .add, configuration, for: second).status == 1)
        #expect(try difference(before, network.snapshot()) == "")
        #expect(try network.detach(container, configuration, result: result) == nil)
        #expect(try network.call(Bridge.self, .status, configuration).status == 0)
    }

    @Test
    func `STATUS says that the bridge's name is taken`() throws {
        let network = try TestNetwork(siblings: .ipam)
        try network.run {
            try RoutingSocket().perform { $0.addLink("br0", .veth(Veth(peer: Veth.Peer(name: "other")))) }
        }
        let outcome = try network.call(Bridge.self, .status, network.bridge())
        #expect(outcome.status == 1 && outcome.output?["code"]?.int == 50, "\(outcome)")
    }
}
