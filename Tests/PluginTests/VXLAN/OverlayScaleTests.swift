// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import LinuxCore
import Netlink
import NetworkState
import TestSupport
import Testing
import VXLANOverlay

/// A cluster of thousands of nodes.
@Suite(.needsNamespaces, .needsVXLAN, .needsProgram("/usr/sbin/ip"), .serialized)
struct OverlayScaleTests {
    private func peers(_ count: Int) -> [Lease] {
        (0..<count).compactMap { number in
            let subnet = IPAddress(.v4, bits: 0x0a10_0000 + UInt128(number) << 8)
            return IPPrefix(subnet, length: 24).map { subnet in
                Lease(
                    v4: Lease.Part(
                        subnet: subnet, publicIP: IPAddress(.v4, bits: 0xac10_0001 + UInt128(number)),
                        tunnel: Lease.Tunnel(vni: 1, mac: MACAddress(bits: 0x0242_0000_0000 + UInt64(number)))
                    ),
                    backendType: "vxlan")
            }
        }
    }

    private func node(in world: OverlayWorld) throws -> OverlayNode {
        var lease = world.leases[0]
        lease.v4?.subnet = try #require(IPPrefix("10.255.1.0/24"))
        return try OverlayNode(
            configuration: OverlayConfiguration(json: ["Network": "10.0.0.0/8"]), lease: lease,
            underlay: world.nodes[0].overlay.underlay)
    }

    @Test func `a node learns 5000 others, and one more and one less, in a few seconds`() throws {
        let world = try OverlayWorld(.v4, count: 1)
        let node = try node(in: world)
        let all = peers(5001)
        try world.nodes[0].network.run {
            let session = NetworkSession(container: nil)
            let peers = Array(all.dropLast())
            var steps: [Change] = []
            let first = try ThreadTime.measure {
                let (state, refused) = node.desiredState(peers: peers)
                #expect(refused.isEmpty)
                steps = try session.converge(to: state)
            }
            #expect(steps.count > 15_000)
            let (operations, second) = try FaultInjection.operations {
                try ThreadTime.measure {
                    steps = try session.converge(to: node.desiredState(peers: peers).state)
                }
            }
            #expect(steps.isEmpty)
            let third = try ThreadTime.measure {
                steps = try session.converge(to: node.desiredState(peers: Array(all.dropFirst())).state)
            }
            #expect(steps.count == 6, "\(steps)")
            print("5000 nodes: first \(first), nothing \(second), one for another \(third)")
            // One dump for each kind, whatever their number.
            #expect(operations.count < 30, "\(operations)")
            // Of this thread, whatever else the machine does. Linear, it is a second or two; a single search through a list
            // for each would take minutes.
            #expect(first < .seconds(60) && second < .seconds(30) && third < .seconds(30))
        }
    }
}
