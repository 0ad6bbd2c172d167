// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing
import VPCFabric

@Suite("Frames on an ENI's link") struct LinkTests {
    private func arp(_ target: String, from mac: MACAddress, as sender: String = "10.0.1.10") throws
        -> [UInt8]
    {
        let (target, sender) = (try #require(IPAddress(target)), try #require(IPAddress(sender)))
        var frame = [UInt8](repeating: 255, count: 6)
        frame += mac.bytes
        frame += [8, 6, 0, 1, 8, 0, 6, 4, 0, 1]
        frame += mac.bytes
        frame += sender.bytes
        frame += [0, 0, 0, 0, 0, 0]
        return frame + target.bytes
    }

    /// The MAC address of an answer.
    private func answer(_ outgoing: [Outgoing], to mac: MACAddress) -> MACAddress? {
        guard outgoing.count == 1, outgoing[0].bytes.count >= 42, Array(outgoing[0].bytes[..<6]) == mac.bytes,
            Array(outgoing[0].bytes[12..<22]) == [8, 6, 0, 1, 8, 0, 6, 4, 0, 2]
        else { return nil }
        return MACAddress(bytes: outgoing[0].bytes[22..<28])
    }

    static let owners: [(String, UInt64?)] = [
        ("10.0.1.1", nil), ("169.254.169.254", nil), ("10.0.1.20", 2), ("10.0.1.21", 2), ("10.0.1.22", 2),
    ]

    @Test(arguments: owners) func `ARP is answered by the router's or the owner's MAC address`(
        _ target: String, _ owner: UInt64?
    ) throws {
        var example = try Example()
        let mac = Example.mac(0)
        let outgoing = try example.network.handle(
            arp(target, from: mac), from: .eni("eni-a0"), at: example.now)
        #expect(answer(outgoing, to: mac) == owner.map(Example.mac) ?? Switch.routerMAC)
    }

    @Test(arguments: ["10.0.1.10", "10.0.1.11", "10.0.1.99", "100.64.0.20", "8.8.8.8"])
    func `ARP for an own, an unowned or a distant address is not answered`(_ target: String) throws {
        var example = try Example()
        let frame = try arp(target, from: Example.mac(0))
        #expect(example.network.handle(frame, from: .eni("eni-a0"), at: example.now).isEmpty)
    }

    @Test func `ARP finds the owner of a delegated prefix`() throws {
        var example = try Example()
        let mac = Example.mac(1)
        let frame = try arp("100.64.1.45", from: mac, as: "100.64.0.10")
        let outgoing = example.network.handle(frame, from: .eni("eni-a1"), at: example.now)
        #expect(answer(outgoing, to: mac) == Example.mac(3))
    }

    @Test func `a frame of another MAC address is dropped`() throws {
        var example = try Example()
        let sample = try Sample("10.0.1.10", "10.0.1.20", .udp(1, 2))
        let frame = sample.frame(from: Example.mac(77), to: Switch.routerMAC)
        #expect(example.network.handle(frame, from: .eni("eni-a0"), at: example.now).isEmpty)
        #expect(example.drops(.sourceMAC) == 1)
        let lie = try arp("10.0.1.1", from: Example.mac(77))
        #expect(example.network.handle(lie, from: .eni("eni-a0"), at: example.now).isEmpty)
    }

    @Test func `a neighbour's MAC address leads there, and its destination check holds`() throws {
        var example = try Example()
        let (a, b) = (Example.mac(0), Example.mac(2))
        let own = try Sample("10.0.1.10", "10.0.1.20", .udp(1, 2)).frame(from: a, to: b)
        let outgoing = example.network.handle(own, from: .eni("eni-a0"), at: example.now)
        // The neighbour's frame as it is.
        #expect(outgoing.map(\.bytes) == [own])
        let foreign = try Sample("10.0.1.10", "172.20.0.5", .udp(1, 2)).frame(from: a, to: b)
        #expect(example.network.handle(foreign, from: .eni("eni-a0"), at: example.now).isEmpty)
        #expect(example.drops(.destination) == 1)
        try example.change("eni-b0") { $0.checksSource = false }
        #expect(
            example.network.handle(foreign, from: .eni("eni-a0"), at: example.now).map(\.port) == [
                .eni("eni-b0")
            ])
        // An ENI of another subnet is no neighbour.
        let far = try Sample("10.0.1.10", "100.64.0.20", .udp(1, 2)).frame(from: a, to: Example.mac(3))
        #expect(example.network.handle(far, from: .eni("eni-a0"), at: example.now).isEmpty)
        #expect(example.drops(.unknownMAC) == 1)
    }

    // MARK: IPv6

