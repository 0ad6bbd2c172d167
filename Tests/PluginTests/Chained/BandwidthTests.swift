// SPDX-License-Identifier: Apache-2.0

import BandwidthPlugin
import CNIPlugin
import CNITesting
import Netlink
import TestSupport
import Testing

@Suite
struct BandwidthConfigurationTests {
    @Test(
        arguments: [
            (["ingressRate": 8000], "ingressBurst"), (["egressBurst": 8000], "egressRate"),
            (["ingressRate": 1, "ingressBurst": 8000], "ingressRate"),
            (["ingressRate": 8000, "ingressBurst": 40_000_000_000], "ingressBurst"),
            (["egressRate": "fast", "egressBurst": 1], "egressRate"),
        ] as [([String: JSON?], String)])
    func `what cannot be is refused, and the place is named`(members: [String: JSON?], word: String) throws {
        let document = (["cniVersion": "1.0.0", "name": "pods", "type": "bandwidth"] as JSON).with(members)
        let error = #expect(throws: CNIError.self) { try Bandwidth.configuration(from: document) }
        #expect(error?.message.contains(word) == true, "\(String(describing: error))")
    }
}

@Suite(
    .needsNamespaces, .needsKind("ifb"), .needsProgram("/usr/sbin/ip"), .needsProgram("/usr/sbin/tc"))
struct BandwidthTests {
    private func tc(_ world: ChainedWorld, _ words: String) throws -> String {
        try world.network.run { Program.succeed("/usr/sbin/tc", words) }.get()
    }

    private func end(_ world: ChainedWorld) throws -> String {
        try #require(world.result["interfaces"]?.array?[1]["name"]?.string)
    }

    @Test(
        arguments: [
            ["IngressRate": 10_000_000, "IngressBurst": 4_294_967_295, "EgressRate": 0, "EgressBurst": 0],
            [
                "ingressRate": 10_000_000, "ingressBurst": 34_359_738_359, "egressRate": 10_000_000,
                "egressBurst": 34_359_738_359,
            ],
            ["ingress_rate": 10_000_000, "ingress_burst": 2_147_483_647],
        ] as [JSON])
    func `values as runtimes send them are taken, and CHECK is content`(value: JSON) throws {
        let world = try ChainedWorld(.bandwidth)
        let members: [String: JSON?] = [
            "ingressRate": nil, "ingressBurst": nil, "egressRate": nil, "egressBurst": nil,
            "runtimeConfig": ["bandwidth": value],
        ]
        let added = try world.call(.add, members)
        #expect(added.status == 0, "\(added)")
        #expect(try tc(world, "qdisc show dev \(end(world)) root").contains("rate 10Mbit"))
        let check = try world.call(.check, members.merging(["prevResult": added.output]) { $1 })
        #expect(check.status == 0, "\(check)")
        // A DEL that is told of no limit.
        #expect(try world.call(.delete, members.merging(["runtimeConfig": nil]) { $1 }).status == 0)
        #expect(try difference(world.before, world.now) == "")
    }

    @Test func `a limit that is gone or another one is told, and mended`() throws {
        let world = try ChainedWorld(.bandwidth)
        let added = try world.call(.add)
        #expect(added.status == 0, "\(added)")
        #expect(added.output?["interfaces"]?.array?.last?["name"]?.string?.hasPrefix("bwp") == true)
        for change in [
            "del dev \(try end(world)) root",
            "replace dev \(try end(world)) root tbf rate 1gbit burst 1mb latency 25ms",
        ] {
            _ = try tc(world, "qdisc \(change)")
            #expect(try world.call(.check).status != 0)
            #expect(try !world.repair().isEmpty)
            #expect(try world.call(.check).status == 0)
        }
    }

