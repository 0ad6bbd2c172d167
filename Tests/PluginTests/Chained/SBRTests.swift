// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import Netlink
import NetworkState
import SBRPlugin
import TestSupport
import Testing

@testable import SBRPlugin

@Suite
struct SourceTableTests {
    private func address(_ text: String) throws -> CNIResult.IPConfiguration {
        CNIResult.IPConfiguration(address: try #require(IPPrefix(text)))
    }

    @Test func `tables that have routes, rules or a domain are not taken, nor the kernel's own`() throws {
        var survey = RoutingSurvey()
        survey.tables = [100, 102, 254, 255]
        let addresses = [try address("10.8.0.2/24"), try address("10.8.0.3/24"), try address("fd08::2/64")]
        #expect(SourceTables(survey).tables(for: addresses).map(\.table) == [101, 103, 104])
        #expect(survey.freeTable(from: 253) == 256)
    }

    @Test func `an address keeps its table, by its rule or by what is left of it`() throws {
        var survey = RoutingSurvey()
        let first = try address("10.8.0.2/24"), second = try address("10.8.0.3/24")
        survey.rules = [Rule(from: second.address, to: 100)]
        var route = Route(.everything(.v4), via: IPAddress("10.8.0.1"))
        route.protocol = Ownership.routingProtocol
        route.table = 107
        survey.routes = [route]
        survey.tables = [100, 107]
        #expect(SourceTables(survey).tables(for: [first, second]).map(\.table) == [107, 100])
        // A rule of somebody else's tells nothing.
        survey.rules[0].protocol = .boot
        #expect(SourceTables(survey).tables(for: [second]).map(\.table) == [107])
    }

    @Test func `an address that leads to another interface's table is not this one's`() throws {
        var survey = RoutingSurvey()
        let ip = try address("10.8.0.2/24")
        survey.rules = [Rule(from: ip.address, to: 100)]
        #expect(SourceTables(survey).ruleOfOthers(ip.address) == nil)
        survey.tablesOfOthers = [100]
        #expect(SourceTables(survey).ruleOfOthers(ip.address)?.table == 100)
    }

    @Test(
        arguments: [
            (["table": 0], "table"), (["table": -1], "table"), (["table": "main"], "table"),
            (["table": 4_294_967_296], "table"),
            (["gateways": ["10.8.0.1", "10.8.0.2"]], "gateways"), (["gateways": ["x"]], "gateways[0]"),
            (["gateways": "10.8.0.1"], "gateways"), (["addSourceHints": "yes"], "addSourceHints"),
        ] as [([String: JSON?], String)])
    func `what an ADD cannot take is refused with its key`(members: [String: JSON?], key: String) throws {
        let document = (["cniVersion": "1.0.0", "name": "n", "type": "sbr"] as JSON).with(members)
        let error = #expect(throws: CNIError.self) {
            try SBR.validate(NetworkConfiguration(json: document))
        }
        #expect(error?.message.contains(key) == true, "\(String(describing: error))")
    }
}

@Suite(.needsNamespaces, .needsProgram("/usr/sbin/ip"))
struct SBRTests {
    private func added(_ world: SecondInterface) throws {
        let outcome = try world.call(.add)
        guard outcome.status == 0 else { throw Unexpected(description: "\(outcome)") }
        #expect(outcome.output?["ips"] == world.result["ips"])
        #expect(try world.fault() == "")
    }

