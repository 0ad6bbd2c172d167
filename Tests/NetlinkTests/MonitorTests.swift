// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import Glibc
import Namespaces
import TestSupport
import Testing

@testable import Netlink

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

        /// The events until one that `isLast` accepts; all there are in a minute and a half if none does.
        func events(until isLast: (NetworkEvent) -> Bool) throws -> [NetworkEvent] {
            var all: [NetworkEvent] = []
            for _ in 0..<900 where !all.contains(where: isLast) { all += try monitor.events(within: 100) }
            return all
        }
    }

    private func prefix(_ text: String) throws -> IPPrefix { try #require(IPPrefix(text)) }
    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }
    private func mac(_ text: String) throws -> MACAddress { try #require(MACAddress(text)) }

    @Test(arguments: [
        (IPAddress.Family.v4, "net/ipv4/ip_forward"), (.v6, "net/ipv6/conf/all/forwarding"),
    ])
    func `a change of forwarding is reported, and no setting of a single link`(
        family: IPAddress.Family, path: String
    ) throws {
        let namespace = try NetworkNamespace.anonymous()
        func write(_ path: String, _ value: String) throws {
            let isWritten = try namespace.run { () throws(NamespaceError) in
                guard let file = fopen("/proc/sys/\(path)", "w") else { return false }
                fputs(value, file)
                return fclose(file) == 0
            }
            try #require(isWritten, "\(path)")
        }
        try write(path, "0")
        let monitor = try NetworkMonitor(in: namespace)
        try write("net/\(family == .v4 ? "ipv4" : "ipv6")/conf/lo/forwarding", "1")
        for _ in 0..<5 { #expect(try monitor.events(within: 50).isEmpty) }
        for isOn in [true, false] {
            try write(path, isOn ? "1" : "0")
            var told: [NetworkEvent] = []
            // What is told of single links comes to nothing, and is not the end.
            for _ in 0..<10 { told += try monitor.events(within: 50) }
            #expect(told.contains(.packetForwarding(family, isOn: isOn)), "\(told)")
            #expect(!told.contains(.packetForwarding(family, isOn: !isOn)), "\(told)")
        }
    }

    @Test func `links, addresses, routes and neighbours are reported as they come and go`() throws {
        let world = try World()
        try world.socket.perform { batch in
            batch.addLink("a", .veth(Veth(peer: Veth.Peer(name: "b"))))
            batch.setLink(.name("a"), LinkAttributes(isUp: true))
        }
        let index = try #require(try world.socket.link(.name("a"))).index
        let own = InterfaceAddress(try prefix("192.0.2.1/24"))
        var route = Route(
            try prefix("198.51.100.0/24"), via: try address("192.0.2.2"))
        route.protocol = RoutingProtocol(rawValue: 0x43)
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
                        found.destination == route.destination && found.protocol == route.protocol
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

    @Test func `a change of a table is reported with the table's name`() throws {
        let world = try World()
        let table = NFTables.TableName(.inet, "watched")
        let firewall = world.firewall
        try firewall.perform { $0.add(NFTables.Table(table)) }
        #expect(try world.events { $0 == .table(table) }.contains(.table(table)))
        try firewall.perform { $0.delete(table) }
        #expect(try world.events { $0 == .table(table) }.contains(.table(table)))
    }

    @Test func `a forwarding entry of a tunnel is reported as such, with its destination`() throws {
        let world = try World()
        let entry = ForwardingEntry(
            try mac("02:00:00:00:00:02"), destination: try address("192.0.2.2"))
        var vxlan = VXLAN(identifier: 1, port: 8472, local: try address("192.0.2.1"))
        vxlan.learning = false
        try world.socket.perform { $0.addLink("v1", .vxlan(vxlan)) }
        let index = try #require(try world.socket.link(.name("v1"))).index
        try world.socket.perform { batch in
            batch.forwarding(.append, entry, on: index)
            batch.forwarding(.delete, entry, on: index)
        }
        let gone = NetworkEvent.forwarding(entry, index: index, isRemoved: true)
        let events = try world.events { $0 == gone }
        #expect(events.contains(gone), "\(events)")
        #expect(events.contains(.forwarding(entry, index: index, isRemoved: false)), "\(events)")
    }

    @Test func `without a change the time is up`() throws {
        #expect(try World().monitor.events(within: 1).isEmpty)
    }

    @Test func `what another process sends is no event, and does not hold up the reader`() throws {
        // Sockets for requests wait 5 s for an answer. The least of several: the machine has other work.
        let times = try (0..<5).map { _ in try timeOfForeignMessage() }
        #expect(try #require(times.min()) < .seconds(4), "\(times)")
    }

    private func timeOfForeignMessage() throws -> Duration {
        let namespace = try NetworkNamespace.anonymous()
        let monitor = try NetworkMonitor(in: namespace)
        try namespace.run { () throws(NamespaceError) in
            let port = ports(ofProtocol: 0).first  // NETLINK_ROUTE
            let sender = socket(AF_NETLINK, CInt(SOCK_RAW.rawValue), 0)
            defer { close(sender) }
            // struct sockaddr_nl: nl_family and padding, nl_pid, nl_groups.
            let receiver: [UInt32] = [UInt32(AF_NETLINK), port ?? 0, 0]
            // A route that goes, if the kernel had said so.
            let bytes: [UInt8] = [16, 0, 0, 0, 25, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
            let sent = receiver.withUnsafeBytes { name in
                sendto(
                    sender, bytes, bytes.count, 0, name.bindMemory(to: sockaddr.self).baseAddress,
                    socklen_t(name.count))
            }
            #expect(port != nil && sent == bytes.count)
        }
        var events: [NetworkEvent]?
        let time = try ContinuousClock().measure { events = try monitor.events(within: 600_000) }
        #expect(events == [])
        return time
    }

    /// The ports of the calling thread's namespace that are in groups, from /proc/net/netlink.
    private func ports(ofProtocol number: CInt) -> [UInt32] {
        guard let file = fopen("/proc/thread-self/net/netlink", "r") else { return [] }
        defer { fclose(file) }
        var content: [UInt8] = []
        var byte = getc(file)
        while byte != EOF {
            content.append(UInt8(truncatingIfNeeded: byte))
            byte = getc(file)
        }
        // sk Eth Pid Groups …
        return String(decoding: content, as: UTF8.self).split(separator: "\n").compactMap { line in
            let columns = line.split(separator: " ")
            guard columns.count > 3, columns[1] == "\(number)", columns[3] != "00000000" else { return nil }
            return UInt32(columns[2])
        }
    }

    @Test func `whatever bytes come, they are an event, none, or refused`() throws {
        var random = Seeded()
        let world = try World()
        try world.socket.perform { batch in
            batch.addLink("a", .veth(Veth(peer: Veth.Peer(name: "b"))))
            batch.addLink("v1", .vxlan(VXLAN(identifier: 1, port: 8472)))
            batch.setLink(.name("a"), LinkAttributes(isUp: true))
        }
        let index = try #require(try world.socket.link(.name("a"))).index
        try world.socket.perform { batch in
            batch.address(.add, InterfaceAddress(IPPrefix(host: IPAddress(.v4, bits: 1))), on: index)
            batch.neighbour(.add, Neighbour(IPAddress(.v4, bits: 2), mac: MACAddress(bits: 2)), on: index)
            batch.route(.add, Route(IPPrefix(host: IPAddress(.v4, bits: 3))), through: index)
        }
        // What a kernel says, and from each of them a message that no kernel would.
        var seeds: [Message] = []
        // RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE, RTM_GETNEIGH, and how long their headers are.
        for (kind, words) in [(18, 4), (22, 2), (26, 3), (30, 3)] {
            seeds += try world.socket.socket.dump("dump", type: kind) { request in
                for _ in 0..<words { request.header(UInt32(0)) }
            }
        }
        try #require(Set(seeds.map(\.type)) == [16, 20, 24, 28])
        var counts = (events: 0, none: 0, refused: 0)
        for round in 0..<60_000 {
            let seed = seeds[round % seeds.count]
            var payload = Array(seed.payload)
            for _ in 0..<Int.random(in: 0...4, using: &random) where !payload.isEmpty {
                payload[Int.random(in: 0..<payload.count, using: &random)] = .random(
                    in: 0...255, using: &random)
            }
            if Bool.random(using: &random) {
                payload.removeLast(Int.random(in: 0...payload.count, using: &random))
            }
            let isFirewall = round % 4 == 0
            let type =
                isFirewall
                ? 0xa00 | Int.random(in: 0...31, using: &random)
                : seed.type + Int.random(in: 0...3, using: &random)
            let message = Message(type: type, flags: 0, sequence: 0, payload: payload[...])
            do throws(MalformedMessage) {
                let event = try isFirewall ? NetworkEvent.firewall(message) : .routing(message)
                if event == nil { counts.none += 1 } else { counts.events += 1 }
            } catch {
                counts.refused += 1
            }
        }
        #expect(
            counts.events > 0 && counts.none > 0 && counts.refused > 0, "TEST_SEED=\(Seeded.seed) \(counts)")
    }

    @Test func `lost events are reported as such`() throws {
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
