// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing
import VPCFabric

/// Figures for people, of a release build: `VPC_FABRIC_FIGURES=1 swift test -c release --filter ThroughputTests`.
@Suite(
    "Throughput and latency", .needsFabric, .serialized,
    .enabled("needs $VPC_FABRIC_FIGURES to measure") { getenv("VPC_FABRIC_FIGURES") != nil })
struct ThroughputTests {
    static let ways: [(String, String)] = [("10.0.1.11", "10.0.1.21"), ("10.0.1.10", "198.51.100.7")]

    @Test(arguments: ways) func `bytes of TCP a second`(_ source: String, _ destination: String) throws {
        let world = try World()
        let other = destination.hasPrefix("198.") ? world.internet : world.b
        let listener = try Socket.bound(to: destination, port: 80, in: other)
        let client = try #require(
            try Socket.connected(from: source, to: destination, port: 80, in: world.a))
        let (server, _) = try #require(try listener.accepted())
        let bytes = 128 << 20
        let start = ContinuousClock.now
        #expect(client.transfer(bytes, to: server) == bytes)
        let seconds = start.duration(to: .now) / .seconds(1)
        let packets = try world.network.counters.forwarded
        print(
            "\(source) to \(destination), segments of \(client.maximumSegment) bytes: ",
            "\(Int(Double(bytes) * 8 / seconds / 1e6)) Mbit/s, \(Int(Double(packets) / seconds)) packets/s")
    }

    @Test func `time of a round trip of UDP`() throws {
        let world = try World()
        let server = try Socket.bound(to: "10.0.1.21", port: 9, isStream: false, in: world.b)
        let client = try #require(
            try Socket.connected(
                from: "10.0.1.11", to: "10.0.1.21", port: 9, isStream: false, in: world.a))
        let back = try #require(
            try Socket.connected(
                from: "10.0.1.21", to: "10.0.1.11", port: 10, isStream: false, in: world.b))
        let answers = try Socket.bound(to: "10.0.1.11", port: 10, isStream: false, in: world.a)
        var times: [Double] = []
        for _ in 0..<20_000 {
            let start = ContinuousClock.now
            #expect(client.send("ping") && server.received() != nil)
            #expect(back.send("pong") && answers.received() != nil)
            times.append(start.duration(to: .now) / .microseconds(1))
        }
        times.sort()
        print("round trip: median \(Int(times[10_000])) µs, 99 % \(Int(times[19_800])) µs")
    }

    @Test func `packets a second of the switch alone`() throws {
        var example = try Example()
        for size in [0, 8900] {
            var sample = try Sample("10.0.1.11", "10.0.1.21", .udp(1, 2))
            sample.payload = [UInt8](repeating: 1, count: size)
            let frame = try sample.frame(from: example.eni("eni-a0").mac, to: Switch.routerMAC)
            let count = 100_000
            let start = ContinuousClock.now
            for _ in 0..<count {
                _ = example.network.handle(frame, from: .eni("eni-a0"), at: example.now)
            }
            let seconds = start.duration(to: .now) / .seconds(1)
            print("\(frame.count) bytes: \(Int(Double(count) / seconds)) packets/s")
        }
    }
}
