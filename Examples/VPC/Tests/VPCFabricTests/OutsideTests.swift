// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing
import VPCFabric

@Suite("The internet and the peer network") struct OutsideTests {
    static let contents: [Sample.Content] = [.udp(4000, 53), .tcp(4000, 80, 2), .icmp(8, 0, 77), .other(47)]

    @Test(arguments: contents) func `the internet sees the public address, and answers come back`(
        _ content: Sample.Content
    ) throws {
        var example = try Example()
        let out = try example.send(Sample("10.0.1.10", "198.51.100.7", content), by: "eni-a0")
        #expect(out.map(\.port) == [.internet])
        let packet = try #require(out.first).bytes
        #expect(out.first?.ends4 == ["203.0.113.10", "198.51.100.7"])
        #expect(Sample.isWhole(packet))
        #expect(packet[8] == 63)
        let answer = try Sample("198.51.100.7", "203.0.113.10", content).packet
        let back = example.network.handle(answer, from: .internet, at: example.now)
        #expect(back.map(\.port) == [.eni("eni-a0")])
        #expect(back.first?.ends4 == ["198.51.100.7", "10.0.1.10"])
        #expect(Sample.isWhole(try #require(back.first).packet))
    }

    @Test func `a source without a public address does not reach the internet`() throws {
        var example = try Example()
        #expect(try example.send(Sample("10.0.1.11", "198.51.100.7", .udp(1, 2)), by: "eni-a0").isEmpty)
        #expect(example.drops(.noPublicAddress) == 1)
        // The groups have let it pass, and so it is logged.
        #expect(example.network.flows.current.compactMap(\.traffic?.action) == [.accept])
    }

    @Test func `nothing comes in that is for no public address`() throws {
        var example = try Example()
        for (source, destination, reason) in [
            ("198.51.100.7", "10.0.1.10", DropReason.noRoute), ("198.51.100.7", "203.0.113.99", .noRoute),
            ("10.0.1.20", "203.0.113.10", .foreignSource), ("192.168.0.1", "203.0.113.10", .foreignSource),
        ] {
            let before = example.drops(reason)
            let packet = try Sample(source, destination, .udp(1, 2)).packet
            #expect(example.network.handle(packet, from: .internet, at: example.now).isEmpty)
            #expect(example.drops(reason) == before + 1)
        }
    }

    @Test func `a public address of the VPC's own is reached by the gateway`() throws {
        var example = try Example()
        let out = try example.send(Sample("10.0.1.10", "203.0.113.20", .tcp(1, 80, 2)), by: "eni-a0")
        #expect(out.map(\.port) == [.eni("eni-b0")])
        #expect(out.first?.ends4 == ["203.0.113.10", "10.0.1.20"])
        #expect(Sample.isWhole(try #require(out.first).packet))
    }

    // MARK: NAT gateway

    private func behindGateway() throws -> Example {
        var example = try Example()
        let address = try #require(IPAddress("203.0.113.200"))
        example.change {
            $0.natGateways = [.init(id: "nat-1", publicAddress: address)]
            $0.subnets[0].routes[.everything(.v4)] = .natGateway("nat-1")
        }
        return example
    }

