// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import CNITypes
import Netlink
import NetworkState
import TestSupport
import Testing
import VXLANOverlay

/// What a node's kernel has to have, as a pure function.
struct DesiredStateTests {
    private static let backends: [JSON] = [
        ["Type": "vxlan"], ["Type": "vxlan", "DirectRouting": true], ["Type": "host-gw"],
    ]

    private func node(_ samples: inout Samples, _ backend: JSON) throws -> OverlayNode {
        let kind = samples.number(0...2)
        let configuration = try OverlayConfiguration(json: [
            "EnableIPv4": .bool(kind != 1), "EnableIPv6": .bool(kind != 0), "Network": "10.5.0.0/16",
            "IPv6Network": "fd05::/48", "Backend": backend,
        ])
        let underlay = Underlay(
            name: "eth0", index: 2, mtu: 1500, v4: IPAddress("192.0.2.1"), v6: IPAddress("2001:db8::1"),
            onLink: [IPPrefix("172.16.0.0/13"), IPPrefix("2001:db8::/97")].compactMap { $0 })
        let lease = lease(1, configuration, &samples)
        var node = try OverlayNode(configuration: configuration, lease: lease, underlay: underlay)
        node.usesNexthops = samples.chance()
        return node
    }

    private func lease(_ number: Int, _ configuration: OverlayConfiguration, _ samples: inout Samples)
        -> Lease
    {
        func part(_ family: IPAddress.Family, _ samples: inout Samples) -> Lease.Part? {
            guard let subnet = configuration[family]?.subnet(number - 1) else { return nil }
            return Lease.Part(subnet: subnet, publicIP: samples.nodeAddress(family), tunnel: samples.tunnel())
        }
        return Lease(
            v4: part(.v4, &samples), v6: part(.v6, &samples), backendType: configuration.backend.kind.rawValue
        )
    }

    private func peers(_ node: OverlayNode, _ samples: inout Samples) -> [Lease] {
        (2...samples.number(2...20)).map { lease($0, node.configuration, &samples) }
    }

    private func forNodes(
        _ body: (OverlayNode, [Lease], inout Samples) throws -> Void
    ) throws {
        try forSamples(120) { samples in
            let node = try node(&samples, Self.backends[samples.number(0...2)])
            try body(node, peers(node, &samples), &samples)
        }
    }

    @Test func `applying reaches what is wanted, and planning again is empty`() throws {
        try forNodes { node, peers, _ in
            let state = node.desiredState(peers: peers).state
            var kernel = PlainKernel()
            kernel.perform(state.changes(from: ObservedState()), of: state)
            let rest = state.changes(from: kernel.observed)
            try #require(rest.isEmpty, "TEST_SEED=\(Seeded.seed) \(rest)")
        }
    }

    @Test func `nodes that left leave nothing, whoever else there is`() throws {
        try forNodes { node, peers, samples in
            let staying = peers.filter { _ in samples.chance() }
            let before = node.desiredState(peers: staying).state
            var direct = PlainKernel()
            direct.perform(before.changes(from: ObservedState()), of: before)
            var detour = PlainKernel()
            for some in [peers, staying] {
                let state = node.desiredState(peers: some).state
                detour.perform(state.changes(from: detour.observed), of: state)
            }
            try #require(Set(direct.objects.values) == Set(detour.objects.values), "TEST_SEED=\(Seeded.seed)")
        }
    }

    @Test func `doing only what has changed comes to the same as comparing everything`() throws {
        try forNodes { node, peers, samples in
            var known = node.judged(peers)
            var kernel = PlainKernel()
            let first = node.desiredState(for: known)
            kernel.perform(first.changes(from: ObservedState()), of: first)
            for _ in 0..<5 {
                let some = changed(peers, &samples)
                let judged = node.judged(some)
                let (state, expected) = node.changedState(from: known, to: judged)
                kernel.perform(state.changes(from: expected), of: state)
                known = judged
                let all = node.desiredState(for: judged)
                let rest = all.changes(from: kernel.observed)
                try #require(rest.isEmpty, "TEST_SEED=\(Seeded.seed) \(rest)")
            }
        }
    }

