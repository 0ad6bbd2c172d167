// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import Netlink
import NetworkState
import TestSupport
import Testing
import VXLANOverlay

/// Following changed leases without a look at the others, and being told of changes, with a real kernel.
@Suite(.needsNamespaces, .needsVXLAN, .needsProgram("/usr/sbin/ip"), .needsProgram("/usr/sbin/bridge"))
struct OverlayFollowTests {
    private static let backends: [JSON] = [
        ["Type": "vxlan"], ["Type": "vxlan", "DirectRouting": true], ["Type": "host-gw"],
    ]

    /// Random nodes, of which some are on the link, some share what only one can have, and some have changed.
    private func leases(_ backend: OverlayBackend, _ random: inout Seeded) throws -> [Lease] {
        func number(_ range: ClosedRange<UInt64>) -> UInt64 { UInt64.random(in: range, using: &random) }
        return try (2...14).compactMap { index in
            if number(0...9) < 3 { return nil }
            let subnet = number(0...9) < 8 ? UInt64(index) : number(2...14)
            var lease = try OverlayWorld.lease(Int(subnet), .both, backend)
            let isOnLink = number(0...1) == 0
            for family in IPAddress.Family.allCases {
                // Of few addresses and MAC addresses, so that they move from one node to another.
                let host = UInt128(20 + number(0...9) % 4 + 4 * UInt64(index % 3))
                let network: UInt128 =
                    switch (family, isOnLink) {
                    case (.v4, true): 0xc0a8_4d00
                    case (.v4, false): 0xc633_6400
                    case (.v6, true): 0xfd77 << 112
                    case (.v6, false): 0x2001_0db8 << 96
                    }
                let mac = MACAddress(bits: 0x0242_0000_1000 + number(0...20) + (family == .v4 ? 0 : 0x100))
                let tunnel = backend.isTunnel ? Lease.Tunnel(vni: backend.vni, mac: mac) : nil
                let address = IPAddress(family, bits: network + host)
                if family == .v4 {
                    lease.v4?.publicIP = address
                    lease.v4?.tunnel = tunnel
                } else {
                    lease.v6?.publicIP = address
                    lease.v6?.tunnel = tunnel
                }
            }
            return lease
        }
    }

    /// What has been told by now, as objects.
    private func told(
        _ monitor: NetworkMonitor, _ names: [UInt32: String]
    ) throws -> [(object: Object, isRemoved: Bool)] {
        var all: [NetworkEvent] = []
        while case let events = try monitor.events(within: 0), !events.isEmpty { all += events }
        try #require(!all.contains(.lost))
        return all.compactMap { event in event.object { names[$0] } }
    }

    private func names() throws -> [UInt32: String] {
        Dictionary(uniqueKeysWithValues: try RoutingSocket().links().map { ($0.index, $0.name) })
    }