    @Test(arguments: contents.dropLast()) func `sources share the NAT gateway's address`(
        _ content: Sample.Content
    )
        throws
    {
        var example = try behindGateway()
        var ports: Set<[UInt8]> = []
        for (source, sender) in [("10.0.1.11", "eni-a0"), ("10.0.1.21", "eni-b0"), ("10.0.1.12", "eni-a0")] {
            let out = try #require(example.send(Sample(source, "198.51.100.7", content), by: sender).first)
            #expect(out.ends4 == ["203.0.113.200", "198.51.100.7"])
            #expect(Sample.isWhole(out.bytes))
            // The answer, by swapping both ends.
            var answer = out.bytes
            answer.replaceSubrange(12..<20, with: out.bytes[16..<20] + out.bytes[12..<16])
            let field = content == .icmp(8, 0, 77) ? 24..<26 : 20..<22
            #expect(ports.insert(Array(out.bytes[field])).inserted)
            if case .icmp = content {
                answer[20] = 0
                // The checksum knows of the type: 8 less makes it 8 more.
                answer[22] &+= 8
                if answer[22] < 8 { answer[23] &+= 1 }
            } else {
                answer.replaceSubrange(20..<24, with: out.bytes[22..<24] + out.bytes[20..<22])
            }
            #expect(Sample.isWhole(answer))
            let back = try #require(
                example.network.handle(answer, from: .internet, at: example.now).first)
            #expect(back.port == .eni(sender))
            #expect(back.ends4 == ["198.51.100.7", source])
            #expect(Sample.isWhole(back.packet))
        }
    }

    @Test func `nothing begins at a NAT gateway from outside, and translations end`() throws {
        var example = try behindGateway()
        let answer = try Sample("198.51.100.7", "203.0.113.200", .udp(53, 4000)).packet
        #expect(example.network.handle(answer, from: .internet, at: example.now).isEmpty)
        #expect(example.drops(.unsolicited) == 1)
        let question = try Sample("10.0.1.11", "198.51.100.7", .udp(4000, 53))
        #expect(try example.send(question, by: "eni-a0").count == 1)
        #expect(example.network.handle(answer, from: .internet, at: example.now).count == 1)
        example.wait(seconds: 351)
        #expect(example.network.handle(answer, from: .internet, at: example.now).isEmpty)
    }

    @Test func `an error from the internet finds the packet that it is about`() throws {
        for isShared in [false, true] {
            var example = isShared ? try behindGateway() : try Example()
            let question = try Sample("10.0.1.10", "198.51.100.7", .udp(4000, 53))
            let out = try #require(example.send(question, by: "eni-a0").first).bytes
            var error = try Sample(
                "198.51.100.1", isShared ? "203.0.113.200" : "203.0.113.10", .icmp(3, 1, 0))
            error.payload = Array(out.prefix(28))
            let back = try #require(
                example.network.handle(error.packet, from: .internet, at: example.now).first)
            #expect(back.port == .eni("eni-a0"))
            #expect(back.ends4 == ["198.51.100.1", "10.0.1.10"])
            #expect(Sample.isWhole(back.packet))
            // The quoted packet is the one that the machine has sent, but for a hop.
            var quoted = Array(back.packet[28..<56])
            quoted[8] = 64
            quoted.replaceSubrange(10..<12, with: question.packet[10..<12])
            #expect(Array(quoted[..<24]) == Array(question.packet[..<24]))
        }
    }

    // MARK: Sizes and hops

    @Test func `a packet that is too large for the way out is reported`() throws {
        var example = try Example()
        var sample = try Sample("10.0.1.10", "198.51.100.7", .udp(1, 2))
        sample.payload = [UInt8](repeating: 7, count: 3000)
        let report = try #require(example.send(sample, by: "eni-a0").first)
        #expect(report.port == .eni("eni-a0"))
        #expect(report.ends4 == ["10.0.1.1", "10.0.1.10"])
        #expect(Sample.isWhole(report.packet))
        // Fragmentation needed, MTU 1500.
        #expect(Array(report.packet[20..<22]) == [3, 4] && Array(report.packet[26..<28]) == [5, 0xdc])
        #expect(report.packet.count <= 576)
        sample.isUnfragmentable = false
        let parts = try example.send(sample, by: "eni-a0")
        #expect(parts.map(\.bytes.count) == [1500, 1500, 68])
        #expect(parts.allSatisfy { Sample.checksum(Array($0.bytes[..<20])) == 0 })
        #expect(parts.flatMap { $0.bytes.dropFirst(28) }.count == 3008 - 24)
        #expect(parts.map { Int($0.bytes[6] & 0x1f) << 8 | Int($0.bytes[7]) } == [0, 185, 370])
        #expect(parts.map { $0.bytes[6] >> 5 } == [1, 1, 0])
        // Within the VPC it passes whole.
        let inside = try Sample("10.0.1.10", "10.0.1.20", .udp(1, 2))
        var large = inside
        large.payload = [UInt8](repeating: 7, count: 9001 - 28)
        #expect(try example.send(large, by: "eni-a0").map(\.port) == [.eni("eni-b0")])
        large.payload.append(7)
        #expect(try example.send(large, by: "eni-a0").isEmpty)
        #expect(example.drops(.tooBig) == 1)
    }

    @Test func `a packet of IPv6 that is too large is reported`() throws {
        var example = try Example()
        var sample = try Sample("2001:db8:0:1::a", "2001:4860::8", .udp(1, 2))
        sample.payload = [UInt8](repeating: 7, count: 3000)
        let report = try #require(example.send(sample, by: "eni-a0").first)
        #expect(Sample.isWhole(report.packet) && report.packet[40] == 2)
        #expect(Array(report.packet[44..<48]) == [0, 0, 5, 0xdc])
        #expect(report.packet.count <= 1280)
    }

    @Test func `the last hop is reported, but not for an error`() throws {
        var example = try Example()
        var sample = try Sample("10.0.1.10", "198.51.100.7", .udp(1, 2))
        sample.hops = 1
        let report = try #require(example.send(sample, by: "eni-a0").first)
        #expect(report.port == .eni("eni-a0") && Array(report.packet[20..<22]) == [11, 0])
        sample.content = .icmp(3, 1, 0)
        sample.payload = Array(try Sample("198.51.100.7", "10.0.1.10", .udp(1, 2)).packet.prefix(28))
        #expect(try example.send(sample, by: "eni-a0").isEmpty)
        #expect(example.drops(.timeExceeded) == 2)
    }

    // MARK: The VPN

    @Test(arguments: ["10.0.1.10", "10.0.1.11", "10.0.1.12"])
    func `the peer network sees every source as it is`(_ source: String) throws {
        var example = try Example()
        let out = try example.send(Sample(source, "192.168.5.5", .tcp(1, 80, 2)), by: "eni-a0")
        #expect(out.map(\.port) == [.peer])
        #expect(out.first?.ends4 == [source, "192.168.5.5"])
        #expect(Sample.isWhole(try #require(out.first).bytes))
        let back = try Sample("192.168.5.5", source, .tcp(80, 1, 18)).packet
        #expect(example.network.handle(back, from: .peer, at: example.now).map(\.port) == [.eni("eni-a0")])
        let foreign = try Sample("198.51.100.7", source, .udp(1, 2)).packet
        #expect(example.network.handle(foreign, from: .peer, at: example.now).isEmpty)
        #expect(example.drops(.foreignSource) == 1)
    }

    // MARK: IPv6

    @Test func `IPv6 reaches the internet as it is`() throws {
        var example = try Example()
        let out = try example.send(Sample("2001:db8:0:2:a::5", "2001:4860::8", .udp(1, 2)), by: "eni-a1")
        #expect(out.map(\.port) == [.internet])
        #expect(Sample.isWhole(try #require(out.first).bytes))
        let back = try Sample("2001:4860::8", "2001:db8:0:2:a::5", .udp(2, 1)).packet
        #expect(
            example.network.handle(back, from: .internet, at: example.now).map(\.port) == [.eni("eni-a1")])
    }

    @Test func `nothing begins outside of an egress-only gateway`() throws {
        var example = try Example()
        example.change { $0.subnets[1].routes[.everything(.v6)] = .egressOnlyGateway }
        let back = try Sample("2001:4860::8", "2001:db8:0:2:a::5", .udp(2, 1)).packet
        #expect(example.network.handle(back, from: .internet, at: example.now).isEmpty)
        #expect(example.drops(.unsolicited) == 1)
        let question = try Sample("2001:db8:0:2:a::5", "2001:4860::8", .udp(1, 2))
        #expect(try example.send(question, by: "eni-a1").map(\.port) == [.internet])
        #expect(example.network.handle(back, from: .internet, at: example.now).count == 1)
    }
}
