// SPDX-License-Identifier: Apache-2.0

import Addressing
import Namespaces
import Netlink
import TestSupport
import Testing

@Suite("VXLAN and namespaces' numbers", .needsNetworkNamespaces)
struct VXLANTests {
    static let settings: [VXLAN] = {
        var group = VXLAN(identifier: 5, port: 8472)
        group.remote = IPAddress("239.1.1.1")
        group.link = 2
        var other = VXLAN(identifier: 0xff_fffe, port: 4789, local: IPAddress("2001:db8::1"))
        other.remote = IPAddress("2001:db8::2")
        other.learning = false
        return [VXLAN(identifier: 1, port: 4789, local: IPAddress("192.0.2.1")), group, other]
    }()

    @Test(.needsVXLAN, arguments: settings) func `a tunnel has the settings it was made with`(_ wanted: VXLAN)
        throws
    {
        let socket = try RoutingSocket(in: .anonymous())
        try socket.perform { batch in
            batch.addLink("lower", .veth(Veth(peer: Veth.Peer(name: "other"))), LinkAttributes(isUp: true))
        }
        var wanted = wanted
        if wanted.link != nil { wanted.link = try #require(try socket.link(.name("lower"))).index }
        try socket.perform { $0.addLink("v", .vxlan(wanted)) }
        guard case .vxlan(let found)? = try socket.link(.name("v"))?.kind else {
            Issue.record("no tunnel")
            return
        }
        #expect(found.identifier == wanted.identifier)
        #expect(found.port == wanted.port)
        #expect(found.local == wanted.local)
        #expect(found.remote == wanted.remote)
        #expect(found.link == wanted.link)
        #expect(found.learning == wanted.learning ?? true)
    }

    @Test func `a namespace's number is the one that links name it by`() throws {
        let container = try NetworkNamespace.anonymous()
        let stranger = try NetworkNamespace.anonymous()
        let host = try RoutingSocket(in: .anonymous())
        let descriptors = [stranger.rawDescriptor, container.rawDescriptor, 0]
        #expect(try host.namespaceNumbers(of: descriptors) == [nil, nil, nil])
        try host.perform { $0.addLink("a", .veth(Veth(peer: Veth.Peer(name: "eth0", in: container)))) }
        let number = try #require(try host.link(.name("a"))?.peerNamespace)
        #expect(try host.namespaceNumbers(of: descriptors) == [nil, number, nil])
        let many = [CInt](repeating: container.rawDescriptor, count: 200)
        #expect(try host.namespaceNumbers(of: many) == [Int32?](repeating: number, count: 200))
    }
}
