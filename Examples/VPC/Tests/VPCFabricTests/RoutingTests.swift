// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing
import VPCFabric

@Suite("Routing by address") struct RoutingTests {
    static let paths: [(String, String, String, String)] = [
        ("eni-a0", "10.0.1.10", "10.0.1.20", "eni-b0"), ("eni-a0", "10.0.1.11", "10.0.1.22", "eni-b0"),
        ("eni-a0", "10.0.1.12", "100.64.1.33", "eni-b1"), ("eni-a1", "100.64.1.17", "100.64.1.47", "eni-b1"),
        ("eni-b1", "100.64.1.40", "10.0.1.11", "eni-a0"),
        ("eni-a0", "2001:db8:0:1::a", "2001:db8:0:1::b", "eni-b0"),
        ("eni-a1", "2001:db8:0:2:a::77", "2001:db8:0:2:b::99", "eni-b1"),
    ]

    @Test(arguments: paths) func `a packet comes to the ENI that owns its destination`(
        _ sender: String, _ source: String, _ destination: String, _ owner: String
    ) throws {
        var example = try Example()
        let sample = try Sample(source, destination, .tcp(40_000, 80, 2))
        let outgoing = try example.send(sample, by: sender)
        #expect(outgoing.map(\.port) == [.eni(owner)])
        let frame = try #require(outgoing.first).bytes
        // Nothing of the packet changes, not even TTL: a VPC's router is no hop.
        #expect(Array(frame[14...]) == sample.packet)
        #expect(try Array(frame[..<6]) == example.eni(owner).mac.bytes)
        #expect(Array(frame[6..<12]) == Switch.routerMAC.bytes)
    }

    @Test(arguments: ["10.0.1.20", "10.0.1.99", "8.8.8.8", "0.0.0.0", "127.0.0.1", "100.64.1.17"])
    func `a source that the ENI does not own is dropped`(_ source: String) throws {
        var example = try Example()
        #expect(try example.send(Sample(source, "10.0.1.20", .udp(1, 2)), by: "eni-a0").isEmpty)
        #expect(example.drops(.source) == 1)
        #expect(example.network.flows.count == 0)
    }

    @Test func `without its check an ENI sends for others, but not for nobody`() throws {
        var example = try Example()
        try example.change("eni-a0") { $0.checksSource = false }
        #expect(try example.send(Sample("172.20.0.9", "10.0.1.20", .udp(1, 2)), by: "eni-a0").count == 1)
        #expect(try example.send(Sample("0.0.0.0", "10.0.1.20", .udp(1, 2)), by: "eni-a0").isEmpty)
    }

    @Test func `addresses move with their ENIs' state`() throws {
        var example = try Example()
        let moved = try #require(IPAddress("10.0.1.11"))
        try example.change("eni-a0") { $0.addresses.removeAll { $0 == moved } }
        #expect(try example.send(Sample("10.0.1.20", "10.0.1.11", .udp(1, 2)), by: "eni-b0").isEmpty)
        #expect(example.drops(.noOwner) == 1)
        try example.change("eni-a1") { $0.addresses.append(moved) }
        let outgoing = try example.send(Sample("10.0.1.20", "10.0.1.11", .udp(1, 2)), by: "eni-b0")
        #expect(outgoing.map(\.port) == [.eni("eni-a1")])
        #expect(try example.send(Sample("10.0.1.11", "10.0.1.20", .udp(1, 2)), by: "eni-a0").isEmpty)
    }

    @Test func `a detached ENI neither sends nor receives`() throws {
        var example = try Example()
        try example.change("eni-b0") { $0.attachment = nil }
        #expect(try example.send(Sample("10.0.1.10", "10.0.1.20", .udp(1, 2)), by: "eni-a0").isEmpty)
        #expect(try example.send(Sample("10.0.1.20", "10.0.1.10", .udp(1, 2)), by: "eni-b0").isEmpty)
        #expect(example.drops(.noOwner) == 2)
    }

    static let ends: [(String, DropReason)] = [
        ("10.0.1.1", .router), ("100.64.0.1", .router), ("10.0.77.7", .noOwner), ("169.254.7.7", .noRoute),
        ("127.0.0.1", .noRoute), ("224.0.0.5", .multicast), ("255.255.255.255", .multicast),
        ("172.16.3.3", .noRoute),
    ]

    @Test(arguments: ends) func `what leads nowhere is dropped`(_ destination: String, _ reason: DropReason)
        throws
    {
        var example = try Example()
        #expect(try example.send(Sample("10.0.1.10", destination, .udp(1, 2)), by: "eni-a0").isEmpty)
        #expect(example.network.counters.drops == [reason: 1])
    }

    @Test func `the longest prefix wins, also towards an ENI that routes`() throws {
        var example = try Example()
        let (wide, narrow) = (
            try #require(IPPrefix("172.20.0.0/16")), try #require(IPPrefix("172.20.5.0/24"))
        )
        example.change {
            $0.subnets[0].routes[wide] = .vpn
            $0.subnets[0].routes[narrow] = .interface("eni-b1")
        }
        #expect(
            try example.send(Sample("10.0.1.10", "172.20.9.9", .udp(1, 2)), by: "eni-a0").map(\.port) == [
                .peer
            ])
        #expect(try example.send(Sample("10.0.1.10", "172.20.5.5", .udp(1, 2)), by: "eni-a0").isEmpty)
        #expect(example.drops(.destination) == 1)
        try example.change("eni-b1") { $0.checksSource = false }
        let outgoing = try example.send(Sample("10.0.1.10", "172.20.5.5", .udp(1, 2)), by: "eni-a0")
        #expect(outgoing.map(\.port) == [.eni("eni-b1")])
    }

    // MARK: Services

    @Test(arguments: ["169.254.169.254", "169.254.169.253", "10.0.0.2", "169.254.169.123"])
    func `link-local services are reached without groups, logs and translation`(_ service: String) throws {
        var example = try Example()
        example.change { $0.groups = [] }
        let sample = try Sample("10.0.1.11", service, .udp(40_000, 53))
        let outgoing = try example.send(sample, by: "eni-a0")
        #expect(outgoing.map(\.port) == [.services])
        #expect(outgoing.first?.bytes == sample.packet)
        let answer = try Sample(service, "10.0.1.11", .udp(53, 40_000))
        let back = example.network.handle(answer.packet, from: .services, at: example.now)
        #expect(back.map(\.port) == [.eni("eni-a0")])
        #expect(back.first?.packet == answer.packet)
        #expect(example.network.flows.count == 0)
    }

    @Test func `an ENI asks services 1,024 times a second at most`() throws {
        var example = try Example()
        let sample = try Sample("10.0.1.10", "169.254.169.253", .udp(1, 53))
        var passed = 0
        for _ in 0..<1100 { passed += try example.send(sample, by: "eni-a0").count }
        #expect(passed == 1024)
        #expect(example.drops(.services) == 1100 - 1024)
        example.wait(seconds: 1)
        #expect(try example.send(sample, by: "eni-a0").count == 1)
    }

    @Test func `a service cannot be impersonated from outside`() throws {
        var example = try Example()
        let packet = try Sample("8.8.8.8", "10.0.1.10", .udp(53, 1)).packet
        #expect(example.network.handle(packet, from: .services, at: example.now).isEmpty)
        let lie = try Sample("169.254.169.254", "203.0.113.10", .udp(53, 1)).packet
        #expect(example.network.handle(lie, from: .internet, at: example.now).isEmpty)
        #expect(example.drops(.foreignSource) == 2)
    }
}
