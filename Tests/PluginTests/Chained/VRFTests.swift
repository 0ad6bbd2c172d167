// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import TestSupport
import Testing
import VRFPlugin

@Suite
struct VRFKeyTests {
    @Test(
        arguments: [
            (["vrfname": nil], "vrfname"), (["vrfname": ""], "vrfname"), (["vrfname": "a/b"], "vrfname"),
            (["vrfname": "much-too-long-name"], "vrfname"), (["table": -1], "table"),
            (["table": 4_294_967_296], "table"), (["vrfname": 5], "vrfname"),
        ] as [([String: JSON?], String)])
    func `what an ADD cannot take is refused with its key`(members: [String: JSON?], key: String) throws {
        let document = (["cniVersion": "1.0.0", "name": "n", "type": "vrf", "vrfname": "blue"] as JSON)
            .with(members)
        let error = #expect(throws: CNIError.self) {
            try VRFPlugin.validate(NetworkConfiguration(json: document))
        }
        #expect(error?.message.contains(key) == true, "\(String(describing: error))")
    }
}

@Suite(.needsNamespaces, .needsKind("vrf"), .needsProgram("/usr/sbin/ip"))
struct VRFTests {
    private func world(_ members: [String: JSON?] = [:], routes: [JSON]? = nil) throws -> SecondInterface {
        let usual: [JSON] = [["dst": "198.51.100.0/24"], ["dst": "2001:db8:5::/64"], ["dst": "::/0"]]
        return try SecondInterface(
            VRFPlugin.self, (["vrfname": "blue"] as [String: JSON?]).merging(members) { $1 },
            routes: routes ?? usual)
    }

    private func added(_ world: SecondInterface) throws {
        let outcome = try world.call(.add)
        guard outcome.status == 0 else { throw Unexpected(description: "\(outcome)") }
        #expect(outcome.output?["ips"] == world.result["ips"])
        #expect(try world.fault() == "")
    }

    private func table(of domain: String = "blue", _ world: SecondInterface) throws -> String {
        let link = try world.container.ip("-d -o link show \(domain)")
        return String(link.firstMatch(of: /vrf table (\d+)/)?.output.1 ?? "")
    }