    private func solicitation(_ target: String, from source: String, hops: UInt8 = 255) throws -> Sample {
        var sample = try Sample(source, "ff02::1:ff00:1", .icmp(135, 0, 0))
        // The identifier and the sequence number's place are reserved; the number 1 there is ignored.
        sample.payload = try #require(IPAddress(target)).bytes
        sample.hops = hops
        return sample
    }

    private func ask(_ sample: Sample, _ example: inout Example) throws -> [Outgoing] {
        let frame = sample.frame(from: Example.mac(0), to: MACAddress(bits: 0x3333_ff00_0001))
        return example.network.handle(frame, from: .eni("eni-a0"), at: example.now)
    }

    static let neighbours: [(String, UInt64?)] = [
        ("fe80:ec2::1", nil), ("fe80::cc2:ff:fe00:1", nil), ("2001:db8:0:1::1", nil), ("2001:db8:0:1::b", 2),
    ]

    @Test(arguments: neighbours) func `neighbours are found as by ARP`(_ target: String, _ owner: UInt64?)
        throws
    {
        var example = try Example()
        let mac = owner.map(Example.mac) ?? Switch.routerMAC
        let outgoing = try ask(solicitation(target, from: "2001:db8:0:1::a"), &example)
        let packet = try #require(outgoing.first).packet
        #expect(Sample.isWhole(packet))
        #expect(packet[40] == 136 && packet[7] == 255)
        #expect(IPAddress(bytes: packet[48..<64]) == IPAddress(target))
        #expect(packet[44] & 0x80 == (owner == nil ? 0x80 : 0))
        #expect(MACAddress(bytes: packet[66..<72]) == mac)
    }

    @Test(arguments: ["2001:db8:0:1::a", "2001:db8:0:1::99", "fe80::1"])
    func `duplicate address detection finds an own or unowned address free`(_ target: String) throws {
        var example = try Example()
        #expect(try ask(solicitation(target, from: "::"), &example).isEmpty)
    }

    @Test func `duplicate address detection finds another's address taken`() throws {
        var example = try Example()
        let packet = try #require(ask(solicitation("2001:db8:0:1::b", from: "::"), &example).first).packet
        #expect(IPAddress(bytes: packet[24..<40]) == IPAddress("ff02::1"))
    }

    @Test func `a solicitation that came over a router is not answered`() throws {
        var example = try Example()
        #expect(
            try ask(solicitation("2001:db8:0:1::b", from: "2001:db8:0:1::a", hops: 254), &example).isEmpty)
    }

    @Test func `the router is found by its advertisement`() throws {
        var example = try Example()
        var sample = try Sample("fe80::1", "ff02::2", .icmp(133, 0, 0))
        sample.payload = []
        sample.hops = 255
        let packet = try #require(ask(sample, &example).first).packet
        #expect(Sample.isWhole(packet) && packet[40] == 134)
        #expect(IPAddress(bytes: packet[8..<24]) == Switch.routerAddress)
        // No prefix for addresses that hosts would make themselves.
        #expect(packet.count == 40 + 16 + 8 + 8)
    }

    // MARK: Branches

    @Test func `a branch ENI is behind its VLAN`() throws {
        var example = try Example()
        let branch = ENI(
            id: "eni-branch", subnet: "subnet-0", mac: Example.mac(50), primary: IPAddress("10.0.1.50"),
            groups: ["sg-open"], attachment: .branch(trunk: "eni-a0", vlan: 5))
        example.change { $0.interfaces.append(branch) }
        let there = try example.send(Sample("10.0.1.20", "10.0.1.50", .udp(1, 2)), by: "eni-b0")
        #expect(there.map(\.port) == [.eni("eni-a0")])
        let frame = try #require(there.first).bytes
        #expect(Array(frame[12..<18]) == [0x81, 0, 0, 5, 8, 0])
        #expect(Array(frame[..<6]) == branch.mac.bytes)
        let back = try Sample("10.0.1.50", "10.0.1.20", .udp(2, 1))
        func tagged(_ vlan: UInt16) -> [UInt8] {
            back.frame(from: branch.mac, to: Switch.routerMAC, vlan: vlan)
        }
        let outgoing = example.network.handle(tagged(5), from: .eni("eni-a0"), at: example.now)
        #expect(outgoing.map(\.port) == [.eni("eni-b0")])
        #expect(outgoing.first?.packet == back.packet)
        #expect(example.network.handle(tagged(6), from: .eni("eni-a0"), at: example.now).isEmpty)
        #expect(example.drops(.unknownVLAN) == 1)
        // Without its trunk it is nowhere.
        try example.change("eni-a0") { $0.attachment = nil }
        #expect(try example.send(Sample("10.0.1.20", "10.0.1.50", .udp(1, 2)), by: "eni-b0").isEmpty)
    }
}
