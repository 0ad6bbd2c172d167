// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import Netlink
import NetworkState
import TestSupport
import Testing
import VXLANOverlay
import VXLANPlugin

/// A node that gets another subnet while containers have addresses of the one before.
@Suite(.needsNamespaces, .needsVXLAN, .needsProgram("/usr/sbin/ip"), .needsProgram("/usr/bin/ping"))
struct FormerSubnetTests {
    private func call(
        _ command: Command, _ node: OverlayWorld.Node, _ container: TestContainer? = nil,
        _ members: [String: JSON?] = [:]
    ) throws -> Outcome {
        try node.network.call(VXLANPlugin.self, command, node.configuration.with(members), for: container)
    }

    private func addresses(_ node: OverlayWorld.Node) throws -> Set<String> {
        Set(
            try node.network.ip("-o address show dev cni0 scope global").split(separator: "\n").compactMap {
                let words = $0.split(separator: " ")
                return words.firstIndex { $0 == "inet" || $0 == "inet6" }.map { String(words[$0 + 1]) }
            })
    }

    private func expect(_ found: Set<String>, _ wanted: Set<String>) {
        #expect(found == wanted)
    }

    /// The same node with the subnets of another number.
    private func moved(_ node: OverlayWorld.Node, to number: Int) throws -> OverlayWorld.Node {
        var node = node
        var lease = node.overlay.lease
        let other = try OverlayWorld.lease(number, .both, node.overlay.configuration.backend)
        if let subnet = other.v4?.subnet { lease.v4?.subnet = subnet }
        if let subnet = other.v6?.subnet { lease.v6?.subnet = subnet }
        var overlay = try OverlayNode(
            configuration: node.overlay.configuration, lease: lease, underlay: node.overlay.underlay)
        overlay.usesNexthops = node.overlay.usesNexthops
        node.overlay = overlay
        try node.converge(to: [lease])
        try node.writeFile()
        return node
    }

    @Test func `containers of the former subnet keep their gateway, and the last one takes it along`() throws
    {
        let world = try OverlayWorld(.both, count: 1)
        let before = world.nodes[0]
        try before.converge(to: world.leases)
        try before.writeFile()
        let old = try before.network.container("old")
        let result = try before.attach(old)
        let node = try moved(before, to: 40)
        let new = try node.network.container("new")
        let outcome = try call(.add, node, new)
        try #require(outcome.status == 0, "\(outcome)")
        let both: Set = ["10.5.1.1/24", "fd05:0:0:1::1/64", "10.5.40.1/24", "fd05:0:0:40::1/64"]
        expect(try addresses(node), both)
        for target in ["10.5.40.2", "fd05:0:0:40::2"] {
            #expect(try old.canPing(target), "\(target)")
        }
        #expect(try new.canPing("10.5.1.2"))
        #expect(try call(.check, node, old, ["prevResult": result]).status == 0)
        #expect(try call(.check, node, new, ["prevResult": outcome.output]).status == 0)
        #expect(try call(.status, node).status == 0)
        // One more while the former subnet is in use, and one when it is not.
        _ = try node.attach(try node.network.container("another"))
        expect(try addresses(node), both)
        #expect(try call(.delete, node, old, ["prevResult": result]).status == 0)
        expect(try addresses(node), both)
        #expect(try call(.check, node, new, ["prevResult": outcome.output]).status == 0)
        _ = try node.attach(try node.network.container("last"))
        expect(try addresses(node), ["10.5.40.1/24", "fd05:0:0:40::1/64"])
    }

    @Test
    func `an address of somebody else's in the cluster's network stays, and one of elsewhere is rejected`()
        throws
    {
        let world = try OverlayWorld(.v4, count: 1)
        let node = world.nodes[0]
        try node.converge(to: world.leases)
        try node.writeFile()
        // As flannel's bridge has it, of the subnet that the node had then.
        try node.network.ip("link add cni0 type bridge")
        try node.network.ip("link set cni0 up")
        try node.network.ip("address add 10.5.77.1/24 dev cni0")
        _ = try node.attach(try node.network.container("one"))
        #expect(try addresses(node) == ["10.5.77.1/24", "10.5.1.1/24"])
        try node.network.ip("address delete 10.5.1.1/24 dev cni0")
        try node.network.ip("address add 10.99.0.1/24 dev cni0")
        let outcome = try call(.add, node, try node.network.container("two"))
        #expect(outcome.status != 0)
        #expect(outcome.output?["msg"]?.string?.contains("10.99.0.1/24") == true, "\(outcome)")
    }
}