    @Test func `what others have on the host's end stays`() throws {
        let world = try ChainedWorld(.bandwidth)
        let end = try end(world)
        for words in [
            "qdisc add dev \(end) clsact",
            "filter add dev \(end) ingress prio 5 protocol ip u32 match u32 0 0 classid 1:1",
            "qdisc add dev \(end) root handle 5: pfifo limit 77",
        ] { _ = try tc(world, words) }
        func others() throws -> String {
            try tc(world, "qdisc show dev \(end)") + tc(world, "filter show dev \(end) ingress")
        }
        let before = try others()
        let added = try world.call(.add)
        #expect(added.status == 0, "\(added)")
        #expect(try tc(world, "filter show dev \(end) ingress").contains("pref 5 u32"))
        #expect(try world.call(.check).status == 0)
        #expect(try world.call(.delete).status == 0)
        #expect(try others() == before)
        // Another discipline, put there instead of the plugin's.
        #expect(try world.call(.add).status == 0)
        _ = try tc(world, "qdisc replace dev \(end) root handle 9: pfifo limit 99")
        #expect(try world.call(.delete).status == 0)
        #expect(try world.leftovers() == "")
    }

    @Test func `a DEL of a configuration that cannot be read removes the ifb, and an ifb of others stays`()
        throws
    {
        let world = try ChainedWorld(.bandwidth)
        let added = try world.call(.add)
        let ifb = try #require(added.output?["interfaces"]?.array?.last?["name"]?.string)
        #expect(try world.call(.delete, ["ingressRate": "fast"]).status == 0)
        let left = try difference(world.before, world.now)
        #expect(left == "")
        try world.network.ip("link add \(ifb) type ifb")
        #expect(try world.call(.add).status != 0)
        #expect(try world.call(.delete).status == 0)
        try world.network.ip("link show \(ifb)")
    }

    @Test func `an ifb that is gone is told, and mended`() throws {
        let world = try ChainedWorld(.bandwidth)
        let added = try world.call(.add)
        let ifb = try #require(added.output?["interfaces"]?.array?.last?["name"]?.string)
        try world.network.ip("link delete \(ifb)")
        #expect(try world.call(.check).status != 0)
        #expect(try !world.repair().isEmpty)
        #expect(try world.call(.check).status == 0)
        let filters = try tc(world, "filter show dev \(end(world)) ingress")
        #expect(filters.split(separator: "\n").filter { $0.contains("mirred") }.count == 1, "\(filters)")
        #expect(try world.call(.delete).status == 0)
        #expect(try world.leftovers() == "")
    }

    @Test func `packets pass at the rate that is asked for`() throws {
        let world = try ChainedWorld(.bandwidth)
        // The bucket holds 100 packets, and what a second brings are 100 more.
        let members: [String: JSON?] = [
            "ingressRate": 800_000, "ingressBurst": 800_000, "egressRate": 800_000, "egressBurst": 800_000,
        ]
        #expect(try world.call(.add, members).status == 0)
        let any = try #require(IPAddress("0.0.0.0"))
        for (sender, receiver, address) in [(false, true, "10.1.0.2"), (true, false, "10.1.0.1")] {
            func run<Value>(_ isContainer: Bool, _ body: () throws -> Value) throws -> Value {
                try isContainer ? world.container.run(body) : world.network.run(body)
            }
            let server = try run(receiver) { try TestSocket(.udp, at: any, port: 7000) }
            let target = try #require(IPAddress(address))
            let clock = ContinuousClock()
            let begin = clock.now
            let sent = try run(sender) { try TestSocket(.udp, at: any).flood(600, to: target, port: 7000) }
            let seconds = (clock.now - begin) / .seconds(1)
            #expect(sent == 600)
            // What the bucket holds passes at once, then what comes in by the time that the last one is sent, and what may
            // wait for 25 ms then: the rest is dropped.
            let (received, most) = (server.drain(), 100 * (1 + seconds + 0.1))
            #expect(
                received > 50 && Double(received) < most, "\(received) of \(sent) packets, \(most) may pass")
        }
    }
}
