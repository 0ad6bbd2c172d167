// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import Netlink
import NetworkState
import TestSupport
import Testing
import VXLANOverlay

/// The overlay on hosts that have networks of their own among its addresses, with a real kernel.
@Suite(.needsNamespaces, .needsVXLAN, .needsProgram("/usr/sbin/ip"))
struct OverlayHostTests {
    private let world: OverlayWorld
    private let node: OverlayWorld.Node

    init() throws {
        world = try OverlayWorld(.both)
        node = world.nodes[0]
        for words in ["link add st0 type veth peer name st1", "link set st0 up", "link set st1 up"] {
            try node.network.ip(words)
        }
    }

    /// The overlay's own routes: which subnets of nodes 2 and 3 are reached.
    private func reached() throws -> Set<String> {
        let lines = try node.network.ip("route show proto 67") + node.network.ip("-6 route show proto 67")
        return Set(
            lines.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) })
    }

    private let all: Set = ["10.5.2.0/24", "10.5.3.0/24", "fd05:0:0:2::/64", "fd05:0:0:3::/64"]

    /// The routes of others, in the words of ip(8).
    private func foreign() throws -> [String] {
        (try node.network.ip("route show") + node.network.ip("-6 route show")).split(separator: "\n")
            .map(String.init).filter { !$0.contains("proto 67") && !$0.hasPrefix("fe80::") }.sorted()
    }

    /// What is made, how it is taken away, and the subnet that it keeps out.
    private static let networks: [(make: [String], take: String, subnet: String)] = [
        (["address add 10.5.2.1/24 dev st0"], "address delete 10.5.2.1/24 dev st0", "10.5.2.0/24"),
        (
            ["-6 address add fd05:0:0:2::9/64 dev st0 nodad"],
            "-6 address delete fd05:0:0:2::9/64 dev st0", "fd05:0:0:2::/64"
        ),
        (["address add 10.5.3.77/32 dev lo"], "address delete 10.5.3.77/32 dev lo", "10.5.3.0/24"),
        (["address add 10.5.3.9 peer 10.5.3.10 dev st0"], "address delete 10.5.3.9 dev st0", "10.5.3.0/24"),
        (["route add 10.5.2.64/26 dev st0"], "link delete st0", "10.5.2.0/24"),
        (["route append 10.5.2.0/24 dev st0"], "route delete 10.5.2.0/24 dev st0", "10.5.2.0/24"),
        (["route replace 10.5.2.0/24 dev eth0"], "route delete 10.5.2.0/24 dev eth0", "10.5.2.0/24"),
        (
            ["route replace 10.5.2.0/24 via 192.168.77.3"], "route delete 10.5.2.0/24 via 192.168.77.3",
            "10.5.2.0/24"
        ),
        (
            ["route add 10.5.2.0/24 via 192.168.77.3 metric 900"],
            "route delete 10.5.2.0/24 via 192.168.77.3", "10.5.2.0/24"
        ),
        (["route add blackhole 10.5.2.0/24 metric 3"], "route delete blackhole 10.5.2.0/24", "10.5.2.0/24"),
        (
            ["-6 route add fd05:0:0:3::/64 via fd77::2 metric 5"],
            "-6 route delete fd05:0:0:3::/64 via fd77::2",
            "fd05:0:0:3::/64"
        ),
        (
            ["-6 route add unreachable fd05:0:0:3::/64 metric 9"],
            "-6 route delete unreachable fd05:0:0:3::/64",
            "fd05:0:0:3::/64"
        ),
        (
            ["route add 10.5.3.0/24 metric 4 nexthop via 192.168.77.2 nexthop via 192.168.77.3"],
            "route delete 10.5.3.0/24 metric 4", "10.5.3.0/24"
        ),
    ]

    @Test(arguments: networks.indices, [true, false])
    func
        `a network of the host's stays as it is, its subnet comes back when it goes, and no other is touched`(
            index: Int, isThereBefore: Bool
        ) throws
    {
        let (make, take, subnet) = Self.networks[index]
        if !isThereBefore {
            try node.converge(to: world.leases)
            #expect(try reached() == all)
        }
        let monitor = try NetworkMonitor(in: node.network.host)
        let before = ExpectedEntries(of: node.overlay, for: try node.judged(world.leases))
        // One that replaces ours needs one of ours.
        for words in make where !isThereBefore || !words.contains("append") { try node.network.ip(words) }
        if isThereBefore, make[0].contains("append") { return }
        #expect(try tells(monitor, of: before), "\(make)")
        let foreignBefore = try foreign()
        let steps = try node.converge(to: world.leases)
        #expect(try reached() == all.subtracting([subnet]), "\(steps)")
        #expect(
            try foreign().filter { !$0.contains("flannel") }
                == foreignBefore.filter { !$0.contains("flannel") })
        #expect(try node.converge(to: world.leases).isEmpty)
        try told(monitor)
        let during = ExpectedEntries(of: node.overlay, for: try node.judged(world.leases))
        try node.network.ip(take)
        #expect(try tells(monitor, of: during), "\(take)")
        try node.converge(to: world.leases)
        #expect(try reached() == all)
        #expect(try node.converge(to: world.leases).isEmpty)
    }

    /// What is told by now: the kernel tells before the call returns that has changed something.
    @discardableResult
    private func told(_ monitor: NetworkMonitor) throws -> [NetworkEvent] {
        var all: [NetworkEvent] = []
        let end = ContinuousClock.now + .milliseconds(200)
        // Some of it comes to nothing, and is not the end.
        while .now < end { all += try monitor.events(within: 50) }
        return all
    }

    /// Whether something is told, within a minute and a half, that goes against what is expected.
    private func tells(_ monitor: NetworkMonitor, of entries: ExpectedEntries) throws -> Bool {
        let end = ContinuousClock.now + .seconds(90)
        while .now < end {
            if try monitor.events(within: 1000).contains(where: { isAbout($0, entries) }) { return true }
        }
        return false
    }

    private func isAbout(_ event: NetworkEvent, _ entries: ExpectedEntries) -> Bool {
        if case .link(let link, _) = event { return entries.dependOnHostLink(link.name) }
        // By whatever link.
        guard let (object, isRemoved) = event.object(naming: { _ in "" }) else { return false }
        return HostNetwork(
            object, in: node.overlay.configuration, routeProtocol: node.overlay.routeProtocol) != nil
            && entries.conflict(with: object, isRemoved: isRemoved)
    }

    @Test func `packets to a network of the host go there, before and after the agent's turn`() throws {
        func way() throws -> String { try node.network.ip("route get 10.5.2.9") }
        try node.converge(to: world.leases)
        #expect(try way().contains("dev flannel.1"))
        try node.network.ip("address add 10.5.2.1/24 dev st0")
        try node.converge(to: world.leases)
        #expect(try way().contains("dev st0"))
        #expect(try node.network.ip("neighbour show dev flannel.1").contains("10.5.2.0 ") == false)
        try node.network.ip("link set st0 down")
        try node.network.ip("link set st0 up")
        try node.converge(to: world.leases)
        #expect(try way().contains("dev st0"))
        try node.network.ip("link delete st0")
        try node.converge(to: world.leases)
        #expect(try way().contains("dev flannel.1"))
    }

    @Test(.needsProgram("/usr/sbin/sysctl"))
    func `forwarding that somebody switches off is reported and switched on again`() throws {
        try node.converge(to: world.leases)
        let monitor = try NetworkMonitor(in: node.network.host)
        let entries = ExpectedEntries(of: node.overlay, for: try node.judged(world.leases))
        for setting in ["net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"] {
            for (value, isWrong) in [("0", true), ("1", false)] {
                try node.network.run {
                    _ = Program.run(["/usr/sbin/sysctl", "-qw", "\(setting)=\(value)"])
                }
                let isTold = try told(monitor).contains { event in
                    guard let (object, isRemoved) = event.object(naming: { _ in "" }),
                        case .sysctl = object
                    else { return false }
                    return entries.conflict(with: object, isRemoved: isRemoved)
                }
                #expect(isTold == isWrong, "\(setting)=\(value)")
                let steps = try node.converge(to: world.leases)
                #expect(steps.isEmpty != isWrong, "\(steps)")
                try told(monitor)
            }
        }
    }

    @Test func `a route that the kernel joins with one of ours keeps the node out, and stays`() throws {
        func routes() throws -> String { try node.network.ip("-6 route show fd05:0:0:3::/64") }
        try node.converge(to: world.leases)
        let monitor = try NetworkMonitor(in: node.network.host)
        let before = ExpectedEntries(of: node.overlay, for: try node.judged(world.leases))
        try node.network.ip("-6 route append fd05:0:0:3::/64 via fd77::2 dev eth0")
        try #require(try routes().contains("nexthop via fd77::2 dev eth0"))
        #expect(try tells(monitor, of: before))
        let refused = try node.judged(world.leases).refused
        #expect(refused.map(\.reason) == ["the host has another route to its subnet fd05:0:0:3::/64"])
        try node.converge(to: world.leases)
        #expect(try routes().contains("via fd77::2 dev eth0"))
        #expect(try node.converge(to: world.leases).isEmpty)
        let during = ExpectedEntries(of: node.overlay, for: try node.judged(world.leases))
        try node.network.ip("-6 route delete fd05:0:0:3::/64 via fd77::2 dev eth0")
        #expect(try tells(monitor, of: during))
        try node.converge(to: world.leases)
        #expect(try reached() == all)
        #expect(try node.judged(world.leases).refused.isEmpty)
    }

    @Test func `flannel's routes on its device are taken over with it`() throws {
        try node.converge(to: world.leases)
        for words in [
            "route change 10.5.2.0/24 via 10.5.2.0 dev flannel.1 onlink proto boot",
            "-6 route replace fd05:0:0:2::/64 via fd05:0:0:2:: dev flannel-v6.1 onlink proto boot",
        ] { try node.network.ip(words) }
        #expect(try reached().count == 2)
        try node.converge(to: world.leases)
        #expect(try reached() == all)
        #expect(try node.converge(to: world.leases).isEmpty)
    }
}
