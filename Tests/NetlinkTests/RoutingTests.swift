// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc
import Namespaces
import Netlink
import TestSupport
import Testing

@Suite("rtnetlink", .needsNetworkNamespaces)
struct RoutingTests {
    private func prefix(_ text: String) throws -> IPPrefix { try #require(IPPrefix(text)) }
    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    /// A namespace with a veth pair `a` and `b`, both up.
    private func pair() throws -> (socket: RoutingSocket, a: UInt32, b: UInt32) {
        let socket = try RoutingSocket(in: .anonymous())
        try socket.perform { batch in
            batch.addLink("a", .veth(Veth(peer: Veth.Peer(name: "b"))))
            batch.setLink(.name("a"), LinkAttributes(isUp: true))
            batch.setLink(.name("b"), LinkAttributes(isUp: true))
        }
        let links = try socket.links(named: ["a", "b"])
        try #require(links.count == 2)
        return (socket, links[0].index, links[1].index)
    }

    @Test func `a link has the settings it was made with`() throws {
        let socket = try RoutingSocket(in: .anonymous())
        var attributes = LinkAttributes(
            mtu: 1400, mac: MACAddress("02:00:00:00:00:07"), isUp: true, alias: "net/container/eth0")
        attributes.ipv6AddressGeneration = LinkAttributes.IPv6AddressGeneration.none
        attributes.announcesIPv4 = true
        attributes.isPromiscuous = true
        try socket.perform { $0.addLink("a", .veth(Veth(peer: Veth.Peer(name: "b"))), attributes) }
        let link = try #require(try socket.link(.name("a")))
        #expect(link.kind?.name == "veth")
        #expect(link.attributes.mtu == 1400)
        #expect(link.attributes.mac == attributes.mac)
        #expect(link.attributes.isUp == true)
        #expect(link.attributes.alias == attributes.alias)
        #expect(link.attributes.ipv6AddressGeneration == LinkAttributes.IPv6AddressGeneration.none)
        #expect(link.attributes.announcesIPv4 == true)
        #expect(link.attributes.isPromiscuous == true)
        #expect(link.peer == (try socket.link(.name("b")))?.index)
        try socket.perform { $0.deleteLink(.name("a")) }
        #expect(try socket.link(.name("b")) == nil)
    }

    @Test func `a link gets another name and keeps its number`() throws {
        let (socket, a, _) = try pair()
        // Not while it is up, before Linux 6.2 and without IFF_LIVE_RENAME_OK.
        try socket.perform { $0.setLink(.name("a"), LinkAttributes(isUp: false)) }
        try socket.perform { $0.renameLink(a, to: "c") }
        #expect(try socket.link(.name("a")) == nil)
        #expect(try socket.link(.name("c"))?.index == a)
        let failure = #expect(throws: NetlinkError.self) { try socket.perform { $0.renameLink(a, to: "b") } }
        #expect(failure?.errno == EEXIST)
    }

    @Test func `a veth's end can be made in another namespace`() throws {
        let container = try NetworkNamespace.anonymous()
        let host = try RoutingSocket(in: .anonymous())
        let peer = Veth.Peer(name: "eth0", attributes: LinkAttributes(mtu: 1300), in: container)
        try host.perform { $0.addLink("a", .veth(Veth(peer: peer))) }
        #expect(try host.link(.name("eth0")) == nil)
        let inside = try RoutingSocket(in: container)
        #expect(try inside.link(.name("eth0"))?.attributes.mtu == 1300)
    }

    @Test func `a port has the settings of a port`() throws {
        let (socket, _, _) = try pair()
        try socket.perform { $0.addLink("br0", .bridge(Bridge()), LinkAttributes(isUp: true)) }
        let bridge = try #require(try socket.link(.name("br0")))
        var port = BridgePort()
        port.hairpin = true
        port.isolated = true
        port.state = .forwarding
        try socket.perform { batch in
            batch.setLink(.name("a"), LinkAttributes(), master: bridge.index)
            batch.setPort(.name("a"), port)
        }
        let link = try #require(try socket.link(.name("a")))
        #expect(link.master == bridge.index)
        #expect(link.port?.hairpin == true)
        #expect(link.port?.isolated == true)
        #expect(link.port?.state == .forwarding)
        #expect(try socket.links(master: bridge.index).map(\.name) == ["a"])
    }

    @Test(arguments: ["10.1.0.5/24", "fd00:1::5/64"])
    func `an address can be added, found and deleted`(text: String) throws {
        let (socket, a, _) = try pair()
        let address = InterfaceAddress(try prefix(text), skipsDAD: true)
        try socket.perform { $0.address(.add, address, on: a) }
        let found = try socket.addresses(on: a).map(\.address).filter { !$0.prefix.address.isLinkLocal }
        #expect(found.map(\.prefix) == [address.prefix])
        #expect(found.first?.isTentative == false)
        let error = #expect(throws: NetlinkError.self) {
            try socket.perform { $0.address(.add, address, on: a) }
        }
        #expect(error?.meansPresence == true)
        try socket.perform { $0.address(.delete, address, on: a) }
        #expect(try socket.addresses(on: a).allSatisfy { $0.address.prefix != address.prefix })
    }