    /// Nodes go, come, and change or swap their addresses; some contradict each other.
    private func changed(_ peers: [Lease], _ samples: inout Samples) -> [Lease] {
        var some = peers.filter { _ in samples.chance(80) }
        for index in some.indices where samples.chance(20) {
            let other = samples.number(0...some.count - 1)
            if samples.chance() { some[index].v4?.publicIP = samples.nodeAddress(.v4) }
            if samples.chance() {
                some[index].v6?.tunnel?.mac = MACAddress.random(using: &samples.generator)
            }
            if samples.chance(20), let mac = some[other].v4?.tunnel?.mac {
                if let own = some[index].v4?.tunnel?.mac { some[other].v4?.tunnel?.mac = own }
                some[index].v4?.tunnel?.mac = mac
            }
            if samples.chance(20), let subnet = some[other].v6?.subnet {
                if let own = some[index].v6?.subnet { some[other].v6?.subnet = own }
                some[index].v6?.subnet = subnet
            }
            if samples.chance(20), let address = some[other].v4?.publicIP {
                some[index].v4?.publicIP = address
            }
            if samples.chance(20) { some.append(peers[samples.number(0...peers.count - 1)]) }
        }
        return some.shuffled(using: &samples.generator)
    }

    @Test func `what an agent does itself contradicts nothing that it expects, and what others do does`()
        throws
    {
        var counts = (own: 0, agreements: 0, contradictions: 0)
        try forNodes { node, peers, samples in
            let before = node.judged(peers)
            let after = node.judged(changed(peers, &samples))
            let expected = ExpectedEntries(of: node, for: after)
            let (partial, known) = node.changedState(from: before, to: after)
            for step in partial.changes(from: known) {
                let (object, isRemoved) = try #require(step.told)
                try #require(
                    !expected.conflict(with: object, isRemoved: isRemoved),
                    "TEST_SEED=\(Seeded.seed) \(step)")
                counts.own += 1
            }
            let whole = node.desiredState(for: after)
            // What is there, what was there, and what never was.
            let third = node.desiredState(peers: changed(peers, &samples))
            let objects = [whole, node.desiredState(for: before), third.state].flatMap {
                $0.items.map(\.object)
            }
            for object in objects + objects.map({ samples.variant(of: $0) }) {
                let isRemoved = samples.chance(40)
                // Of others, what the host gets or loses among the overlay's addresses counts, too.
                let isHostOwn =
                    HostNetwork(object, in: node.configuration, routeProtocol: node.routeProtocol) != nil
                let conflicts =
                    isHostOwn || whole.conflicts(with: object, isRemoved: isRemoved, in: .host)
                try #require(
                    expected.conflict(with: object, isRemoved: isRemoved) == conflicts,
                    "TEST_SEED=\(Seeded.seed) \(isRemoved ? "without" : "with") \(object)")
                if conflicts { counts.contradictions += 1 } else { counts.agreements += 1 }
            }
        }
        #expect(counts.own > 500 && counts.agreements > 500 && counts.contradictions > 500, "\(counts)")
    }

    @Test func `the order of the leases and our own among them do not matter`() throws {
        try forNodes { node, peers, samples in
            let one = node.desiredState(peers: peers)
            let other = node.desiredState(peers: ([node.lease] + peers).shuffled(using: &samples.generator))
            try #require(Set(one.state.items) == Set(other.state.items), "TEST_SEED=\(Seeded.seed)")
            try #require(Set(one.refused) == Set(other.refused))
        }
    }

    @Test func `whatever leases come, nothing is described twice or leads outside of the network`() throws {
        try forNodes { node, peers, samples in
            var hostile = peers
            for _ in 0..<30 {
                var lease = samples.chance() ? samples.lease() : peers[samples.number(0...peers.count - 1)]
                if samples.chance() { lease.backendType = node.lease.backendType }
                if samples.chance(), let own = node.lease.v4?.tunnel { lease.v4?.tunnel = own }
                if samples.chance(20), let own = node.lease.v4?.publicIP { lease.v4?.publicIP = own }
                if samples.chance(20), let address = IPAddress("10.5.9.9") { lease.v4?.publicIP = address }
                hostile.append(lease)
            }
            let state = node.desiredState(peers: hostile).state
            let keys = state.items.map(\.object.key)
            try #require(Set(keys).count == keys.count, "TEST_SEED=\(Seeded.seed)")
            var routes: [IPPrefix] = []
            for case .route(let route, _) in state.items.map(\.object) {
                let pool = try #require(node.configuration[route.destination.family])
                try #require(
                    pool.network.contains(route.destination), "TEST_SEED=\(Seeded.seed) \(route.text)")
                try #require(
                    node.lease[route.destination.family]?.subnet.overlaps(route.destination) == false)
                try #require(!routes.contains { $0.overlaps(route.destination) }, "TEST_SEED=\(Seeded.seed)")
                routes.append(route.destination)
            }
        }
    }

    @Test func `a conflicting lease is reported with the reason`() throws {
        var samples = Samples()
        let configuration = try OverlayConfiguration(json: ["Network": "10.5.0.0/16"])
        let underlay = Underlay(name: "eth0", index: 2, mtu: 1500, v4: IPAddress("192.0.2.1"))
        let own = lease(1, configuration, &samples)
        let node = try OverlayNode(configuration: configuration, lease: own, underlay: underlay)
        let first = lease(2, configuration, &samples)
        func changed(_ number: Int, _ change: (inout Lease) -> Void) -> Lease {
            var lease = lease(number, configuration, &samples)
            change(&lease)
            return lease
        }
        let bad: [(Lease, String)] = [
            (changed(3) { $0.backendType = "wireguard" }, "its backend is \"wireguard\""),
            (changed(4) { $0.v4?.tunnel?.vni = 7 }, "its VNI is 7"),
            (
                changed(5) { $0.v4?.tunnel?.mac = first.v4?.tunnel?.mac ?? MACAddress(bits: 0) },
                "another node has"
            ),
            (
                changed(6) { $0.v4?.tunnel?.mac = own.v4?.tunnel?.mac ?? MACAddress(bits: 0) },
                "its MAC address"
            ),
            (
                changed(7) { $0.v4?.publicIP = IPAddress("192.0.2.1") ?? .unspecified(.v4) },
                "its address 192.0.2.1 is"
            ),
            (
                changed(8) { $0.v4?.subnet = IPPrefix("10.5.0.0/17") ?? .everything(.v4) },
                "its subnet overlaps our own"
            ),
            (
                changed(9) { $0.v4?.subnet = IPPrefix("10.6.0.0/24") ?? .everything(.v4) },
                "its subnet 10.6.0.0/24 is not"
            ),
            (
                changed(10) { $0.v4?.subnet = first.v4?.subnet ?? .everything(.v4) },
                "its subnet overlaps 10.5.2.0/24"
            ),
        ]
        let (_, refused) = node.desiredState(peers: [first] + bad.map(\.0))
        #expect(refused.count == bad.count)
        for (lease, reason) in bad {
            let found = refused.first { $0.lease == lease }
            #expect(found?.reason.hasPrefix(reason) == true, "\(reason): \(found?.description ?? "none")")
        }
    }

    @Test func `what does not go together is no node`() throws {
        var samples = Samples()
        let configuration = try OverlayConfiguration(json: [
            "Network": "10.5.0.0/16", "EnableIPv6": true, "IPv6Network": "fd05::/48",
        ])
        let lease = lease(1, configuration, &samples)
        let underlay = Underlay(
            name: "eth0", index: 2, mtu: 1500, v4: IPAddress("192.0.2.1"), v6: IPAddress("2001:db8::1"))
        func refusal(_ change: (inout Lease, inout Underlay) -> Void) -> String? {
            var (lease, underlay) = (lease, underlay)
            change(&lease, &underlay)
            return message {
                _ = try OverlayNode(configuration: configuration, lease: lease, underlay: underlay)
            }
        }
        #expect(refusal { _, _ in } == nil)
        #expect(refusal { lease, _ in lease.v6 = nil } == "the node's own lease has no IPv6 subnet")
        #expect(refusal { lease, _ in lease.v4?.tunnel = nil } == "the node's own lease has no IPv4 tunnel")
        #expect(refusal { _, underlay in underlay.v6 = nil } == "eth0 has no IPv6 address")
        #expect(
            refusal { _, underlay in underlay.mtu = 1300 }?.hasPrefix("eth0 takes packets of 1300") == true)
        #expect(
            refusal { lease, _ in lease.v4?.subnet = IPPrefix("10.6.1.0/24") ?? .everything(.v4) }?
                .contains("is not in 10.5.0.0/16") == true)
    }

    @Test func `the plan of thousands of leases grows with their number and no more`() throws {
        var samples = Samples()
        let configuration = try OverlayConfiguration(json: ["Network": "10.0.0.0/8"])
        let underlay = Underlay(name: "eth0", index: 2, mtu: 1500, v4: IPAddress("192.0.2.1"))
        let node = try OverlayNode(
            configuration: configuration, lease: lease(1, configuration, &samples), underlay: underlay)
        let leases = (2...16_001).map { lease($0, configuration, &samples) }
        func time(_ count: Int) -> Duration {
            let some = Array(leases.prefix(count))
            return ThreadTime.measure {
                let state = node.desiredState(peers: some).state
                _ = state.changes(from: ObservedState())
            }
        }
        _ = time(100)
        // Quadratic, it would be 64 times as much. The least of several: what other programs do to the caches is not ours.
        let (few, many) = ((0..<5).map { _ in time(2000) }.min(), (0..<3).map { _ in time(16_000) }.min())
        #expect(
            try #require(many) < #require(few) * 32,
            "\(few ?? .zero) for 2000, \(many ?? .zero) for 16000")
    }
}

