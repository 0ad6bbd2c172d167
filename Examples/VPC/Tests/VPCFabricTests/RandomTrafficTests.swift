// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import Testing
import VPCFabric

/// Random traffic, judged by a model that knows no connections' table: only what was said before.
@Suite("Random traffic") struct RandomTrafficTests {
    /// A flow as the first one who spoke began it.
    private struct Conversation: Hashable {
        var source: IPAddress
        var destination: IPAddress
        var content: Sample.Content
    }

    private func networks(_ texts: [String]) throws -> [SecurityRule.Peer] {
        try texts.map { .network(try #require(IPPrefix($0))) }
    }

    @Test func `every packet is delivered if and only if owners and rules say so`() throws {
        var example = try Example()
        // Rules that are narrow, so that all is tracked: TCP and UDP to 80...89 from the first subnet and back to back.
        let peers = try networks(["10.0.1.0/24", "2001:db8:0:1::/64", "198.51.100.0/24"])
        example.change {
            $0.groups = [
                SecurityGroup(
                    id: "sg-open",
                    ingress: [
                        SecurityRule(.tcp(80...89), peers: peers), SecurityRule(.udp(80...85), peers: peers),
                    ],
                    egress: [
                        SecurityRule(.tcp(80...100), peers: SecurityRule.anywhere),
                        SecurityRule(.udp(80...100), peers: SecurityRule.anywhere),
                    ])
            ]
        }
        let addresses: [(String, String)] = [
            ("10.0.1.10", "eni-a0"), ("10.0.1.11", "eni-a0"), ("100.64.0.10", "eni-a1"),
            ("100.64.1.18", "eni-a1"),
            ("10.0.1.20", "eni-b0"), ("10.0.1.22", "eni-b0"), ("100.64.1.34", "eni-b1"),
            ("2001:db8:0:1::a", "eni-a0"), ("2001:db8:0:1::b", "eni-b0"), ("2001:db8:0:2:a::1", "eni-a1"),
            ("10.0.1.99", "none"),
        ]
        let owners = Dictionary(addresses.map { (IPAddress($0.0), $0.1) }) { $1 }
        var begun: Set<[String]> = []
        var random = Seeded(3)
        var delivered = 0
        for number in 0..<6000 {
            let sender = try #require(addresses.dropLast().randomElement(using: &random))
            let receiver = try #require(addresses.randomElement(using: &random))
            guard sender.0.contains(":") == receiver.0.contains(":"), sender.1 != receiver.1 else { continue }
            let ports = (
                UInt16.random(in: 78...92, using: &random), UInt16.random(in: 78...92, using: &random)
            )
            let isTCP = Bool.random(using: &random)
            let content: Sample.Content = isTCP ? .tcp(ports.0, ports.1, 16) : .udp(ports.0, ports.1)
            var sample = try Sample(sender.0, receiver.0, content)
            sample.payload = (0..<Int.random(in: 0...60, using: &random)).map { UInt8($0) }
            // Sometimes by an ENI that does not own the source.
            let isSpoofed = Int.random(in: 0..<8, using: &random) == 0
            let by = isSpoofed ? (sender.1 == "eni-a0" ? "eni-b1" : "eni-a0") : sender.1
            let outgoing = try example.send(sample, by: by)
            // The model: what each end has let begin.
            let there = ["\(isTCP)", sender.0, "\(ports.0)", receiver.0, "\(ports.1)"]
            let back = ["\(isTCP)", receiver.0, "\(ports.1)", sender.0, "\(ports.0)"]
            func isKnown(at eni: String) -> Bool {
                begun.contains([eni] + there) || begun.contains([eni] + back)
            }
            let source = try #require(IPAddress(sender.0))
            let leaves = isKnown(at: by) || (80...100).contains(ports.1)
            let isNear =
                source.family == .v4 ? sender.0.hasPrefix("10.0.1.") : sender.0.hasPrefix("2001:db8:0:1:")
            let enters =
                isKnown(at: receiver.1) || isNear && (isTCP ? 80...89 : 80...85).contains(ports.1)
            let expected = !isSpoofed && leaves && enters && receiver.1 != "none"
            if !isSpoofed, leaves {
                begun.insert([by] + there)
                if enters { begun.insert([receiver.1] + there) }
            }
            #expect(
                outgoing.map(\.port) == (expected ? [.eni(receiver.1)] : []),
                "packet \(number): \(sample) by \(by), TEST_SEED=\(Seeded.seed)")
            for sent in outgoing {
                delivered += 1
                #expect(sent.packet == sample.packet)
                #expect(owners[sample.destination] == receiver.1)
            }
        }
        #expect(delivered > 100)
    }

    @Test func `addresses and ports survive the way to the internet and back`() throws {
        var example = try Example()
        let gateway = try #require(IPAddress("203.0.113.200"))
        example.change {
            $0.natGateways = [.init(id: "nat-1", publicAddress: gateway)]
            $0.subnets[0].routes[.everything(.v4)] = .natGateway("nat-1")
        }
        var random = Seeded(4)
        for number in 0..<3000 {
            let source = ["10.0.1.10", "10.0.1.11", "10.0.1.12"].randomElement(using: &random) ?? ""
            let (near, far) = (
                UInt16.random(in: 1...60, using: &random), UInt16.random(in: 1...4, using: &random)
            )
            let isTCP = Bool.random(using: &random)
            func content(_ from: UInt16, _ to: UInt16) -> Sample.Content {
                isTCP ? .tcp(from, to, 16) : .udp(from, to)
            }
            var sample = try Sample(source, "198.51.100.7", content(near, far))
            sample.payload = (0..<Int.random(in: 0...9, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let out = try #require(example.send(sample, by: "eni-a0").first)
            #expect(Sample.isWhole(out.bytes), "packet \(number), TEST_SEED=\(Seeded.seed)")
            let port = UInt16(out.bytes[20]) << 8 | UInt16(out.bytes[21])
            var answer = try Sample("198.51.100.7", "203.0.113.200", content(far, port))
            answer.payload = sample.payload
            let back = try #require(
                example.network.handle(answer.packet, from: .internet, at: example.now).first)
            #expect(Sample.isWhole(back.packet), "packet \(number), TEST_SEED=\(Seeded.seed)")
            #expect(back.ends4 == ["198.51.100.7", source])
            #expect(back.packet[22...23].elementsEqual([UInt8(near >> 8), UInt8(near & 255)]))
        }
    }
}