    @Test(arguments: [true, false])
    func `addresses and routes go along into the domain, and come back`(keepsAddresses: Bool) throws {
        let world = try world()
        if !keepsAddresses {
            // As other implementations' interfaces are.
            try world.container.run {
                _ = Program.run([
                    "/bin/sh", "-c", "echo 0 > /proc/sys/net/ipv6/conf/net1/keep_addr_on_down",
                ])
            }
        }
        let before = try world.routing()
        try added(world)
        let table = try table(world)
        #expect(table == "1")
        #expect(try world.container.ip("-o link show net1").contains("master blue"))
        #expect(try world.container.ip("-6 address show dev net1").contains("2001:db8:8::2"))
        let routes = try world.container.ip("route show table \(table)")
        for route in ["198.51.100.0/24", "10.8.0.0/24"] { #expect(routes.contains(route), "\(routes)") }
        let routes6 = try world.container.ip("-6 route show table \(table)")
        for route in ["2001:db8:5::/64", "2001:db8:8::/64", "default"] {
            #expect(routes6.contains(route), "\(routes6)")
        }
        for family in ["", "-6 "] {
            #expect(try !world.container.ip("\(family)route show table main").contains("198.51.100.0"))
            #expect(try !world.container.ip("\(family)route show table main").contains("2001:db8:5::"))
        }
        let again = try world.routing()
        try added(world)
        try world.expectRouting(is: again)
        let fault = try world.network.fault(
            of: world.container, world.second, world.result, interface: "net1")
        #expect(fault == nil, "\(fault ?? "")")
        #expect(try world.call(.delete).status == 0)
        #expect(try !world.container.ip("link show").contains("blue"))
        try world.expectRouting(is: before)
        #expect(try world.call(.delete).status == 0)
    }

    @Test func `a domain is shared by interfaces, and goes with the last`() throws {
        let world = try world()
        try added(world)
        let eth0 = world.firstResult
        let other: [String: JSON?] = ["name": "net"]
        let outcome = try world.call(.add, other, interface: "eth0", result: eth0)
        #expect(outcome.status == 0, "\(outcome)")
        #expect(try world.container.ip("link show master blue").split(separator: "\n").count == 4)
        #expect(try world.call(.delete).status == 0)
        #expect(try world.container.ip("-o link show eth0").contains("master blue"))
        #expect(try !world.container.ip("-o link show net1").contains("master"))
        #expect(try world.call(.delete, other, interface: "eth0", result: eth0).status == 0)
        #expect(try !world.container.ip("link show").contains("blue"))
    }

    @Test func `two interfaces that come and go at once share one domain`() throws {
        let world = try world()
        let before = try world.routing()
        for _ in 0..<3 {
            let added = try world.callForBoth(.add)
            #expect(added.map(\.status) == [0, 0], "\(added)")
            #expect(try world.container.ip("-o link show master blue").split(separator: "\n").count == 2)
            #expect(try world.callForBoth(.delete).map(\.status) == [0, 0])
            #expect(try !world.container.ip("link show").contains("blue"))
            try world.expectRouting(is: before)
        }
    }

    @Test func `tables of others are not taken, and a given one is`() throws {
        let free = try world()
        try free.container.ip("link add red type vrf table 1")
        try free.container.ip("route add 203.0.113.0/24 dev eth0 table 2")
        try added(free)
        #expect(try table(free) == "3")
        let given = try world(["table": 1001])
        try added(given)
        #expect(try table(given) == "1001")
    }

    @Test func `a domain of somebody else's is used, and stays`() throws {
        let world = try world()
        try world.container.ip("link add blue type vrf table 77")
        try world.container.ip("link set blue up")
        let before = try world.routing() + world.container.ip("-o link show")
        try added(world)
        #expect(try table(world) == "77")
        #expect(try world.call(.delete).status == 0)
        #expect(try difference(before, world.routing() + world.container.ip("-o link show")) == "")
    }

    @Test func `another table, another master and another kind of link are refused, and nothing changes`()
        throws
    {
        let world = try world(["table": 5])
        for (setup, words) in [
            (["link add blue type vrf table 77"], "table 77"), (["link add blue type bridge"], "not a vrf"),
            (["link add red type vrf table 9", "link set net1 master red"], "red"),
        ] {
            for line in setup { try world.container.ip(line) }
            let before = try world.routing()
            let outcome = try world.call(.add)
            #expect(outcome.status == 1 && "\(outcome)".contains(words), "\(outcome)")
            try world.expectRouting(is: before)
            let name = setup[0].split(separator: " ")[2]
            try world.container.ip("link delete \(name)")
        }
    }

    @Test(arguments: [
        ("link set net1 nomaster", "master blue"), ("link delete blue", "blue"),
        ("-6 address delete 2001:db8:8::2/64 dev net1", "2001:db8:8::2"),
        ("route delete 198.51.100.0/24 table 1", "198.51.100.0/24"),
    ])
    func `CHECK finds what is missing, and a repair makes it`(damage: String, mention: String) throws {
        let world = try world()
        try added(world)
        try world.container.ip(damage)
        #expect(try world.fault().contains(mention))
        let outcome = try world.repair()
        #expect(outcome.status == 0, "\(outcome)")
        #expect(try world.fault() == "")
    }

    @Test func `a DEL succeeds on what is left, and without the namespace`() throws {
        for damage in [
            "link delete blue", "link delete net1", "link set net1 down", "address flush dev net1",
        ] {
            let world = try world()
            try added(world)
            try world.container.ip(damage)
            let outcome = try world.call(.delete)
            #expect(outcome.status == 0, "\(damage): \(outcome)")
            #expect(try !world.container.ip("link show").contains("blue"), "\(damage)")
        }
        let world = try world()
        try added(world)
        world.container.close()
        #expect(try world.call(.delete).status == 0)
    }
}