extension Change {
    /// What a monitor tells of the step: an object, and whether it is gone.
    fileprivate var told: (Object, isRemoved: Bool)? {
        switch action {
        case .create(let object), .modify(let object, _): (object, false)
        case .remove(let object): (object, true)
        case .removeRule, .announce, .keep, .move: nil
        }
    }
}

extension Samples {
    /// The same thing as somebody else would have it.
    fileprivate mutating func variant(of object: Object) -> Object {
        switch object {
        case .neighbour(var entry, let link):
            if chance() {
                entry.mac = MACAddress.random(using: &generator)
            } else {
                entry.state = NeighbourState(rawValue: 0x02)
            }
            return .neighbour(entry, link: link)
        case .forwarding(var entry, let link):
            if chance() {
                entry.destination = nodeAddress(.v4)
            } else {
                entry.state = NeighbourState(rawValue: 0x02)
            }
            return .forwarding(entry, link: link)
        case .route(var route, let link):
            if chance() { route.protocol = RoutingProtocol(rawValue: 4) }
            if chance() { route.gateway = nodeAddress(route.destination.family) }
            return .route(route, link: chance() ? link : "eth9")
        default: return object
        }
    }
}

/// A kernel that does what it is told.
struct PlainKernel {
    private(set) var objects: [Object.Key: Object] = [:]

    var observed: ObservedState {
        var state = ObservedState()
        for object in objects.values { state.insert(object, in: .host) }
        return state
    }

    mutating func perform(_ changes: [Change], of wanted: NetworkState) {
        for change in changes {
            switch change.action {
            case .create(let object): objects[object.key] = object
            case .modify(.link(let link), _):
                // A change of a link has only what differs.
                if let whole = wanted.link(link.name, in: .host) { objects[.link(link.name)] = .link(whole) }
            case .modify(let object, _): objects[object.key] = object
            case .remove(let object): objects[object.key] = nil
            case .removeRule, .announce, .keep, .move: break
            }
        }
    }
}
