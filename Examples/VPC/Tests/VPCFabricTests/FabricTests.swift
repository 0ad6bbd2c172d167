// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import Glibc
import Namespaces
import Netlink
import NodeAgentTesting
import Testing
import VPCFabric

@Suite("The fabric between namespaces", .needsFabric) struct FabricTests {
    // MARK: Links

    @Test func `an ENI is a link with its MAC address and MTU, and goes when it is detached`() throws {
        let world = try World()
        let link = try #require(try World.link("eth1", in: world.a))
        #expect(link.attributes.mac == Example.mac(1) && link.attributes.mtu == 9001)
        #expect(link.peer == nil)
        try world.change("eni-a1") { $0.attachment = nil }
        #expect(try World.link("eth1", in: world.a) == nil)
        try world.change("eni-a1") { $0.attachment = .device(instance: "i-b", name: "eth7") }
        #expect(try World.link("eth7", in: world.b)?.attributes.mac == Example.mac(1))
    }

    @Test func `an ENI vanishes even from a pod's namespace, and comes back when the pod's ends`() throws {
        let world = try World()
        let pod = try TestContainer(id: "pod", pathAfterwards: "\(world.folder.path)/gone")
        try moveIntoPod(world, pod)
        #expect(try World.link("eth0", in: pod)?.attributes.mac == Example.mac(1))
        #expect(try World.link("eth1", in: world.a) == nil)
        try world.change("eni-a1") { $0.attachment = nil }
        #expect(try World.link("eth0", in: pod) == nil)
        try world.change("eni-a1") { $0.attachment = .device(instance: "i-a", name: "eth1") }
        try moveIntoPod(world, pod)
        pod.close()
        #expect(try eventually { try World.link("eth1", in: world.a) != nil })
    }

    private func moveIntoPod(_ world: World, _ pod: TestContainer) throws {
        let index = try #require(try World.link("eth1", in: world.a)).index
        let namespace = try pod.namespace()
        var batch = Batch()
        batch.moveLink(index, named: "eth1", to: namespace, as: "eth0")
        #expect(try RoutingSocket(in: world.a.namespace()).perform(batch) == [nil])
    }

    @Test func `a name that is taken is reported, and tried again`() throws {
        let world = try World()
        try RoutingSocket(in: world.b.namespace()).perform { $0.addLink("eth2", .bridge(Bridge())) }
        try world.change("eni-a1") { $0.attachment = .device(instance: "i-b", name: "eth2") }
        let problem = try #require(try world.network.problems["eni-a1"])
        #expect(problem.description.contains("attach eni-a1 as eth2"))
        try RoutingSocket(in: world.b.namespace()).perform { $0.deleteLink(.name("eth2")) }
        #expect(try eventually { try world.network.problems.isEmpty })
        #expect(try World.link("eth2", in: world.b)?.attributes.mac == Example.mac(1))
    }

    @Test func `a machine that is not there is reported`() throws {
        let world = try World()
        try world.change { $0.instances.append(.init(id: "i-c", namespacePath: "\(world.folder.path)/none")) }
        try world.change("eni-a1") { $0.attachment = .device(instance: "i-c", name: "eth1") }
        #expect(try world.network.problems["eni-a1"]?.description.contains("does not exist") == true)
        try world.change("eni-a1") { $0.attachment = .device(instance: "i-unknown", name: "eth1") }
        #expect(try world.network.problems["eni-a1"]?.reason == .unknown("i-unknown"))
    }

