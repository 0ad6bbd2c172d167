// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import CNITypes
import Netlink
import NetworkState
import Testing
import VXLANOverlay

/// What is the host's own among the overlay's addresses, and which leases give way to it.
struct HostNetworksTests {
    private let configuration: OverlayConfiguration
    private let node: OverlayNode

    init() throws {
        configuration = try OverlayConfiguration(json: [
            "Network": "10.5.0.0/16", "EnableIPv6": true, "IPv6Network": "fd05::/48",
        ])
        node = try OverlayNode(
            configuration: configuration, lease: Self.lease(1),
            underlay: Underlay(
                name: "eth0", index: 2, mtu: 1500, v4: IPAddress("192.0.2.1"), v6: IPAddress("2001:db8::1"),
                onLink: [IPPrefix("192.0.2.0/24"), IPPrefix("2001:db8::/64")].compactMap { $0 }))
    }

    private static func lease(_ number: Int) throws -> Lease {
        func part(_ subnet: String, _ address: String, _ kind: UInt64) throws -> Lease.Part {
            Lease.Part(
                subnet: try #require(IPPrefix(subnet)), publicIP: try #require(IPAddress(address)),
                tunnel: Lease.Tunnel(
                    vni: 1, mac: MACAddress(bits: 0x0242_0000_0000 | kind << 16 | UInt64(number))))
        }
        return Lease(
            v4: try part("10.5.\(number).0/24", "192.0.2.\(number)", 4),
            v6: try part("fd05:0:0:\(number)::/64", "2001:db8::\(number)", 6), backendType: "vxlan")
    }

