// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import LinuxCore
import Netlink
import NetworkState
import TestSupport
import Testing
import VXLANOverlay

/// What is in a node's kernel after its agent has described it.
@Suite(.needsNamespaces, .needsVXLAN, .needsProgram("/usr/sbin/ip"))
struct OverlayStateTests {
    /// The routes, neighbours and forwarding entries of a node, in words, those of the kernel's own left out.
    private func entries(of node: OverlayWorld.Node) throws -> Set<String> {
        try node.network.run {
            let routing = try RoutingSocket()
            var lines: Set<String> = []
            for link in try routing.links() where link.name != "lo" {
                for family in IPAddress.Family.allCases {
                    for (_, route) in try routing.routes(family, table: Route.mainTable, through: link.index)
                    where !route.destination.address.isLinkLocal && !route.destination.address.isMulticast {
                        lines.insert("\(link.name) route \(route.text) proto \(route.protocol)")
                    }
                }
                for (_, entry) in try routing.neighbours(on: link.index)
                where entry.state == NeighbourState.permanent {
                    lines.insert("\(link.name) neighbour \(entry.address) \(entry.mac.map { "\($0)" } ?? "")")
                }
                for (_, entry) in try routing.forwarding(on: link.index) {
                    guard let destination = entry.destination else { continue }
                    lines.insert("\(link.name) fdb \(entry.mac) \(destination)")
                }
            }
            return lines
        }
    }

    @Test
    func `tunnel devices have no link-local address, so that nothing of theirs is announced on the overlay`()
        throws
    {
        let world = try OverlayWorld(.both)
        let node = world.nodes[0]
        try node.converge(to: world.leases)
        for device in ["flannel.1", "flannel-v6.1"] {
            #expect(try node.network.ip("link show dev \(device)").contains(",UP"))
            let addresses = try node.network.ip("-6 address show dev \(device)")
            #expect(!addresses.contains("inet6 fe80"), "\(addresses)")
        }
        #expect(try node.network.ip("-6 address show dev flannel-v6.1").contains("fd05:0:0:1::/128"))
    }

    @Test(arguments: Families.allCases)
    func `what no container has is dropped if that is asked for, and a bridge's route counts more`(
        families: Families
    ) throws {
        let world = try OverlayWorld(families)
        var node = world.nodes[0]
        let family = families.hasIPv4 ? "-4" : "-6"
        let (subnet, address) =
            families.hasIPv4 ? ("10.5.1.0/24", "10.5.1.9") : ("fd05:0:0:1::/64", "fd05:0:0:1::9")
        node.overlay.dropsUnusedAddresses = true
        try node.converge(to: world.leases)
        #expect(try node.converge(to: world.leases).isEmpty)
        #expect(try node.network.ip("\(family) route show type blackhole").contains(subnet))
        let get = try node.network.run { Program.run(["/usr/sbin/ip", family, "route", "get", address]) }
        #expect(get.output.contains("nvalid argument"))
        try node.network.ip("link add cni9 type bridge")
        try node.network.ip("link set cni9 up")
        try node.network.ip("\(family) route add \(subnet) dev cni9")
        #expect(try node.network.ip("\(family) route get \(address)").contains("dev cni9"))
        #expect(try node.converge(to: world.leases).isEmpty)
        node.overlay.dropsUnusedAddresses = false
        try node.converge(to: world.leases)
        #expect(try !node.network.ip("\(family) route show type blackhole").contains(subnet))
        #expect(try node.network.ip("\(family) route get \(address)").contains("dev cni9"))
    }

    @Test(arguments: Families.allCases, ["vxlan", "direct", "host-gw"])
    func `a node that left leaves nothing, and what others have made stays`(
        families: Families, backend: String
    ) throws {
        let settings: JSON =
            backend == "direct" ? ["Type": "vxlan", "DirectRouting": true] : ["Type": .string(backend)]
        let world = try OverlayWorld(families, backend: settings)
        let node = world.nodes[0]
        try node.converge(to: [world.leases[1]])
        let two = try entries(of: node)
        try node.converge(to: world.leases)
        let three = try entries(of: node)
        #expect(three.isStrictSuperset(of: two))
        #expect(try node.converge(to: world.leases).isEmpty)
        // Of others: a route by a gateway of ours, one elsewhere, a flood entry, an entry of another device.
        let device = families.hasIPv4 ? "flannel.1" : "flannel-v6.1"
        if families.hasIPv4 { try node.network.ip("route add 10.99.0.0/24 via 192.168.77.3") }
        if backend == "vxlan" {
            let (gateway, net) =
                families.hasIPv4 ? ("10.5.3.0", "10.98.0.0/24") : ("fd05:0:0:3::", "fd98::/64")
            try node.network.ip("route add \(net) via \(gateway) dev \(device) onlink")
            try node.network.run {
                let routing = try RoutingSocket()
                let link = try #require(try routing.link(.name(device)))
                let flood = ForwardingEntry(
                    MACAddress(bits: 0),
                    destination: IPAddress(families.hasIPv4 ? "192.168.77.99" : "fd77::99"))
                try routing.perform { $0.forwarding(.add, flood, on: link.index) }
            }
        }
        try node.network.ip("link add other type vxlan id 7 dstport 4790 nolearning dev eth0")
        try node.network.ip("link set other up")
        try node.network.run {
            let routing = try RoutingSocket()
            let link = try #require(try routing.link(.name("other")))
            let entry = ForwardingEntry(
                MACAddress(bits: 0x0200_0000_0009), destination: IPAddress("192.168.77.9"))
            try routing.perform { $0.forwarding(.add, entry, on: link.index) }
        }
        let foreign = try entries(of: node).subtracting(three)
        #expect(foreign.count == (families.hasIPv4 ? 2 : 1) + (backend == "vxlan" ? 2 : 0), "\(foreign)")
        try node.converge(to: [world.leases[1]])
        #expect(try entries(of: node) == two.union(foreign))
        #expect(try node.converge(to: [world.leases[1]]).isEmpty)
    }