    @Test(arguments: backends.indices, [true, false])
    func `applying only the changes has the same result as comparing everything, and reports nothing new`(
        backend: Int, usesNexthops: Bool
    ) throws {
        let world = try OverlayWorld(.both, backend: Self.backends[backend], count: 1)
        let node = world.nodes[0]
        var overlay = node.overlay
        if !usesNexthops { overlay.usesNexthops = false }
        var random = Seeded(backend)
        try node.network.run {
            let session = NetworkSession(container: nil)
            var known = overlay.judged([])
            try session.converge(to: overlay.desiredState(for: known))
            let monitor = try NetworkMonitor()
            let names = try names()
            var counts = (steps: 0, told: 0)
            for round in 0..<25 {
                let judged = overlay.judged(try leases(overlay.configuration.backend, &random))
                let (state, expected) = overlay.changedState(from: known, to: judged)
                let steps = try session.converge(to: state, from: expected)
                let entries = ExpectedEntries(of: overlay, for: judged)
                let events = try told(monitor, names)
                for (object, isRemoved) in events {
                    #expect(
                        !entries.conflict(with: object, isRemoved: isRemoved),
                        "TEST_SEED=\(Seeded.seed) \(round): \(isRemoved ? "without" : "with") \(object), \(steps)"
                    )
                }
                let rest = try session.converge(to: overlay.desiredState(for: judged))
                try #require(rest.isEmpty, "TEST_SEED=\(Seeded.seed) \(round): \(rest) after \(steps)")
                known = judged
                counts.steps += steps.count
                counts.told += events.count
            }
            #expect(counts.steps > 100 && counts.told >= counts.steps, "\(counts)")
        }
    }

    @Test func `whatever somebody else does to an entry contradicts what is expected`() throws {
        let world = try OverlayWorld(.both)
        let node = world.nodes[0]
        try node.converge(to: world.leases)
        let entries = ExpectedEntries(of: node.overlay, for: node.overlay.judged(world.leases))
        let (mac, other) = ("02:42:00:04:00:02", "02:42:00:00:00:99")
        let damages = [
            "ip route delete 10.5.2.0/24", "ip -6 route delete fd05:0:0:2::/64",
            "ip route add 10.5.77.0/24 dev lo proto 67",
            "ip route replace 10.5.2.0/24 via 10.5.3.0 dev flannel.1 onlink proto 67",
            "ip neighbour delete 10.5.2.0 dev flannel.1",
            "ip neighbour replace 10.5.2.0 lladdr \(other) dev flannel.1 nud permanent",
            "ip neighbour replace 10.5.2.0 lladdr \(mac) dev flannel.1 nud stale",
            "ip neighbour add 10.5.99.0 lladdr \(other) dev flannel.1 nud permanent",
            "bridge fdb delete \(mac) dev flannel.1 dst 192.168.77.2 self",
            "bridge fdb append \(mac) dev flannel.1 dst 192.168.77.9 self permanent",
            "bridge fdb add \(other) dev flannel.1 dst 192.168.77.9 self permanent",
        ]
        for command in damages {
            try node.network.run {
                let monitor = try NetworkMonitor()
                let names = try names()
                let outcome = Program.run("/usr/sbin/\(command)".split(separator: " ").map(String.init))
                try #require(outcome.status == 0, "\(command): \(outcome.output)")
                let events = try told(monitor, names)
                #expect(
                    events.contains { entries.conflict(with: $0.object, isRemoved: $0.isRemoved) },
                    "\(command): \(events)")
                // That it says so is right: there is something to do.
                #expect(!(try node.converge(to: world.leases)).isEmpty, "\(command)")
                let repair = try told(monitor, names)
                #expect(
                    !repair.contains { entries.conflict(with: $0.object, isRemoved: $0.isRemoved) },
                    "\(command): \(repair)")
            }
        }
    }

    @Test(.enabled(if: OverlayNode.kernelShowsNexthops, "needs Linux 5.8"))
    func `nexthops come and go with their routes, and stay with those of others`() throws {
        let world = try OverlayWorld(.both)
        var node = world.nodes[0]
        func nexthops() throws -> [String] {
            try node.network.ip("nexthop show").split(separator: "\n").map {
                $0.split(separator: " ").prefix(2).joined(separator: " ")
            }
        }
        // An agent of before, or flannel: the routes are replaced in place.
        node.overlay.usesNexthops = false
        try node.converge(to: world.leases)
        #expect(try nexthops().isEmpty)
        node.overlay.usesNexthops = true
        let steps = try node.converge(to: world.leases)
        #expect(
            steps.count == 2
                && steps.allSatisfy { if case .modify(.route, _) = $0.action { true } else { false } })
        let own = ["id \(10 << 24 | 5 << 16 | 2 << 8)", "id \(10 << 24 | 5 << 16 | 3 << 8)"]
        #expect(try nexthops() == own)
        // Somebody's route, with a nexthop that others may use, too, in the place of one of ours: it stays.
        try node.network.ip("nexthop add id 7 dev eth0")
        try node.network.ip("route replace 10.5.2.0/24 nhid 7")
        try node.converge(to: world.leases)
        #expect(try node.network.ip("route show 10.5.2.0/24").hasPrefix("10.5.2.0/24 nhid 7 "))
        #expect(try nexthops().contains("id 7"))
        try node.network.ip("route delete 10.5.2.0/24")
        try node.converge(to: world.leases)
        #expect(try node.network.ip("route show 10.5.2.0/24").contains("via 10.5.2.0 dev flannel.1"))
        #expect(try nexthops() == ["id 7"] + own)
        // Without a nexthop its route has gone, too.
        let entries = ExpectedEntries(of: node.overlay, for: node.overlay.judged(world.leases))
        try node.network.run {
            let monitor = try NetworkMonitor()
            try node.network.ip("nexthop delete \(own[0])")
            let events = try monitor.events(within: 1000)
            #expect(
                events.contains {
                    if case .nexthop(let id, true) = $0 { entries.needNexthop(id) } else { false }
                }, "\(events)")
        }
        #expect(try node.network.ip("route show 10.5.2.0/24").isEmpty)
        try node.converge(to: world.leases)
        #expect(try node.network.ip("route show 10.5.2.0/24").contains("via 10.5.2.0 dev flannel.1"))
        // Nodes that leave take theirs along.
        try node.converge(to: [])
        #expect(try nexthops() == ["id 7"])
    }

    @Test func `what has nothing to do with other nodes contradicts nothing`() throws {
        let world = try OverlayWorld(.both)
        let node = world.nodes[0]
        try node.converge(to: world.leases)
        let entries = ExpectedEntries(of: node.overlay, for: node.overlay.judged(world.leases))
        try node.network.run {
            let monitor = try NetworkMonitor()
            let names = try names()
            for command in [
                "route add 10.6.2.128/25 dev eth0",
                "route add 198.51.100.0/24 via 10.5.2.0 dev flannel.1 onlink",
                "route add 10.5.1.7/32 dev eth0", "route add 10.5.2.0/24 dev eth0 table 7",
                "neighbour add 10.5.3.7 lladdr 02:42:00:00:00:77 dev flannel.1 nud stale",
                "neighbour add 192.168.77.99 lladdr 02:42:00:00:00:77 dev eth0 nud permanent",
            ] { try node.network.ip(command) }
            let events = try told(monitor, names)
            #expect(events.count >= 6)
            for (object, isRemoved) in events {
                #expect(!entries.conflict(with: object, isRemoved: isRemoved), "\(object)")
            }
            #expect(try node.converge(to: world.leases).isEmpty)
        }
    }
}