    @Test(arguments: [
        ("10.1.0.5/24", "10.9.0.0/16", "10.1.0.1"), ("fd00:1::5/64", "fd00:9::/64", "fd00:1::1"),
    ])
    func `a route has what it was made with`(own: String, destination: String, gateway: String) throws {
        let (socket, a, _) = try pair()
        let address = InterfaceAddress(try prefix(own), skipsDAD: true)
        var route = Route(try prefix(destination), via: try self.address(gateway))
        route.mtu = 1200
        route.advmss = 1100
        route.priority = 77
        route.table = 1000
        route.protocol = RoutingProtocol(rawValue: 200)
        try socket.perform { batch in
            batch.address(.add, address, on: a)
            batch.route(.add, route, through: a)
        }
        let found = try socket.routes(route.destination.family, table: 1000)
        #expect(found.count == 1)
        #expect(found.first?.index == a)
        #expect(found.first?.route.destination == route.destination)
        #expect(found.first?.route.gateway == route.gateway)
        #expect(found.first?.route.mtu == 1200)
        #expect(found.first?.route.advmss == 1100)
        #expect(found.first?.route.priority == 77)
        #expect(found.first?.route.protocol.rawValue == 200)
        try socket.perform { $0.route(.delete, route, through: a) }
        #expect(try socket.routes(route.destination.family, table: 1000).isEmpty)
    }

    @Test func `neighbours, forwarding entries and rules come back as they were made`() throws {
        let (socket, a, _) = try pair()
        let mac = try #require(MACAddress("02:00:00:00:00:09"))
        let neighbour = Neighbour(try address("10.1.0.9"), mac: mac)
        let entry = ForwardingEntry(mac)
        var rule = Rule(.v4, priority: 500, table: 1000)
        rule.source = try prefix("10.1.0.0/24")
        rule.fwmark = 0x10
        rule.fwmask = 0xff
        try socket.perform { batch in
            batch.neighbour(.add, neighbour, on: a)
            batch.forwarding(.add, entry, on: a)
            batch.rule(.add, rule)
        }
        #expect(try socket.neighbours(on: a).map(\.entry).contains(neighbour))
        #expect(try socket.forwarding(on: a).map(\.entry.mac).contains(mac))
        #expect(try socket.rules(.v4).contains(rule))
        try socket.perform { batch in
            batch.neighbour(.delete, neighbour, on: a)
            batch.rule(.delete, rule)
        }
        #expect(try !socket.neighbours(on: a).map(\.entry).contains(neighbour))
        #expect(try !socket.rules(.v4).contains(rule))
    }

    @Test func `of many rules those are decoded that may be wanted ones`()
        throws
    {
        let (socket, _, _) = try pair()
        func rule(_ family: IPAddress.Family, _ priority: UInt32, _ from: String?, _ to: String?) throws
            -> Rule
        {
            var rule = Rule(family, priority: priority, table: 1000)
            rule.source = try from.map { try prefix($0) }
            rule.destination = try to.map { try prefix($0) }
            return rule
        }
        let wanted = [
            try rule(.v4, 512, nil, "10.1.0.9/32"), try rule(.v4, 1536, "10.1.0.9/32", nil),
            try rule(.v4, 1024, nil, nil), try rule(.v6, 512, "fd00::/64", "fd00::9/128"),
        ]
        var twin = wanted[2]
        twin.fwmark = 7
        let others = [
            try rule(.v4, 513, nil, "10.1.0.9/32"), try rule(.v4, 512, nil, "10.1.0.8/32"),
            try rule(.v4, 512, "10.1.0.9/32", nil), try rule(.v4, 512, nil, "10.1.0.0/24"),
            try rule(.v6, 512, "fd00::/64", nil),
            try rule(.v6, 512, "fd00::/64", "fd00::8/128"),
        ]
        try socket.perform { batch in for rule in others + wanted + [twin] { batch.rule(.add, rule) } }
        #expect(try Set(socket.rules(.v4, like: wanted)) == Set(wanted.prefix(3) + [twin]))
        #expect(try socket.rules(.v6, like: wanted) == [wanted[3]])
        #expect(try socket.rules(.v6, like: []).isEmpty)
    }

    @Test func `the kernel goes on past a request that fails, and each has its own outcome`() throws {
        let socket = try RoutingSocket(in: .anonymous())
        var batch = Batch()
        batch.addLink("a", .bridge(Bridge()))
        batch.addLink("a", .bridge(Bridge()))
        batch.addLink("b", .bridge(Bridge()))
        batch.addLink("c", .other("no-such-kind"))
        let outcome = socket.perform(batch)
        #expect(outcome.map { $0?.errno } == [nil, EEXIST, nil, EOPNOTSUPP])
        #expect(try socket.links(named: ["a", "b", "c"]).map(\.name) == ["a", "b"])
    }

    @Test func `an error has the words of ip and the kernel's own text`() throws {
        let socket = try RoutingSocket(in: .anonymous())
        let error = #expect(throws: NetlinkError.self) {
            try socket.perform { $0.addLink("a", .bridge(Bridge()), LinkAttributes(mtu: 1)) }
        }
        #expect(
            error?.description
                == "link add a type bridge: Invalid argument (mtu less than device minimum)")
    }

    @Test func `a thousand requests are one batch`() throws {
        let (socket, a, _) = try pair()
        var batch = Batch()
        for number in 0..<1000 {
            let host = try #require(IPAddress(.v4, bits: 0x0a01_0000).advanced(by: number + 1))
            batch.neighbour(.add, Neighbour(host, mac: MACAddress(bits: 0x0200_0000_0000)), on: a)
        }
        #expect(socket.perform(batch).allSatisfy { $0 == nil })
        #expect(try socket.neighbours(on: a).count >= 1000)
        // Refusals of all of them do not overflow the socket either.
        #expect(socket.perform(batch).allSatisfy { $0?.errno == EEXIST })
    }
}
