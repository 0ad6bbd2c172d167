// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import Namespaces
import Netlink
import TestSupport
import Testing

/// libnl-route-3 reads what we write, and we read what it writes: whatever it knows of an object.
@Suite("libnl-route-3 as a referee", .needsNetworkNamespaces)
struct RefereeTests {
    private let socket: RoutingSocket
    private let referee: Referee
    private let a: UInt32
    private let b: UInt32

    init() throws {
        let namespace = try NetworkNamespace.anonymous()
        socket = try RoutingSocket(in: namespace)
        referee = try Referee(in: namespace)
        try socket.perform { batch in
            batch.addLink("a", .veth(Veth(peer: Veth.Peer(name: "b"))))
            for name in ["a", "b", "lo"] { batch.setLink(.name(name), LinkAttributes(isUp: true)) }
        }
        let links = try socket.links(named: ["a", "b"])
        try #require(links.count == 2)
        let index = links[0].index
        try socket.perform { batch in
            for text in ["10.200.0.1/16", "fd00:200::1/64"] {
                guard let prefix = IPPrefix(text) else { continue }
                batch.address(.add, InterfaceAddress(prefix, skipsDAD: true), on: index)
            }
        }
        (a, b) = (index, links[1].index)
    }

    // What libnl 3.7 has no word for is left out.

    private func reduced(_ rule: Rule) -> Rule {
        var rule = rule
        (rule.isInverted, rule.users, rule.suppressedPrefixLength, rule.target) = (false, nil, nil, nil)
        if rule.action == .goto { rule.action = .nop }
        rule.other = RawAttributes()
        return rule
    }

    private func reduced(_ route: Route) -> Route {
        var route = route
        (route.otherMetrics, route.preference, route.isOnLink) = (RawAttributes(), nil, false)
        return route
    }

    private func reduced(_ address: InterfaceAddress) -> InterfaceAddress {
        var address = address
        (address.metric, address.protocol) = (nil, .unspecified)
        return address
    }