    @Test func `answers go out where they were asked, in both families, and the rest as before`() throws {
        let world = try SecondInterface(SBR.self)
        let (before, ofFirst) = (try world.routing(), try world.container.ip("route show dev eth0"))
        try added(world)
        for (to, source, way) in [
            ("192.0.2.2", "10.8.0.2", "via 10.8.0.1 dev net1"),
            ("198.51.100.7", "10.8.0.2", "via 10.8.0.254 dev net1"),
            ("2001:db8:1::2", "2001:db8:8::2", "via 2001:db8:8::1 dev net1"),
            ("2001:db8:5::2", "2001:db8:8::2", "via 2001:db8:8::1 dev net1"),
        ] { #expect(try world.way(to: to, from: source).contains(way), "\(to) from \(source)") }
        for (to, source) in [("10.8.0.77", "10.8.0.2"), ("2001:db8:8::77", "2001:db8:8::2")] {
            let way = try world.way(to: to, from: source)
            #expect(way.contains("dev net1") && !way.contains("via"), "\(way)")
        }
        for to in ["192.0.2.2", "10.8.0.77", "2001:db8:1::2"] {
            #expect(try world.way(to: to).contains("dev eth0"), "\(to)")
        }
        #expect(try world.container.ip("route show dev eth0") == ofFirst)
        #expect(try world.container.ip("-6 route show dev net1").contains("fe80::/64"))
        #expect(
            try world.network.fault(of: world.container, world.second, world.result, interface: "net1") == nil
        )
        #expect(try world.call(.delete).status == 0)
        try world.expectRouting(is: before)
    }

    @Test func `a table with routes of somebody else is not taken, and stays`() throws {
        let world = try SecondInterface(SBR.self)
        try world.container.ip("route add 203.0.113.0/24 via 10.1.0.1 dev eth0 table 100")
        try world.container.ip("rule add from 10.77.0.0/16 lookup 101")
        let before = try world.routing()
        try added(world)
        #expect(try world.way(to: "203.0.113.5", from: "10.8.0.2").contains("dev net1"))
        #expect(try world.container.ip("route show table 100").contains("203.0.113.0/24"))
        #expect(try world.container.ip("rule show").contains("from 10.8.0.2 lookup 102"))
        #expect(try world.call(.delete).status == 0)
        try world.expectRouting(is: before)
    }

    @Test func `each of several addresses has its own table and gateway`() throws {
        let world = try SecondInterface(SBR.self, subnets: ["10.8.0.0/24", "10.7.0.0/24"], routes: [])
        let before = try world.routing()
        try added(world)
        #expect(try world.way(to: "192.0.2.2", from: "10.8.0.2").contains("via 10.8.0.1 dev net1"))
        #expect(try world.way(to: "192.0.2.2", from: "10.7.0.2").contains("via 10.7.0.1 dev net1"))
        #expect(try world.call(.delete).status == 0)
        try world.expectRouting(is: before)
    }

    @Test func `gateways of the configuration come before those of the result`() throws {
        let world = try SecondInterface(SBR.self, ["gateways": ["10.8.0.9", "2001:db8:8::9"]])
        try added(world)
        #expect(try world.way(to: "192.0.2.2", from: "10.8.0.2").contains("via 10.8.0.9 dev net1"))
        #expect(try world.way(to: "2001:db8:1::2", from: "2001:db8:8::2").contains("via 2001:db8:8::9"))
    }

    @Test func `with source hints the networks on the link stay in the main table`() throws {
        let world = try SecondInterface(SBR.self, ["addSourceHints": true])
        let before = try world.routing()
        try added(world)
        let again = try world.routing()
        for (to, source) in [("10.8.0.77", "10.8.0.2"), ("2001:db8:8::77", "2001:db8:8::2")] {
            let way = try world.way(to: to)
            #expect(way.contains("dev net1") && way.contains("src \(source)"), "\(way)")
        }
        #expect(try world.container.ip("-6 route show 2001:db8:8::/64").contains("src 2001:db8:8::2"))
        #expect(try !world.container.ip("route show").contains("198.51.100.0/24"))
        try added(world)
        try world.expectRouting(is: again)
        #expect(try world.call(.delete).status == 0)
        try world.expectRouting(is: before)
    }

