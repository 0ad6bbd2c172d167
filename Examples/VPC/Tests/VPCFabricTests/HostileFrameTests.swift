// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import Testing
import VPCFabric

/// Whatever comes in, the switch goes on, and sends nothing that it must not.
@Suite("Hostile frames") struct HostileFrameTests {
    private static let ports: [Port] = [
        .eni("eni-a0"), .eni("eni-b1"), .eni("none"), .internet, .peer, .services,
    ]

    private func samples() throws -> [[UInt8]] {
        let mac = Example.mac(0)
        let inside = try [
            Sample("10.0.1.10", "10.0.1.20", .tcp(1, 2, 2)), Sample("10.0.1.11", "198.51.100.7", .udp(1, 2)),
            Sample("10.0.1.10", "192.168.1.1", .icmp(8, 0, 3)),
            Sample("2001:db8:0:1::a", "2001:db8:0:1::b", .tcp(1, 2, 2)),
            Sample("2001:db8:0:1::a", "2001:4860::8", .icmp(128, 0, 3)),
        ]
        var frames = inside.map { $0.frame(from: mac, to: Switch.routerMAC) }
        frames += inside.map { $0.frame(from: mac, to: Switch.routerMAC, vlan: 9) }
        frames += inside.map(\.packet)
        var error = try Sample("10.0.1.10", "198.51.100.7", .icmp(3, 4, 0))
        error.payload = inside[0].packet
        frames.append(error.frame(from: mac, to: Switch.routerMAC))
        error = try Sample("198.51.100.7", "203.0.113.10", .icmp(11, 0, 0))
        error.payload = inside[1].packet
        frames.append(error.packet)
        // IPv6 with extension headers: options, a fragment.
        var extended = inside[3].packet
        extended[6] = 0
        extended.replaceSubrange(40..<40, with: [44, 0, 1, 4, 0, 0, 0, 0, 6, 0, 0, 1, 0, 0, 0, 9])
        extended[5] += 16
        var whole = Switch.routerMAC.bytes + mac.bytes
        whole += [0x86, 0xdd]
        frames.append(whole + extended)
        return frames
    }

    @Test func `a frame cut off anywhere is survived`() throws {
        var example = try Example()
        for frame in try samples() {
            for length in 0...frame.count {
                for port in Self.ports {
                    check(
                        example.network.handle(Array(frame[..<length]), from: port, at: example.now), example)
                }
            }
        }
    }

    @Test func `changed bytes are survived`() throws {
        var example = try Example()
        var random = Seeded(1)
        let samples = try samples()
        for _ in 0..<20_000 {
            var frame = samples.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...4, using: &random) where !frame.isEmpty {
                let place = Int.random(in: 0..<frame.count, using: &random)
                frame[place] = [0, 1, 0x0f, 0x45, 0x46, 0x60, 0xff].randomElement(using: &random) ?? 0
                repair(&frame)
            }
            let port = Self.ports.randomElement(using: &random) ?? .peer
            check(example.network.handle(frame, from: port, at: example.now), example)
        }
    }

    @Test func `noise is survived`() throws {
        var example = try Example()
        var random = Seeded(2)
        let header = Switch.routerMAC.bytes + Example.mac(0).bytes
        for _ in 0..<20_000 {
            var frame = (0..<Int.random(in: 0...120, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let types: [[UInt8]] = [[8, 0], [8, 6], [0x86, 0xdd], [0x81, 0], []]
            if Bool.random(using: &random) {
                frame = header + (types.randomElement(using: &random) ?? []) + frame
            }
            let port = Self.ports.randomElement(using: &random) ?? .peer
            check(example.network.handle(frame, from: port, at: example.now), example)
        }
    }

    /// Makes the checksum of an IPv4 header right where there may be one, so that later checks are reached.
    private func repair(_ frame: inout [UInt8]) {
        for start in [0, 14, 18] where frame.count >= start + 20 && frame[start] >> 4 == 4 {
            let end = start + Int(frame[start] & 15) * 4
            guard end >= start + 20, end <= frame.count else { continue }
            (frame[start + 10], frame[start + 11]) = (0, 0)
            let sum = Sample.checksum(Array(frame[start..<end]))
            (frame[start + 10], frame[start + 11]) = (UInt8(sum >> 8), UInt8(sum & 255))
        }
    }

    private func check(_ outgoing: [Outgoing], _ example: Example) {
        for sent in outgoing {
            guard case .eni(let id) = sent.port else {
                // Whole packets only, none that is longer than its way.
                #expect(sent.bytes.count >= 20 && sent.bytes.count <= 9001)
                continue
            }
            #expect(sent.bytes.count >= 42)
            #expect(example.state.interfaces.contains { $0.id == id })
        }
    }
}