    private func address(_ text: String, _ link: String = "st0") throws -> Object {
        .address(InterfaceAddress(try #require(IPPrefix(text))), link: link)
    }

    private func route(
        _ text: String, via gateway: String? = nil, dev link: String? = "st0",
        _ change: (inout Route) -> Void = { _ in }
    ) throws -> Object {
        var route = Route(try #require(IPPrefix(text)), via: gateway.flatMap { IPAddress($0) })
        route.protocol = RoutingProtocol(rawValue: 4)
        change(&route)
        return .route(route, link: link)
    }

    private func host(_ objects: [Object]) -> HostNetworks {
        HostNetworks(among: objects, in: configuration, routeProtocol: node.routeProtocol)
    }

    /// The destinations that are reached of nodes 7 and 8 beside these objects of the host, and what is said of the others.
    private func outcome(_ objects: [Object]) throws -> (reached: Set<String>, said: [String]) {
        let (state, refused) = node.desiredState(
            peers: [try Self.lease(7), try Self.lease(8)], beside: host(objects))
        let reached = state.items.compactMap { item -> String? in
            guard case .route(let route, _) = item.object else { return nil }
            return "\(route.destination)"
        }
        #expect(refused.allSatisfy { $0.conflict != nil })
        return (Set(reached), refused.map(\.reason))
    }

    private let all: Set = ["10.5.7.0/24", "10.5.8.0/24", "fd05:0:0:7::/64", "fd05:0:0:8::/64"]

    @Test func `a lease on a network of the host is left out with what is in its way, and nothing else is`()
        throws
    {
        for (object, missing, reason) in [
            (
                try address("10.5.7.1/24"), "10.5.7.0/24",
                "its subnet 10.5.7.0/24 overlaps the host's own address 10.5.7.1/24 on st0"
            ),
            (
                try address("10.5.7.9/32", "lo"), "10.5.7.0/24",
                "its subnet 10.5.7.0/24 overlaps the host's own address 10.5.7.9/32 on lo"
            ),
            (
                try address("fd05:0:0:8::1/64"), "fd05:0:0:8::/64",
                "its subnet fd05:0:0:8::/64 overlaps the host's own address fd05:0:0:8::1/64 on st0"
            ),
            (
                try route("10.5.7.128/25"), "10.5.7.0/24",
                "its subnet 10.5.7.0/24 overlaps the host's own network 10.5.7.128/25 on st0"
            ),
            (
                try route("10.5.8.0/24", via: "192.0.2.9", dev: "eth0"), "10.5.8.0/24",
                "the host has another route to its subnet 10.5.8.0/24 via 192.0.2.9 dev eth0"
            ),
            (
                try route("10.5.8.0/24", dev: nil) { $0.type = .blackhole }, "10.5.8.0/24",
                "the host has another route to its subnet 10.5.8.0/24"
            ),
            (
                try route("10.5.8.0/24", via: "192.0.2.9") { $0.priority = 500 }, "10.5.8.0/24",
                "the host has another route to its subnet 10.5.8.0/24 via 192.0.2.9 dev st0"
            ),
            // Joined by the kernel with one of ours.
            (
                try route("fd05:0:0:7::/64", dev: nil) { $0.protocol = RoutingProtocol(rawValue: 67) },
                "fd05:0:0:7::/64",
                "the host has another route to its subnet fd05:0:0:7::/64"
            ),
            // Somebody else's, though it is through our device.
            (
                try route("10.5.8.0/24", via: "10.5.7.0", dev: "flannel.1"), "10.5.8.0/24",
                "the host has another route to its subnet 10.5.8.0/24 via 10.5.7.0 dev flannel.1"
            ),
        ] {
            let (reached, said) = try outcome([object])
            #expect(reached == all.subtracting([missing]), "\(object)")
            #expect(said == [reason])
        }
    }

    @Test func `a network around several leases keeps all of them out, and one beside them none`() throws {
        #expect(
            try outcome([try address("10.5.0.1/20")]).reached == ["fd05:0:0:7::/64", "fd05:0:0:8::/64"])
        #expect(try outcome([try address("10.4.0.1/8")]).reached == ["fd05:0:0:7::/64", "fd05:0:0:8::/64"])
        #expect(try outcome([try address("10.5.9.1/24"), try address("10.5.6.1/24")]).reached == all)
        // Nested ones hide none behind them.
        let nested = [
            try address("10.5.4.1/22"), try address("10.5.5.1/32"), try address("10.5.8.77/32"),
            try address("10.5.2.1/24"),
        ]
        #expect(try outcome(nested).reached == ["fd05:0:0:7::/64", "fd05:0:0:8::/64"])
    }

    @Test func `what is the overlay's, or leads elsewhere, keeps nobody out`() throws {
        let objects = [
            try address("10.5.7.0/32", "flannel.1"), try address("fd05:0:0:7::/128", "flannel-v6.1"),
            try route("10.5.7.0/24", via: "192.0.2.7", dev: "eth0") {
                $0.protocol = RoutingProtocol(rawValue: 67)
            },
            // flannel's, on the device that is taken over.
            try route("10.5.7.0/24", via: "10.5.7.0", dev: "flannel.1") { $0.isOnLink = true },
            try route("fd05:0:0:7::/128", dev: "flannel-v6.1") { $0.protocol = RoutingProtocol(rawValue: 2) },
            try route("0.0.0.0/0", dev: "ppp0"), try route("10.0.0.0/8", via: "192.0.2.254"),
            try route("10.5.0.0/16", dev: nil) { $0.type = .blackhole },
            try route("10.5.7.128/25", via: "192.0.2.9"), try route("10.5.7.0/24") { $0.table = 7 },
            try address("192.0.2.1/24", "eth0"), try address("10.5.1.1/24", "cni0"),
            try route("10.5.1.0/24", dev: "cni0"),
        ]
        for object in objects { #expect(try outcome([object]).reached == all, "\(object)") }
        #expect(try outcome(objects).reached == all)
    }

    @Test func `whatever a host has, nothing that is described shares an address with it`() throws {
        try forSamples { samples in
            var objects: [Object] = []
            for _ in 0..<samples.number(1...8) {
                let length = samples.number(18...32)
                let bits = 0x0a05_0000 | samples.bits(.v4) & 0xffff
                let prefix = try #require(IPPrefix(IPAddress(.v4, bits: bits), length: length))
                objects.append(
                    samples.chance()
                        ? .address(InterfaceAddress(prefix), link: "st0")
                        : try route("\(prefix.network)"))
            }
            let peers = try (2...40).map { try Self.lease($0) }
            let (state, refused) = node.desiredState(peers: peers, beside: host(objects))
            var reached = 0
            for case .route(let route, _) in state.items.map(\.object) where route.destination.family == .v4 {
                reached += 1
                for case .address(let own, _) in objects {
                    try #require(!own.prefix.overlaps(route.destination), "TEST_SEED=\(Seeded.seed)")
                }
                for case .route(let own, _) in objects {
                    try #require(!own.destination.overlaps(route.destination), "TEST_SEED=\(Seeded.seed)")
                }
            }
            // Each is reached or told.
            try #require(reached + refused.count == peers.count, "TEST_SEED=\(Seeded.seed)")
        }
    }

    @Test func `a host that gets or loses something there is looked at, once`() throws {
        let own = try address("10.5.7.1/24")
        let without = ExpectedEntries(of: node, for: node.judged([try Self.lease(7)], beside: host([])))
        let with = ExpectedEntries(of: node, for: node.judged([try Self.lease(7)], beside: host([own])))
        #expect(without.conflict(with: own, isRemoved: false))
        #expect(!with.conflict(with: own, isRemoved: false))
        #expect(with.conflict(with: own, isRemoved: true))
        #expect(with.dependOnHostLink("st0") && !without.dependOnHostLink("st0"))
        // Containers of this node come and go.
        for object in [
            try address("10.5.1.1/24", "cni0"), try route("10.5.1.7/32", dev: "veth1"),
            try address("fe80::1/64", "veth1"), try address("192.0.2.99/24", "eth0"),
        ] {
            #expect(!without.conflict(with: object, isRemoved: false), "\(object)")
            #expect(!without.conflict(with: object, isRemoved: true), "\(object)")
        }
    }

    @Test func `a node that is itself in the overlay's network is refused with what is there`() throws {
        let own = node.underlay
        func refusal(_ change: (inout Underlay) -> Void, publishing addresses: [String] = []) -> String? {
            var underlay = own
            change(&underlay)
            let said = message {
                try configuration.validateNode(
                    at: underlay, publishing: addresses.compactMap { IPAddress($0) })
            }
            let advice = ": give the overlay another network, or name another interface"
            #expect(said?.hasSuffix(advice) != false)
            return said.map { String($0.dropLast(advice.count)) }
        }
        #expect(refusal { _ in } == nil)
        #expect(
            refusal({ _ in }, publishing: ["203.0.113.1", "10.5.3.4"])
                == "the node's public address 10.5.3.4 lies in the overlay's network 10.5.0.0/16")
        #expect(
            refusal { $0.v6 = IPAddress("fd05::7") }
                == "the node's address fd05::7 on eth0 lies in the overlay's network fd05::/48")
        for network in ["10.5.200.0/24", "10.0.0.0/8"] {
            #expect(
                refusal { $0.onLink += [IPPrefix(network)].compactMap { $0 } }
                    == "the network \(network) of eth0 overlaps the overlay's network 10.5.0.0/16")
        }
        #expect(refusal { $0.onLink.append(.everything(.v4)) } == nil)
        var lease = node.lease
        lease.v4?.publicIP = try #require(IPAddress("10.5.3.4"))
        #expect(
            message {
                _ = try OverlayNode(configuration: configuration, lease: lease, underlay: own)
            }?.hasPrefix("the node's public address 10.5.3.4 lies in") == true)
    }
}
