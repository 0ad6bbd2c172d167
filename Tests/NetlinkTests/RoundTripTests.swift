// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import Glibc
import Namespaces
import TestSupport
import Testing

@testable import Netlink

/// What is written is what is read, with random values in a real kernel: nothing is lost, nothing is made up.
@Suite("Round trips through the kernel", .needsNetworkNamespaces)
struct RoundTripTests {
    /// A namespace with the veth pair `a` and `b`, both up, `a` with an address of each family.
    private func pair() throws -> (socket: RoutingSocket, a: UInt32, b: UInt32) {
        let socket = try RoutingSocket(in: .anonymous())
        try socket.perform { batch in
            batch.addLink("a", .veth(Veth(peer: Veth.Peer(name: "b"))))
            for name in ["a", "b", "lo"] { batch.setLink(.name(name), LinkAttributes(isUp: true)) }
        }
        let links = try socket.links(named: ["a", "b"])
        try #require(links.count == 2)
        try socket.perform { batch in
            for text in ["10.200.0.1/16", "fd00:200::1/64"] {
                guard let prefix = IPPrefix(text) else { continue }
                batch.address(
                    .add, InterfaceAddress(prefix, skipsDAD: true), on: links[0].index)
            }
        }
        return (socket, links[0].index, links[1].index)
    }

    @Test(arguments: 0..<8) func `rules come back as they were written`(stream: Int) throws {
        let socket = try RoutingSocket(in: .anonymous())
        var random = RandomObjects(stream)
        for number in 0..<60 {
            let rule = random.rule(UInt32(100 + number))
            try socket.perform { $0.rule(.add, rule) }
            let found = try socket.rules(rule.family).filter { $0.priority == rule.priority }
            #expect(found == [rule], "TEST_SEED=\(Seeded.seed): \(rule.text)")
            // Deleted as it was read.
            for rule in found { try socket.perform { $0.rule(.delete, rule) } }
            #expect(try !socket.rules(rule.family).contains { $0.priority == rule.priority }, "\(rule.text)")
        }
    }

    @Test func `a mark without a mask is one whose bits all count`() throws {
        let socket = try RoutingSocket(in: .anonymous())
        for mark: UInt32 in [0, 1, .max] {
            var rule = Rule(.v4, priority: 77, table: 1000)
            rule.fwmark = mark
            try socket.perform { $0.rule(.add, rule) }
            #expect(try socket.rules(.v4).filter { $0.priority == 77 } == [rule])
            var masked = rule
            masked.fwmask = .max
            #expect(masked == rule)
            try socket.perform { $0.rule(.delete, rule) }
        }
    }