    @Test(arguments: [true, false]) func `everything goes with the fabric`(_ isClosed: Bool) throws {
        let world = try World()
        if isClosed { try world.network.close() } else { world.dropFabric() }
        for container in [world.a, world.b, world.internet, world.peer] {
            #expect(
                try eventually {
                    try RoutingSocket(in: container.namespace()).links().map(\.name) == ["lo"]
                })
        }
    }

    // MARK: Traffic

    /// From each of a's addresses to each of b's, of one family.
    static let pairs: [(String, String)] = {
        let four = (
            ["10.0.1.10", "10.0.1.11", "100.64.0.10", "100.64.1.17"],
            ["10.0.1.20", "10.0.1.21", "100.64.0.20", "100.64.1.33"]
        )
        let six = (["2001:db8:0:1::a", "2001:db8:0:2:a::7"], ["2001:db8:0:1::b", "2001:db8:0:2:b::7"])
        return [four, six].flatMap { family in family.0.flatMap { from in family.1.map { (from, $0) } } }
    }()

    @Test func `every address reaches every other as itself, both ways`() throws {
        let world = try World()
        for (one, other) in Self.pairs {
            #expect(try World.talk(one, in: world.a, to: other, in: world.b) == one)
            #expect(try World.talk(other, in: world.b, to: one, in: world.a) == other)
        }
        #expect(try world.network.counters.drops[.source] == nil)
    }

    @Test func `a ping of the whole MTU is answered`() throws {
        let world = try World()
        for (one, other) in Self.pairs {
            let headers = one.contains(":") ? 48 : 28
            #expect(try Ping.answers(from: one, to: other, payload: 9001 - headers, in: world.a))
        }
        #expect(try Ping.answers(from: "10.0.1.10", to: "198.51.100.7", payload: 56, in: world.a))
        #expect(try Ping.answers(from: "10.0.1.11", to: "192.168.5.5", payload: 1472, in: world.a))
    }

    @Test func `the kernel finds the router by its advertisement`() throws {
        let world = try World()
        let routes = try eventually {
            try RoutingSocket(in: world.a.namespace()).routes(.v6, table: Route.mainTable, through: nil)
                .contains {
                    $0.route.destination.length == 0 && $0.route.gateway == Switch.routerAddress
                        && $0.route.protocol == RoutingProtocol.routerAdvertisement
                }
        }
        #expect(routes)
    }

    @Test func `TCP uses the whole MTU, and loses nothing`() throws {
        let world = try World()
        let listener = try Socket.bound(to: "100.64.1.33", port: 80, in: world.b)
        let client = try #require(
            try Socket.connected(from: "10.0.1.11", to: "100.64.1.33", port: 80, in: world.a))
        let (server, _) = try #require(try listener.accepted())
        let bytes = 8 << 20
        #expect(client.transfer(bytes, to: server) == bytes)
        #expect(server.transfer(bytes, to: client) == bytes)
        // 9001 less the headers of IP and TCP, and the option of time stamps.
        #expect(client.maximumSegment == 9001 - 20 - 20 - 12)
        let flow = try #require(
            try world.network.flows.first {
                $0.interface.id == "eni-a0" && $0.traffic?.direction == .egress
            }?.traffic)
        #expect(flow.bytes > UInt64(bytes))
    }

    @Test func `a foreign source does not leave its ENI`() throws {
        let world = try World()
        let session = try RoutingSocket(in: world.a.namespace())
        let lo = try #require(try session.link(.name("lo"))).index
        let foreign = try #require(IPPrefix("10.0.1.99/32"))
        try session.perform { $0.address(.add, InterfaceAddress(foreign), on: lo) }
        let receiver = try Socket.bound(to: "10.0.1.20", port: 9, isStream: false, in: world.b)
        let liar = try #require(
            try Socket.connected(from: "10.0.1.99", to: "10.0.1.20", port: 9, isStream: false, in: world.a))
        #expect(liar.send("lie"))
        let honest = try #require(
            try Socket.connected(from: "10.0.1.10", to: "10.0.1.20", port: 9, isStream: false, in: world.a))
        #expect(honest.send("truth"))
        #expect(receiver.received()?.text == "truth")
        #expect(try world.network.counters.drops[.source] ?? 0 >= 1)
    }

    @Test func `groups hold from the next packet on, and answers pass`() throws {
        let world = try World()
        let client = try #require(IPPrefix("10.0.1.11/32"))
        try world.change {
            $0.groups.append(
                SecurityGroup(id: "sg-web", ingress: [SecurityRule(.tcp(80...80), peers: [.network(client)])])
            )
        }
        try world.change("eni-b0") { $0.groups = ["sg-web"] }
        #expect(try World.talk("10.0.1.11", in: world.a, to: "10.0.1.21", in: world.b) == "10.0.1.11")
        // Another source of the same ENI, and another port.
        #expect(
            try World.talk("10.0.1.10", in: world.a, to: "10.0.1.21", in: world.b, milliseconds: 300) == nil)
        #expect(
            try World.talk(
                "10.0.1.11", in: world.a, to: "10.0.1.21", in: world.b, port: 81, milliseconds: 300) == nil)
        #expect(try World.talk("10.0.1.21", in: world.b, to: "10.0.1.11", in: world.a) == "10.0.1.21")
        // A tracked connection goes on without its rule, a new one does not begin.
        let listener = try Socket.bound(to: "10.0.1.21", port: 80, in: world.b)
        let end = try #require(
            try Socket.connected(from: "10.0.1.11", to: "10.0.1.21", port: 80, in: world.a))
        let (other, _) = try #require(try listener.accepted())
        try world.change { $0.groups.removeAll { $0.id == "sg-web" } }
        #expect(end.send("still here") && other.received()?.text == "still here")
        #expect(
            try Socket.connected(from: "10.0.1.11", to: "10.0.1.21", port: 80, milliseconds: 300, in: world.a)
                == nil)
    }

    @Test func `the internet sees the machine's public address, the peer network the pod's own`() throws {
        let world = try World()
        #expect(
            try World.talk("10.0.1.10", in: world.a, to: "198.51.100.7", in: world.internet) == "203.0.113.10"
        )
        #expect(
            try World.talk(
                "198.51.100.7", in: world.internet, to: "203.0.113.20", in: world.b, at: "10.0.1.20")
                == "198.51.100.7")
        // A secondary address has no public one.
        #expect(
            try World.talk(
                "10.0.1.11", in: world.a, to: "198.51.100.7", in: world.internet, milliseconds: 300) == nil)
        #expect(try world.network.counters.drops[.noPublicAddress] ?? 0 >= 1)
        #expect(try World.talk("10.0.1.11", in: world.a, to: "192.168.5.5", in: world.peer) == "10.0.1.11")
        #expect(
            try World.talk("100.64.1.17", in: world.a, to: "192.168.5.5", in: world.peer) == "100.64.1.17")
        #expect(
            try World.talk("192.168.5.5", in: world.peer, to: "100.64.1.33", in: world.b) == "192.168.5.5")
        #expect(
            try World.talk("2001:db8:0:1::a", in: world.a, to: "2001:4860::8", in: world.internet)
                == "2001:db8:0:1::a")
        // By a NAT gateway every source reaches the internet.
        let shared = try #require(IPAddress("203.0.113.200"))
        try world.change {
            $0.natGateways = [.init(id: "nat-1", publicAddress: shared)]
            $0.subnets[1].routes[.everything(.v4)] = .natGateway("nat-1")
        }
        #expect(
            try World.talk("100.64.1.17", in: world.a, to: "198.51.100.7", in: world.internet)
                == "203.0.113.200")
    }

    @Test func `a large transfer to the internet finds its MTU`() throws {
        let world = try World()
        let listener = try Socket.bound(to: "198.51.100.7", port: 80, in: world.internet)
        let client = try #require(
            try Socket.connected(from: "10.0.1.10", to: "198.51.100.7", port: 80, in: world.a))
        let (server, _) = try #require(try listener.accepted())
        #expect(client.transfer(1 << 20, to: server) == 1 << 20)
        #expect(client.maximumSegment == 1500 - 52)
        // A datagram that must not be fragmented brings a report, and then is not sent.
        let datagrams = try #require(
            try Socket.connected(from: "10.0.1.10", to: "198.51.100.7", port: 9, isStream: false, in: world.a)
        )
        var must = CInt(IP_PMTUDISC_DO)
        setsockopt(
            datagrams.number, CInt(IPPROTO_IP), IP_MTU_DISCOVER, &must, socklen_t(MemoryLayout<CInt>.size))
        let large = String(repeating: "x", count: 3000)
        #expect(eventually { !datagrams.send(large) })
    }

    // MARK: Services and logs

    @Test func `a service listens for every machine, and knows which one asks`() throws {
        let world = try World()
        let fabric = try world.network
        let listener = try Socket(adopting: fabric.openListener(at: LinkLocalService.metadata, port: 80))
        for (source, machine, id) in [("10.0.1.11", world.a, "i-a"), ("100.64.1.33", world.b, "i-b")] {
            let client = try #require(
                try Socket.connected(from: source, to: "169.254.169.254", port: 80, in: machine))
            let (server, seen) = try #require(try listener.accepted())
            #expect(seen == source)
            #expect(try fabric.instance(of: #require(IPAddress(seen))) == id)
            #expect(server.send("token") && client.received()?.text == "token")
        }
        let local = try #require(IPAddress("127.0.0.1"))
        let own = try Socket(adopting: fabric.openListener(inNamespaceOf: "i-a", at: local, port: 80))
        #expect(try Socket.connected(from: "127.0.0.1", to: "127.0.0.1", port: 80, in: world.a) != nil)
        #expect(try own.accepted()?.1 == "127.0.0.1")
        #expect(throws: FabricError.self) {
            try fabric.openListener(inNamespaceOf: "i-none", at: local, port: 80)
        }
    }

    @Test func `flow logs show pods in a custom format and the ENI in the default one`() throws {
        let world = try World()
        #expect(try World.talk("10.0.1.11", in: world.a, to: "10.0.1.21", in: world.b) != nil)
        let custom = try world.log("custom.log")
        #expect(custom.contains("eni-b0 10.0.1.11 10.0.1.20 10.0.1.11 10.0.1.21 ingress ACCEPT"))
        #expect(custom.contains("eni-a0 10.0.1.21 10.0.1.10 10.0.1.21 10.0.1.11 ingress ACCEPT"))
        let standard = try world.log("default.log")
        #expect(
            standard.contains {
                $0.hasPrefix("2 123456789012 eni-b0 10.0.1.11 10.0.1.20 ") && $0.hasSuffix(" ACCEPT OK")
            })
        #expect(
            standard.contains {
                $0.hasPrefix("2 123456789012 eni-b1 - - - - - - - ") && $0.hasSuffix(" - NODATA")
            })
        #expect(try world.network.flowLogProblem == nil)
    }
}