    @Test func `a table of the configuration gets the rules alone`() throws {
        let world = try SecondInterface(SBR.self, ["table": 5000])
        let before = try world.routing()
        try added(world)
        let now = try difference(before, world.routing()).split(separator: "\n")
        #expect(now.count == 2 && now.allSatisfy { $0.hasPrefix("+ 32000") && $0.contains("5000") }, "\(now)")
        #expect(try world.call(.delete).status == 0)
        try world.expectRouting(is: before)
    }

    @Test(arguments: [
        ("rule delete from 10.8.0.2", "10.8.0.2"), ("route flush table 100", "default"),
        ("-6 route delete 2001:db8:5::/64 table 101", "2001:db8:5::/64"),
    ])
    func `CHECK finds what is missing, and a repair makes it in its place`(
        damage: String, mention: String
    ) throws {
        let world = try SecondInterface(SBR.self)
        try added(world)
        let before = try world.way(to: "192.0.2.2", from: "10.8.0.2")
        try world.container.ip(damage)
        #expect(try world.fault().contains(mention))
        let outcome = try world.repair()
        #expect(outcome.status == 0, "\(outcome)")
        #expect(try world.fault() == "")
        #expect(try world.way(to: "192.0.2.2", from: "10.8.0.2") == before)
    }

    @Test func `both interfaces of a container can have it, and the same address on both cannot`() throws {
        let world = try SecondInterface(SBR.self)
        let before = try world.routing()
        try added(world)
        let eth0 = world.firstResult
        let other: [String: JSON?] = ["name": "net"]
        let outcome = try world.call(.add, other, interface: "eth0", result: eth0)
        #expect(outcome.status == 0, "\(outcome)")
        #expect(try world.way(to: "192.0.2.2", from: "10.1.0.2").contains("dev eth0"))
        #expect(try world.way(to: "192.0.2.2", from: "10.8.0.2").contains("dev net1"))
        #expect(try world.call(.delete, other, interface: "eth0", result: eth0).status == 0)
        let stolen = eth0.with([
            "ips": [["address": "10.8.0.2/24", "gateway": "10.1.0.1", "interface": 0]]
        ])
        let refused = try world.call(.add, other, interface: "eth0", result: stolen)
        #expect(
            refused.status == 1 && refused.output?["msg"]?.string?.contains("10.8.0.2") == true, "\(refused)")
        #expect(try world.fault() == "")
        #expect(try world.call(.delete).status == 0)
        try world.expectRouting(is: before)
    }

    @Test func `a DEL succeeds on what is left of an interface, and without its namespace`() throws {
        for damage in ["link set net1 down", "address flush dev net1", "link delete net1"] {
            let world = try SecondInterface(SBR.self)
            try added(world)
            try world.container.ip(damage)
            let outcome = try world.call(.delete)
            #expect(outcome.status == 0, "\(damage): \(outcome)")
            #expect(try !world.container.ip("rule show").contains("10.8.0.2"), "\(damage)")
        }
        let world = try SecondInterface(SBR.self)
        try added(world)
        world.container.close()
        for _ in 0..<2 { #expect(try world.call(.delete).status == 0) }
    }

    @Test func `two interfaces that come and go at once have tables of their own`() throws {
        let world = try SecondInterface(SBR.self)
        let before = try world.routing()
        for _ in 0..<5 {
            let added = try world.callForBoth(.add)
            #expect(added.map(\.status) == [0, 0], "\(added)")
            let tables = try world.container.ip("rule show").matches(of: /lookup (\d+)/).map { $0.output.1 }
            #expect(tables.count == 2 && Set(tables).count == 2)
            #expect(try world.callForBoth(.delete).map(\.status) == [0, 0])
            try world.expectRouting(is: before)
        }
    }

    @Test func `an interface without addresses is refused`() throws {
        let world = try SecondInterface(SBR.self)
        let outcome = try world.call(.add, result: world.result.with(["ips": []]))
        #expect(outcome.output?["code"]?.int == 7)
        #expect(outcome.output?["msg"]?.string?.contains("net1") == true)
    }
}