    @Test(arguments: 0..<8) func `routes come back as they were written`(stream: Int) throws {
        let (socket, a, b) = try pair()
        var random = RandomObjects(stream)
        for _ in 0..<60 {
            let (route, index) = random.route(through: a, b)
            do {
                try socket.perform { $0.route(.append, route, through: index, named: "a") }
            } catch {
                Issue.record("TEST_SEED=\(Seeded.seed): \(error) \(route)")
                continue
            }
            let found = try socket.routes(route.destination.family, table: route.table)
            #expect(found.count == 1)
            var expected = route
            // The kernel chooses what was left to it.
            expected.scope = found.first?.route.scope
            if expected.priority == nil { expected.priority = found.first?.route.priority }
            if expected.preference == nil { expected.preference = found.first?.route.preference }
            #expect(found.first?.route == expected, "TEST_SEED=\(Seeded.seed)")
            if !route.nexthops.isEmpty || route.type == .unicast { #expect(found.first?.index == index) }
            for (index, route) in found { try socket.perform { $0.route(.delete, route, through: index) } }
            #expect(try socket.routes(route.destination.family, table: route.table).isEmpty)
        }
    }

    @Test func `IPv6 routes that the kernel has joined keep each way`() throws {
        let (socket, a, _) = try pair()
        let destination = try #require(IPPrefix("fd00:9::/64"))
        let gateways = try ["fd00:200::2", "fd00:200::3"].map { try #require(IPAddress($0)) }
        try socket.perform { batch in
            for gateway in gateways { batch.route(.append, Route(destination, via: gateway), through: a) }
        }
        let found = try socket.routes(.v6).filter { $0.route.destination == destination }
        #expect(found.count == 1)
        #expect(found.first?.route.nexthops.map(\.gateway) == gateways)
        #expect(found.first?.route.nexthops.map(\.index) == [a, a])
    }

    @Test(arguments: 0..<8) func `addresses come back as they were written`(stream: Int) throws {
        let (socket, a, _) = try pair()
        var random = RandomObjects(stream)
        for _ in 0..<40 {
            let address = random.address()
            do {
                try socket.perform { $0.address(.add, address, on: a) }
            } catch {
                Issue.record("TEST_SEED=\(Seeded.seed): \(error) \(address)")
                continue
            }
            let found = try socket.addresses(on: a).map(\.address).filter {
                $0.prefix.address == address.prefix.address
            }
            #expect(found == [address], "TEST_SEED=\(Seeded.seed)")
            for address in found { try socket.perform { $0.address(.delete, address, on: a) } }
            #expect(try !socket.addresses(on: a).contains { $0.address.prefix == address.prefix })
        }
    }

    @Test(arguments: 0..<4) func `neighbours come back as they were written`(stream: Int) throws {
        let (socket, a, _) = try pair()
        var random = RandomObjects(stream)
        for _ in 0..<100 {
            let entry = random.neighbour()
            try socket.perform { $0.neighbour(.replace, entry, on: a) }
            let found = try socket.neighbours(on: a).map(\.entry).filter { $0.address == entry.address }
            #expect(found == [entry], "TEST_SEED=\(Seeded.seed)")
            try socket.perform { $0.neighbour(.delete, entry, on: a) }
        }
    }

    @Test func `a port keeps the settings that there are no words for`() throws {
        let (socket, a, _) = try pair()
        try socket.perform { $0.addLink("br0", .bridge(Bridge())) }
        let bridge = try #require(try socket.link(.name("br0"))).index
        // IFLA_BRPORT_COST.
        var port = BridgePort()
        port.other.append(3, [77, 0, 0, 0])
        try socket.perform { batch in
            batch.setLink(.index(a), LinkAttributes(), master: bridge)
            batch.setPort(.index(a), port)
        }
        let found = try #require(try socket.link(.index(a)))
        #expect(found.port?.other.elements.contains { $0.kind == 3 && $0.content == [77, 0, 0, 0] } == true)
        // What was read can be written.
        let written = try #require(found.port)
        try socket.perform { $0.setPort(.index(a), written) }
        #expect(try socket.link(.index(a))?.port == written)
    }

    @Test func `an attribute of another width is an error`() throws {
        // struct fib_rule_hdr, then FRA_PRIORITY with 2 bytes.
        let header: [UInt8] = [2, 0, 0, 0, 254, 0, 0, 1, 0, 0, 0, 0]
        for (kind, count) in [(6, 2), (10, 8), (15, 1), (19, 4), (20, 4), (23, 2), (1, 3)] {
            var attributes = RawAttributes()
            attributes.append(kind, [UInt8](repeating: 0, count: count))
            let message = Message(type: 32, flags: 0, sequence: 0, payload: (header + attributes.bytes)[...])
            #expect(throws: MalformedMessage.self) { try Rule.decode(message) }
        }
    }

    @Test func `unknown attributes are kept, and written again`() throws {
        var attributes = RawAttributes()
        attributes.append(999, [1, 2, 3])
        attributes.append(998, [])
        #expect(attributes.elements.map(\.kind) == [999, 998])
        #expect(attributes.elements.map(\.content) == [[1, 2, 3], []])
        var rule = Rule(.v4, priority: 1, table: 2)
        rule.other = attributes
        var route = Route(.everything(.v6))
        route.other = attributes
        route.otherMetrics.append(10, [9, 0, 0, 0])
        var batch = Batch()
        batch.rule(.add, rule)
        batch.route(.add, route, through: 3)
        batch.addLink("x", .other("strange", data: attributes))
        let messages = try Message.all(in: batch.entries.flatMap(\.bytes)[...])
        #expect(try Rule.decode(messages[0]) == rule)
        let decoded = try #require(try Route.decode(messages[1])?.route)
        #expect(decoded.other == attributes)
        #expect(decoded.otherMetrics == route.otherMetrics)
        let link = try Attributes(messages[2].payload.dropFirst(16)).nest(18)
        #expect(try LinkKind(link) == .other("strange", data: attributes))
        // It is not the same as one without.
        rule.other = RawAttributes()
        #expect(try Rule.decode(messages[0]) != rule)
    }

    @Test func `refusals name the link`() throws {
        let (socket, a, _) = try pair()
        let prefix = try #require(IPPrefix("10.200.0.1/16"))
        let host = try #require(IPAddress("10.200.0.9"))
        func refusal(_ build: (inout Batch) -> Void) -> String? {
            var batch = Batch()
            build(&batch)
            return socket.perform(batch).compactMap { $0 }.first?.operation
        }
        #expect(
            refusal { $0.address(.add, InterfaceAddress(prefix), on: a, named: "a") }
                == "address add 10.200.0.1/16 dev a")
        #expect(
            refusal { $0.address(.add, InterfaceAddress(prefix), on: a) }
                == "address add 10.200.0.1/16 dev index \(a)")
        #expect(
            refusal { $0.neighbour(.delete, Neighbour(host, mac: nil), on: a, named: "a") }
                == "neighbour delete 10.200.0.9 dev a")
        #expect(
            refusal { $0.route(.delete, Route(.everything(.v4), via: host), through: a, named: "a") }
                == "route delete default via 10.200.0.9 dev a")
        #expect(
            refusal { $0.forwarding(.delete, ForwardingEntry(MACAddress(bits: 7)), on: a, named: "a") }
                == "fdb delete 00:00:00:00:00:07 dev a")
        #expect(
            refusal {
                $0.addLink("x", .macvlan(MACVLAN(mode: .bridge)), parent: LinkParent(9_999, named: "eth7"))
            }
                == "link add x link eth7 type macvlan mode bridge")
    }
}
