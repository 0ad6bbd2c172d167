// SPDX-License-Identifier: Apache-2.0

import Addressing
import Namespaces
import Netlink
import Testing

@Suite("Monitor", .needsNetworkNamespaces)
struct MonitorTests {
    private struct World {
        let socket: RoutingSocket
        let firewall: NFTablesSocket
        let monitor: NetworkMonitor

        init() throws {
            let namespace = try NetworkNamespace.anonymous()
            socket = try RoutingSocket(in: namespace)
            monitor = try NetworkMonitor(in: namespace)
            firewall = try NFTablesSocket(in: namespace)
        }

        /// The events until one that `isLast` accepts; all there are in five seconds if none does.
        func events(until isLast: (NetworkEvent) -> Bool) throws -> [NetworkEvent] {
            var all: [NetworkEvent] = []
            for _ in 0..<50 where !all.contains(where: isLast) { all += try monitor.events(within: 100) }
            return all
        }
    }

    private func prefix(_ text: String) throws -> IPPrefix { try #require(IPPrefix(text)) }
    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }
    private func mac(_ text: String) throws -> MACAddress { try #require(MACAddress(text)) }

    @Test func `links, addresses, routes and neighbours are told as they come and go`() throws {
        let world = try World()
        try world.socket.perform { batch in
            batch.addLink("a", .veth(Veth(peer: Veth.Peer(name: "b"))))
            batch.setLink(.name("a"), LinkAttributes(isUp: true))
        }
        let index = try #require(try world.socket.link(.name("a"))).index
        let own = InterfaceAddress(try prefix("192.0.2.1/24"))
        var route = Route(
            try prefix("198.51.100.0/24"), via: try address("192.0.2.2"))
        route.origin = 0x43
        let neighbour = Neighbour(
            try address("192.0.2.2"), mac: try mac("02:00:00:00:00:02"))
        try world.socket.perform { batch in
            batch.address(.add, own, on: index)
            batch.route(.add, route, through: index)
            batch.neighbour(.add, neighbour, on: index)
            batch.neighbour(.delete, neighbour, on: index)
            batch.route(.delete, route, through: index)
            batch.deleteLink(.name("a"))
        }
        let events = try world.events {
            if case .link(let link, isRemoved: true) = $0 { link.name == "a" } else { false }
        }
        func isTold(_ isIt: (NetworkEvent) -> Bool) -> Bool { events.contains(where: isIt) }
        #expect(
            isTold {
                if case .address(let found, index, isRemoved: false) = $0 {
                    found.prefix == own.prefix
                } else {
                    false
                }
            }, "\(events)")
        for isRemoved in [false, true] {
            #expect(
                isTold {
                    if case .route(let found, index, isRemoved) = $0 {
                        found.destination == route.destination && found.origin == 0x43
                    } else {
                        false
                    }
                }, "\(events)")
        }
        #expect(
            isTold {
                if case .neighbour(let found, index, isRemoved: false) = $0 {
                    found == neighbour
                } else {
                    false
                }
            }, "\(events)")
        #expect(!events.contains(.lost))
    }

    @Test func `a change of a table is told with the table's name`() throws {
        let world = try World()
        let table = NFTables.TableName(.inet, "watched")
        let firewall = world.firewall
        try firewall.perform { $0.add(NFTables.Table(table)) }
        #expect(try world.events { $0 == .table(table) }.contains(.table(table)))
        try firewall.perform { $0.delete(table) }
        #expect(try world.events { $0 == .table(table) }.contains(.table(table)))
    }

    @Test func `without a change the time is up`() throws {
        #expect(try World().monitor.events(within: 1).isEmpty)
    }

    @Test func `what was lost is told as such`() throws {
        let world = try World()
        try world.socket.perform { batch in
            batch.addLink("a", .veth(Veth(peer: Veth.Peer(name: "b"))))
            batch.setLink(.name("a"), LinkAttributes(isUp: true))
        }
        let index = try #require(try world.socket.link(.name("a"))).index
        // More than the buffer takes, by far.
        let entry = Neighbour(
            try address("192.0.2.2"), mac: try mac("02:00:00:00:00:02"))
        for _ in 0..<100 {
            try world.socket.perform { batch in
                for _ in 0..<300 {
                    batch.neighbour(.add, entry, on: index)
                    batch.neighbour(.delete, entry, on: index)
                }
            }
        }
        #expect(try world.events { $0 == .lost }.contains(.lost))
    }
}