    @Test func `what became of a node's device and entries is put right`() throws {
        let world = try OverlayWorld(.both)
        let node = world.nodes[0]
        try node.converge(to: world.leases)
        let (before, snapshot) = (try entries(of: node), try node.network.snapshot())
        for damage in [
            "link delete flannel.1", "link set flannel-v6.1 down", "link set flannel.1 mtu 1300",
            "link set flannel.1 address 02:00:00:00:00:99", "address delete 10.5.1.0/32 dev flannel.1",
            "address add 10.5.9.0/32 dev flannel.1", "route delete 10.5.2.0/24",
            "neighbour flush dev flannel.1 nud permanent",
            "link set flannel.1 type vxlan learning",
        ] {
            try node.network.ip(damage)
            try node.converge(to: world.leases)
            #expect(try node.converge(to: world.leases).isEmpty, "\(damage)")
            let now = try entries(of: node)
            #expect(now == before, "\(damage): \(now.symmetricDifference(before))")
            #expect(difference(snapshot, try node.network.snapshot()).isEmpty, "\(damage)")
        }
    }

    @Test(arguments: [false, true])
    func `checksums are left to the device below only where that is asked for`(isOn: Bool) throws {
        let world = try OverlayWorld(.both)
        var node = world.nodes[0]
        node.overlay.transmitChecksumOffload = isOn
        try node.converge(to: world.leases)
        func found() throws -> [LinkFeature] {
            try node.network.run {
                let state = node.overlay.desiredState(peers: []).state
                return try NetworkSession(container: nil).observe(state).all(in: .host).compactMap {
                    if case .feature(let feature) = $0 { feature } else { nil }
                }
            }
        }
        let devices = ["flannel.1", "flannel-v6.1"]
        let wanted = Set(devices.map { LinkFeature(.transmitChecksum, of: $0, isOn) })
        #expect(Set(try found()) == wanted)
        // A device that is made anew has the driver's default, which is on.
        try node.network.ip("link delete flannel.1")
        try node.converge(to: world.leases)
        #expect(Set(try found()) == wanted)
        #expect(try node.converge(to: world.leases).isEmpty)
    }

