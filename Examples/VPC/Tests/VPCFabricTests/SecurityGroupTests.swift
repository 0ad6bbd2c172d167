// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing
import VPCFabric

@Suite("Security groups") struct SecurityGroupTests {
    private static func network(_ text: String) throws -> SecurityRule.Peer {
        .network(try #require(IPPrefix(text)))
    }

    /// The receiver's only group has these rules; the sender's lets everything pass.
    private func example(
        _ ingress: [SecurityRule], egress: [SecurityRule] = [SecurityRule(.all, peers: SecurityRule.anywhere)]
    ) throws -> Example {
        var example = try Example()
        example.change { $0.groups.append(SecurityGroup(id: "sg-b", ingress: ingress, egress: egress)) }
        try example.change("eni-b0") { $0.groups = ["sg-b"] }
        return example
    }

    private func to(_ content: Sample.Content) throws -> Sample {
        try Sample("10.0.1.10", "10.0.1.20", content)
    }
    private func from(_ content: Sample.Content) throws -> Sample {
        try Sample("10.0.1.20", "10.0.1.10", content)
    }

    @Test func `a new group lets nothing in and everything out, and answers come back`() throws {
        var example = try example([])
        #expect(try example.send(to(.udp(1, 53)), by: "eni-a0").isEmpty)
        #expect(example.drops(.ingress) == 1)
        #expect(try example.send(from(.udp(5000, 53)), by: "eni-b0").count == 1)
        #expect(try example.send(to(.udp(53, 5000)), by: "eni-a0").count == 1)
        #expect(try example.send(to(.udp(53, 5001)), by: "eni-a0").isEmpty)
    }

    @Test func `an answer passes whatever the other direction says`() throws {
        var example = try example(
            [SecurityRule(.tcp(80...80), peers: [Self.network("10.0.1.0/24")])], egress: [])
        #expect(try example.send(to(.tcp(4000, 80, 2)), by: "eni-a0").count == 1)
        #expect(try example.send(from(.tcp(80, 4000, 18)), by: "eni-b0").count == 1)
        #expect(try example.send(from(.tcp(80, 4001, 2)), by: "eni-b0").isEmpty)
        #expect(example.drops(.egress) == 1)
    }

    static let matches: [(SecurityRule.Traffic, Sample.Content, Bool)] = [
        (.tcp(80...90), .tcp(9, 85, 2), true), (.tcp(80...90), .tcp(85, 9, 2), false),
        (.tcp(80...90), .udp(9, 85), false), (.udp(53...53), .udp(9, 53), true),
        (.icmp(type: 8, code: nil), .icmp(8, 0, 7), true), (.icmp(type: 8, code: 1), .icmp(8, 0, 7), false),
        (.icmp(type: nil, code: nil), .icmp(13, 0, 7), true),
        (.icmp6(type: nil, code: nil), .icmp(8, 0, 7), false),
        (.other(47), .other(47), true), (.other(47), .other(50), false), (.all, .other(50), true),
    ]

    @Test(arguments: matches) func `a rule is about its protocol and ports`(
        _ traffic: SecurityRule.Traffic, _ content: Sample.Content, _ passes: Bool
    ) throws {
        var example = try example([SecurityRule(traffic, peers: [Self.network("10.0.1.0/24")])])
        #expect(try example.send(to(content), by: "eni-a0").isEmpty == !passes)
    }

    @Test func `a reference to a group means its ENIs' private addresses`() throws {
        var example = try example([SecurityRule(.all, peers: [.group("sg-client")])])
        #expect(try example.send(to(.udp(1, 2)), by: "eni-a0").isEmpty)
        try example.change("eni-a0") { $0.groups.append("sg-client") }
        #expect(try example.send(to(.udp(1, 2)), by: "eni-a0").count == 1)
        #expect(try example.send(Sample("10.0.1.12", "10.0.1.20", .udp(1, 2)), by: "eni-a0").count == 1)
        // The ENI's group counts, not the machine's.
        #expect(try example.send(Sample("100.64.0.10", "10.0.1.20", .udp(1, 2)), by: "eni-a1").isEmpty)
        // Nobody outside is in a group.
        let outside = try Sample("198.51.100.1", "203.0.113.20", .udp(1, 2)).packet
        #expect(example.network.handle(outside, from: .internet, at: example.now).isEmpty)
    }

    @Test func `a tracked connection outlives its rule`() throws {
        var example = try example([SecurityRule(.tcp(80...80), peers: [Self.network("10.0.1.0/24")])])
        #expect(try example.send(to(.tcp(4000, 80, 2)), by: "eni-a0").count == 1)
        #expect(try example.send(from(.tcp(80, 4000, 18)), by: "eni-b0").count == 1)
        #expect(try example.send(to(.tcp(4000, 80, 16)), by: "eni-a0").count == 1)
        example.change { $0.groups.removeAll { $0.id == "sg-b" } }
        #expect(try example.send(to(.tcp(4000, 80, 16)), by: "eni-a0").count == 1)
        #expect(try example.send(from(.tcp(80, 4000, 16)), by: "eni-b0").count == 1)
        #expect(try example.send(to(.tcp(4001, 80, 2)), by: "eni-a0").isEmpty)
    }

    @Test func `an untracked flow ends with its rule`() throws {
        var example = try example([SecurityRule(.tcp(80...80), peers: SecurityRule.anywhere)])
        #expect(try example.send(to(.tcp(4000, 80, 2)), by: "eni-a0").count == 1)
        #expect(try example.send(from(.tcp(80, 4000, 18)), by: "eni-b0").count == 1)
        #expect(try example.send(to(.tcp(4000, 80, 16)), by: "eni-a0").count == 1)
        #expect(example.network.connectionCount(of: "eni-b0") == 0)
        example.change { state in
            state.groups.removeAll { $0.id == "sg-b" }
            state.groups.append(SecurityGroup(id: "sg-b"))
        }
        #expect(try example.send(to(.tcp(4000, 80, 16)), by: "eni-a0").isEmpty)
    }

    @Test func `ICMP is tracked even where everything is allowed`() throws {
        var example = try Example()
        #expect(try example.send(to(.icmp(8, 0, 5)), by: "eni-a0").count == 1)
        #expect(example.network.connectionCount(of: "eni-b0") == 1)
        example.change { $0.groups = [] }
        #expect(try example.send(from(.icmp(0, 0, 5)), by: "eni-b0").count == 1)
        #expect(try example.send(from(.icmp(0, 0, 6)), by: "eni-b0").isEmpty)
    }

    /// Of one packet; of both directions; of a third; seconds.
    static let lifetimes: [(Sample.Content, Sample.Content, Int, Int)] = [
        (.udp(5, 53), .udp(53, 5), 1, 30), (.udp(5, 53), .udp(53, 5), 3, 180),
        (.tcp(5, 80, 2), .tcp(80, 5, 18), 3, 432_000), (.other(47), .other(47), 3, 600),
    ]

    @Test(arguments: lifetimes) func `a connection is forgotten after its time`(
        _ there: Sample.Content, _ back: Sample.Content, _ packets: Int, _ seconds: Int
    ) throws {
        var example = try example([SecurityRule(.all, peers: [Self.network("10.0.1.0/24")])])
        for number in 0..<packets {
            let sent =
                try number % 2 == 0
                ? example.send(to(there), by: "eni-a0") : example.send(from(back), by: "eni-b0")
            #expect(sent.count == 1)
        }
        example.change { $0.groups.removeAll { $0.id == "sg-b" } }
        // Each packet begins the time anew.
        for _ in 0..<2 {
            example.wait(seconds: seconds - 1)
            #expect(try example.send(to(there), by: "eni-a0").count == 1)
        }
        example.wait(seconds: seconds + 1)
        #expect(try example.send(to(there), by: "eni-a0").isEmpty)
        example.network.sweep(at: example.now)
        #expect(example.network.connectionCount(of: "eni-b0") == 0)
    }

    @Test func `a closed connection's ends may begin another only by a rule`() throws {
        var example = try example([SecurityRule(.tcp(80...80), peers: [Self.network("10.0.1.0/24")])])
        for (sample, sender) in [
            (try to(.tcp(5, 80, 2)), "eni-a0"), (try from(.tcp(80, 5, 18)), "eni-b0"),
            (try to(.tcp(5, 80, 17)), "eni-a0"), (try from(.tcp(80, 5, 17)), "eni-b0"),
            (try to(.tcp(5, 80, 16)), "eni-a0"),
        ] {
            #expect(try example.send(sample, by: sender).count == 1)
        }
        #expect(try example.send(to(.tcp(5, 80, 2)), by: "eni-a0").count == 1)
        #expect(try example.send(to(.tcp(5, 80, 4)), by: "eni-a0").count == 1)
        example.change { $0.groups.removeAll { $0.id == "sg-b" } }
        #expect(try example.send(to(.tcp(5, 80, 2)), by: "eni-a0").isEmpty)
    }

    @Test func `an error about a connection's packet passes, another does not`() throws {
        var example = try example([])
        let question = try from(.udp(5000, 9))
        #expect(try example.send(question, by: "eni-b0").count == 1)
        var error = try to(.icmp(3, 3, 0))
        error.payload = Array(question.packet.prefix(28))
        #expect(try example.send(error, by: "eni-a0").count == 1)
        error.payload = Array(try from(.udp(5001, 9)).packet.prefix(28))
        #expect(try example.send(error, by: "eni-a0").isEmpty)
    }

    @Test func `connections are limited, and the ENI says so`() throws {
        var example = try example([SecurityRule(.all, peers: [Self.network("10.0.0.0/8")])])
        var accepted = 0
        for number in 0..<66_000 {
            let content = Sample.Content.udp(UInt16(number & 0xffff), UInt16(number >> 16 + 1))
            accepted += try example.send(to(content), by: "eni-a0").count
        }
        #expect(accepted == 65_536)
        #expect(example.drops(.connections) == 66_000 - 65_536)
        example.wait(seconds: 31)
        #expect(try example.send(to(.udp(1, 777)), by: "eni-a0").count == 1)
    }

    @Test func `a fragment goes the way of its first`() throws {
        var example = try example([SecurityRule(.udp(53...53), peers: [Self.network("10.0.1.0/24")])])
        func fragments(_ port: UInt16, _ identification: UInt16) throws -> [[UInt8]] {
            var sample = try to(.udp(9, port))
            sample.payload = (0..<64).map { UInt8($0) }
            sample.identification = identification
            let whole = sample.packet
            return [(0, 40, true), (40, 72, false)].map { (from: Int, to: Int, more: Bool) in
                var bytes = Array(whole[..<20])
                bytes[3] = UInt8(20 + to - from)
                (bytes[6], bytes[7]) = (more ? 0x20 : 0, UInt8(from / 8))
                (bytes[10], bytes[11]) = (0, 0)
                let sum = Sample.checksum(bytes)
                (bytes[10], bytes[11]) = (UInt8(sum >> 8), UInt8(sum & 255))
                var frame = Switch.routerMAC.bytes + Example.mac(0).bytes
                frame += [8, 0]
                frame += bytes
                return frame + whole[20 + from..<20 + to]
            }
        }
        func send(_ frame: [UInt8]) -> Int {
            example.network.handle(frame, from: .eni("eni-a0"), at: example.now).count
        }
        #expect(try fragments(53, 1).map(send) == [1, 1])
        #expect(try fragments(54, 2).map(send) == [0, 0])
        #expect(try fragments(53, 3).reversed().map(send) == [0, 1])
        #expect(example.drops(.fragment) == 1)
    }
}
