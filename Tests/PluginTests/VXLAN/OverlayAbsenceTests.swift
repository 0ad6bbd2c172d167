// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import NetworkState
import TestSupport
import Testing
import VXLANOverlay

/// What is left on a node that leaves the overlay.
@Suite(.needsNamespaces, .needsVXLAN, .needsProgram("/usr/sbin/ip"))
struct OverlayAbsenceTests {
    private func leave(_ node: OverlayWorld.Node) throws -> [Change] {
        try node.network.run { try NetworkSession(container: nil).converge(to: OverlayNode.absence(vni: 1)) }
    }

    /// Without the switches for forwarding, which stay.
    private func rest(_ node: OverlayWorld.Node) throws -> [String] {
        try Scenario.withoutForwarding(node.network.snapshot()).split(separator: "\n").map(String.init)
    }

    @Test(arguments: ["vxlan", "host-gw"])
    func `nothing of ours is left, and nothing of others goes`(backend: String) throws {
        let world = try OverlayWorld(.both, backend: ["Type": .string(backend)])
        let node = world.nodes[0]
        try node.network.ip("link add flannel-v6.2 type vxlan id 2 dstport 8473")
        try node.network.ip("route add 10.99.0.0/24 via 192.168.77.3")
        let before = try rest(node)
        try node.converge(to: world.leases)
        try #require(rest(node) != before)
        #expect(try !leave(node).isEmpty)
        #expect(try rest(node) == before)
        #expect(try leave(node).isEmpty)
    }

    @Test func `an agent that died at any operation can be cleaned up after`() throws {
        let world = try OverlayWorld(.both, count: 2)
        let node = world.nodes[0]
        let before = try rest(node)
        let wanted = node.overlay.desiredState(peers: world.leases).state
        func run() { _ = try? NetworkSession(container: nil).converge(to: wanted) }
        let (moments, _) = try node.network.run { FaultInjection.moments { run() } }
        try #require(moments.count > 10)
        _ = try leave(node)
        for moment in moments {
            _ = try node.network.run { FaultInjection.halting(at: moment.index) { run() } }
            _ = try leave(node)
            let left = try rest(node)
            #expect(left == before, "\(moment)")
        }
    }
}