    @Test(arguments: 0..<4) func `rules`(stream: Int) throws {
        var random = RandomObjects(stream)
        for number in 0..<30 {
            let rule = random.rule(UInt32(100 + number))
            try socket.perform { $0.rule(.add, rule) }
            var expected = reduced(rule)
            if rule.action == .goto { expected.action = .goto }
            // libnl reports the mask that the kernel has added.
            #expect(
                try referee.rules(rule.family).filter { $0.priority == rule.priority } == [expected],
                "TEST_SEED=\(Seeded.seed): \(rule.text)")
            try socket.perform { $0.rule(.delete, rule) }
            let theirs = reduced(rule)
            // It writes no mark without bits.
            if theirs.fwmark == 0 { continue }
            try referee.add(theirs)
            let found = try socket.rules(rule.family).filter { $0.priority == rule.priority }
            #expect(found == [theirs], "TEST_SEED=\(Seeded.seed): \(rule.text)")
            for rule in found { try socket.perform { $0.rule(.delete, rule) } }
        }
    }

    @Test(arguments: 0..<4) func `routes`(stream: Int) throws {
        var random = RandomObjects(stream)
        for _ in 0..<40 {
            let (route, index) = random.route(through: a, b)
            // It has no word for a gateway of another family but for MPLS', and none for onlink.
            if let gateway = route.gateway, gateway.family != route.destination.family || route.isOnLink {
                continue
            }
            try socket.perform { $0.route(.add, route, through: index) }
            let ours = try socket.routes(route.destination.family, table: route.table)
            let theirs = try referee.routes(route.destination.family, table: route.table)
            #expect(ours.map { reduced($0.route) } == theirs.map(\.route), "TEST_SEED=\(Seeded.seed)")
            if route.nexthops.isEmpty, route.type == .unicast { #expect(theirs.map(\.index) == [index]) }
            for (index, route) in ours { try socket.perform { $0.route(.delete, route, through: index) } }
            // What they have read, written by them, is what we read then.
            for (index, route) in theirs {
                try referee.add(
                    route, through: route.nexthops.isEmpty && route.type == .unicast ? index : nil)
                let found = try socket.routes(route.destination.family, table: route.table)
                #expect(found.map { reduced($0.route) } == [route], "TEST_SEED=\(Seeded.seed)")
                for (index, route) in found {
                    try socket.perform { $0.route(.delete, route, through: index) }
                }
            }
        }
    }

    @Test(arguments: 0..<4) func `addresses`(stream: Int) throws {
        var random = RandomObjects(stream)
        for _ in 0..<40 {
            let address = random.address()
            func isIt(_ other: InterfaceAddress) -> Bool { other.prefix.address == address.prefix.address }
            try socket.perform { $0.address(.add, address, on: a) }
            let wanted = reduced(address)
            let theirs = try referee.addresses(on: a).filter(isIt)
            #expect(theirs == [wanted], "TEST_SEED=\(Seeded.seed)")
            try socket.perform { $0.address(.delete, address, on: a) }
            // It takes no peer of IPv6 (rtnl_addr_set_peer()).
            if wanted.peer?.family == .v6 { continue }
            try referee.add(wanted, on: a)
            let found = try socket.addresses(on: a).map(\.address).filter(isIt)
            #expect(found == [wanted], "TEST_SEED=\(Seeded.seed)")
            for address in found { try socket.perform { $0.address(.delete, address, on: a) } }
        }
    }

    @Test func `neighbours`() throws {
        var random = RandomObjects(0)
        for _ in 0..<40 {
            var entry = random.neighbour()
            func isIt(_ other: Neighbour) -> Bool { other.address == entry.address }
            try socket.perform { $0.neighbour(.replace, entry, on: a) }
            entry.protocol = .unspecified
            #expect(try referee.neighbours(on: a).filter(isIt) == [entry], "TEST_SEED=\(Seeded.seed)")
            try socket.perform { $0.neighbour(.delete, entry, on: a) }
            try referee.add(entry, on: a)
            #expect(
                try socket.neighbours(on: a).map(\.entry).filter(isIt) == [entry], "TEST_SEED=\(Seeded.seed)")
            try socket.perform { $0.neighbour(.delete, entry, on: a) }
        }
    }

    /// Makes a link, has the referee read it, has the referee make it, and reads it.
    private func compare(_ kind: LinkKind) throws {
        let parent = kind.needsParent ? LinkParent(a) : nil
        try socket.perform { $0.addLink("x", kind, parent: parent) }
        let theirs = try #require(try referee.kind(of: "x"))
        #expect(theirs.kind?.name == kind.name)
        #expect(kind.fit(theirs.kind) == .same, "\(theirs)")
        if let parent { #expect(theirs.parent == parent.index) }
        // And what we read fits what they read.
        let ours = try #require(try socket.link(.name("x")))
        #expect(try #require(theirs.kind).fit(ours.kind) == .same)
        try socket.perform { $0.deleteLink(.name("x")) }
        try referee.add("x", kind, parent: parent?.index)
        let found = try #require(try socket.link(.name("x")))
        #expect(kind.fit(found.kind) == .same, "\(String(describing: found.kind))")
        if let parent { #expect(found.peer == parent.index) }
    }

    @Test func `a bridge`() throws { try compare(.bridge(Netlink.Bridge())) }

    @Test(.needsKind("dummy")) func `a dummy`() throws { try compare(.dummy(Dummy())) }

    @Test(.needsKind("ifb")) func `an ifb`() throws { try compare(.ifb(IFB())) }

    @Test(.needsKind("vrf")) func `a vrf`() throws { try compare(.vrf(VRF(table: 1000))) }

    @Test(.needsKind("vlan"), arguments: [VLAN.TagProtocol.dot1q, .dot1ad])
    func `a vlan`(tagProtocol: VLAN.TagProtocol) throws {
        try compare(.vlan(VLAN(id: 77, tagProtocol: tagProtocol, flags: 1 | 4)))
    }

    @Test(.needsKind("macvlan"), arguments: [MACVLAN.Mode.private, .vepa, .bridge, .passthru])
    func `a macvlan`(mode: MACVLAN.Mode) throws { try compare(.macvlan(MACVLAN(mode: mode))) }

    @Test(.needsKind("ipvlan"), arguments: [IPVLAN.Mode.l2, .l3, .l3s])
    func `an ipvlan`(mode: IPVLAN.Mode) throws { try compare(.ipvlan(IPVLAN(mode: mode))) }

    @Test(.needsKind("vxlan"), arguments: ["192.0.2.1", "2001:db8::1"]) func `a vxlan`(local: String) throws {
        var settings = VXLAN(identifier: 0xff_fffe, port: 4789, local: IPAddress(local))
        settings.learning = false
        try compare(.vxlan(settings))
    }

    @Test(.needsQdisc(.tbf(TokenBucket(rate: 1_000_000, burst: 10_000, limit: 10_000)))) func `disciplines`()
        throws
    {
        for bucket in [
            TokenBucket(rate: 125_000, burst: 15_000, limit: 20_000),
            TokenBucket(rate: 12_500_000, burst: 100_000, limit: 300_000),
        ] {
            let qdisc = Qdisc(.tbf(bucket), handle: TrafficHandle(7))
            try socket.perform { $0.qdisc(.add, qdisc, on: a) }
            let theirs = try referee.qdiscs(on: a)
            #expect(theirs.count == 1)
            #expect(qdisc.isSatisfied(by: try #require(theirs.first)), "\(theirs)")
            try socket.perform { $0.qdisc(.delete, qdisc, on: a) }
            try referee.add(bucket, handle: TrafficHandle(7), on: a)
            let found = try socket.qdiscs(on: a).map(\.qdisc)
            #expect(qdisc.isSatisfied(by: try #require(found.first)), "\(found)")
            try socket.perform { $0.qdisc(.delete, qdisc, on: a) }
        }
    }
}