    @Test func `a node that changes its MAC address, its public address or its subnet leaves no old entry`()
        throws
    {
        let world = try OverlayWorld(.v4)
        let node = world.nodes[0]
        var peer = world.leases[1]
        for change in ["", "mac", "address", "subnet"] {
            switch change {
            case "mac": peer.v4?.tunnel?.mac = MACAddress(bits: 0x0242_0000_9999)
            case "address": peer.v4?.publicIP = try #require(IPAddress("192.168.77.50"))
            case "subnet": peer.v4?.subnet = try #require(IPPrefix("10.5.77.0/24"))
            default: break
            }
            try node.converge(to: [peer])
            let part = try #require(peer.v4)
            let mac = try #require(part.tunnel?.mac)
            let ours = try entries(of: node).filter { $0.hasPrefix("flannel.1") }
            #expect(
                ours == [
                    "flannel.1 route \(part.subnet) via \(part.gateway) proto 67",
                    "flannel.1 neighbour \(part.gateway) \(mac)", "flannel.1 fdb \(mac) \(part.publicIP)",
                ], "\(change)")
        }
    }

    @Test func `another port makes the device anew, with all that is on it`() throws {
        let world = try OverlayWorld(.v4)
        let node = world.nodes[0]
        try node.converge(to: world.leases)
        let before = try entries(of: node)
        let configuration = try OverlayConfiguration(json: [
            "Network": "10.5.0.0/16", "Backend": ["Type": "vxlan", "Port": 4789],
        ])
        let other = try OverlayNode(
            configuration: configuration, lease: node.overlay.lease, underlay: node.overlay.underlay)
        let state = other.desiredState(peers: world.leases).state
        try node.network.run {
            let changes = try NetworkSession(container: nil).converge(to: state)
            #expect(changes.first?.description == "host: remove link flannel.1 type vxlan")
            #expect(try NetworkSession(container: nil).converge(to: state).isEmpty)
            let link = try #require(try RoutingSocket().link(.name("flannel.1")))
            guard case .vxlan(let settings) = link.kind else {
                Issue.record("no tunnel")
                return
            }
            #expect(settings.port == 4789)
        }
        #expect(try entries(of: node) == before)
    }

    @Test func `without tunnels our devices go, and those of others stay`() throws {
        let world = try OverlayWorld(.both)
        let node = world.nodes[0]
        try node.network.ip("link add flannel-v6.1 type bridge")
        let configuration = try OverlayConfiguration(json: ["Network": "10.5.0.0/16"])
        let first = try OverlayNode(
            configuration: configuration, lease: node.overlay.lease, underlay: node.overlay.underlay)
        let plain = try OverlayConfiguration(json: ["Network": "10.5.0.0/16", "Backend": ["Type": "host-gw"]])
        let second = try OverlayNode(
            configuration: plain, lease: node.overlay.lease, underlay: node.overlay.underlay)
        try node.network.run {
            let session = NetworkSession(container: nil)
            try session.converge(to: first.desiredState(peers: []).state)
            #expect(try session.hasLink("flannel.1", in: .host))
            try session.converge(to: second.desiredState(peers: []).state)
            #expect(try session.hasLink("flannel.1", in: .host) == false)
            #expect(try session.hasLink("flannel-v6.1", in: .host))
        }
    }

    @Test func `a failure at any operation is put right the next time`() throws {
        let world = try OverlayWorld(.both, count: 2)
        let node = world.nodes[0]
        // A stranger's address on the device and a peer that left, so that there is something to remove, too.
        let former = try OverlayWorld.lease(9, .both, node.overlay.configuration.backend)
        let wanted = node.overlay.desiredState(peers: world.leases).state
        func prepare() throws {
            try node.converge(to: [former])
            try node.network.ip("link set flannel-v6.1 mtu 1290")
            try node.network.ip("route add 10.5.200.0/24 via 10.5.9.0 dev flannel.1 onlink proto 67")
        }
        func run() -> String? {
            do {
                try NetworkSession(container: nil).converge(to: wanted)
                return nil
            } catch {
                return "\(error)"
            }
        }
        try prepare()
        let (operations, failure) = try node.network.run { FaultInjection.operations { run() } }
        #expect(failure == nil)
        let goal = try (entries(of: node), node.network.snapshot())
        try #require(operations.count > 20)
        for index in operations.indices {
            for isLasting in [false, true] {
                try prepare()
                let failure = try node.network.run {
                    isLasting
                        ? FaultInjection.halting(at: index) { run() } ?? "dead"
                        : FaultInjection.failing(at: index) { run() }
                }
                let second = try node.network.run { run() }
                #expect(second == nil, "operation \(index): \(operations[index])")
                let now = try (entries(of: node), node.network.snapshot())
                #expect(now == goal, "operation \(index): \(operations[index]), \(failure ?? "no failure")")
                #expect(try node.network.run { run() } == nil)
            }
        }
    }

    @Test(.needsProgram("/usr/sbin/nft"))
    func `the rules are those of the documentation`() throws {
        let world = try OverlayWorld(.v4, count: 1)
        try world.nodes[0].converge(to: [])
        func words(_ text: String) -> [String] {
            text.split { $0.isWhitespace }.map { String($0) }
        }
        let listed = words(try world.nodes[0].network.nft("list table inet cni_overlay_1"))
        let path = #filePath.components(upTo: "/Tests/") + "/Documentation/VXLAN.md"
        let page = String(decoding: try File.read(path), as: UTF8.self)
        let start = try #require(
            words(page).firstRange(of: ["table", "inet", "cni_overlay_1", "{"])?.lowerBound)
        let documented = words(page)[start...].prefix { $0 != "Between" }
        // The table's comment is left out there.
        let rules = listed.split(separator: "chain", maxSplits: 1).last.map(Array.init) ?? []
        #expect(rules.count > 40)
        #expect(Array(documented.split(separator: "chain", maxSplits: 1).last ?? []) == rules, "\(listed)")
    }

    @Test func `a step that fails keeps no other from being done`() throws {
        let world = try OverlayWorld(.v4)
        let node = world.nodes[0]
        var state = node.overlay.desiredState(peers: world.leases).state
        // Nothing routes by a gateway that is nowhere.
        let destination = try #require(IPPrefix("10.77.0.0/24"))
        state.add(
            .route(Route(destination, via: IPAddress("203.0.113.1")), link: "eth0"), in: .host, for: .host)
        _ = try node.network.run {
            #expect(throws: StateError.self) { try NetworkSession(container: nil).converge(to: state) }
        }
        #expect(try node.converge(to: world.leases).isEmpty)
    }
}

extension String {
    /// What is before the first occurrence of a text.
    fileprivate func components(upTo text: String) -> String {
        firstRange(of: text).map { String(self[..<$0.lowerBound]) } ?? self
    }
}
