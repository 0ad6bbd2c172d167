// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import FirewallPlugin
import Netlink
import TestSupport
import Testing

@Suite(
    .needsNamespaces, .needsProgram("/usr/sbin/ip"), .needsProgram("/usr/sbin/nft"),
    .needsProgram("/usr/sbin/iptables"))
struct FirewallTests {
    private func server(in container: TestContainer, _ port: UInt16 = 80) throws -> TestSocket {
        let any = try #require(IPAddress("0.0.0.0"))
        return try container.run { try TestSocket(.tcp, at: any, port: port) }
    }

    private func iptables(_ world: ChainedWorld, _ words: String) throws -> String {
        try world.network.run { Program.succeed("/usr/sbin/iptables", words) }.get()
    }

    /// A GC that leaves no container.
    private func collect(in world: ChainedWorld, _ members: [String: JSON?] = [:]) throws {
        let all = members.merging(["cni.dev/valid-attachments": []]) { $1 }
        #expect(try world.call(.collect, all).status == 0)
    }

    @Test(
        arguments: [
            ["backend": "firewalld"], ["ingressPolicy": "closed"], ["iptablesAdminChainName": "no such name"],
            ["iptablesAdminChainName": "-A"], ["iptablesAdminChainName": "FORWARD"],
        ] as [[String: JSON?]])
    func `what cannot be is refused`(members: [String: JSON?]) throws {
        let document = (["cniVersion": "1.0.0", "name": "pods", "type": "firewall"] as JSON).with(members)
        #expect(throws: CNIError.self) { try Firewall.configuration(from: document) }
    }

    @Test func `a container gets through a chain that rejects, and nobody gets in by that`() throws {
        let world = try ChainedWorld(.firewall)
        let outside = try world.world()
        _ = try iptables(world, "-A FORWARD -j REJECT")
        let (stranger, own) = (try server(in: outside), try server(in: world.container))
        #expect(try seen(.tcp, from: world.container.run, to: "192.0.2.2", port: 80, by: stranger) == nil)
        let added = try world.call(.add)
        #expect(added.status == 0, "\(added)")
        #expect(try seen(.tcp, from: world.container.run, to: "192.0.2.2", port: 80, by: stranger) != nil)
        #expect(try seen(.tcp, from: outside.run, to: "10.1.0.2", port: 80, by: own) == nil)
        // Rules that others put in front: the next ADD comes before them, and a repair too.
        _ = try iptables(world, "-I FORWARD -j REJECT")
        #expect(try world.call(.check).status != 0)
        #expect(try !world.repair().isEmpty)
        #expect(try seen(.tcp, from: world.container.run, to: "192.0.2.2", port: 80, by: stranger) != nil)
        #expect(try iptables(world, "-S FORWARD").split(separator: "\n").count == 5)
        #expect(try world.call(.delete).status == 0)
        #expect(try seen(.tcp, from: world.container.run, to: "192.0.2.2", port: 80, by: stranger) == nil)
        #expect(try world.call(.collect, ["cni.dev/valid-attachments": []]).status == 0)
        #expect(try iptables(world, "-S FORWARD").split(separator: "\n").count == 3)
    }

    @Test func `a rule that was saved and restored is still known`() throws {
        let world = try ChainedWorld(.firewall)
        _ = try iptables(world, "-A FORWARD -j REJECT")
        #expect(try world.call(.add).status == 0)
        let restored = try world.network.run {
            Program.succeed("/bin/sh", "-c /usr/sbin/iptables-save|/usr/sbin/iptables-restore")
        }
        _ = try restored.get()
        #expect(try world.call(.check).status == 0)
        #expect(try world.call(.add).status == 0)
        #expect(try iptables(world, "-S FORWARD").split(separator: "\n").count == 4)
        #expect(try world.call(.collect, ["cni.dev/valid-attachments": []]).status == 0)
        #expect(try iptables(world, "-S FORWARD").split(separator: "\n").count == 2)
    }

    @Test func `rules of others about other packets fail no CHECK, and the next ADD comes before them`()
        throws
    {
        let world = try ChainedWorld(.firewall)
        #expect(try world.call(.add).status == 0)
        for words in ["-N OTHERS", "-I FORWARD -i others0 -j DROP", "-I FORWARD -j OTHERS"] {
            _ = try iptables(world, words)
        }
        #expect(try world.call(.check).status == 0)
        #expect(try world.call(.add).status == 0)
        let rules = try iptables(world, "-S FORWARD").split(separator: "\n").dropFirst()
        #expect(rules.map { $0.contains("swift-cni") } == [true, true, false, false], "\(rules)")
        #expect(rules.first?.contains("-j CNI-ADMIN") == true, "\(rules)")
        // Ours in the wrong order: the administrator is not asked.
        _ = try iptables(world, "-D FORWARD 1")
        #expect(try world.call(.check).status != 0)
        _ = try iptables(world, "-I FORWARD 2 -m comment --comment swift-cni -j CNI-ADMIN")
        #expect(try world.call(.check).status != 0)
        #expect(try !world.repair().isEmpty)
        #expect(try world.call(.check).status == 0)
        #expect(try iptables(world, "-S FORWARD").split(separator: "\n").dropFirst() == rules)
    }

    @Test func `the administrator's rules come first and stay`() throws {
        let world = try ChainedWorld(.firewall)
        let outside = try world.world()
        let members: [String: JSON?] = ["iptablesAdminChainName": "OUR-OWN"]
        #expect(try world.call(.add, members).status == 0)
        for program in ["/usr/sbin/iptables", "/usr/sbin/ip6tables"] {
            let chain = try world.network.run { Program.succeed(program, "-S OUR-OWN") }
            #expect(try chain.get() == "-N OUR-OWN\n")
        }
        let stranger = try server(in: outside)
        #expect(try seen(.tcp, from: world.container.run, to: "192.0.2.2", port: 80, by: stranger) != nil)
        _ = try iptables(world, "-I OUR-OWN -d 192.0.2.2 -j DROP")
        #expect(try seen(.tcp, from: world.container.run, to: "192.0.2.2", port: 80, by: stranger) == nil)
        let (before, again) = (try world.now, try world.call(.add, members))
        #expect(again.status == 0, "\(again)")
        #expect(try difference(before, world.now) == "")
        #expect(try world.call(.check, members).status == 0)
        #expect(try world.call(.delete, members).status == 0)
        try collect(in: world, members)
        #expect(try iptables(world, "-S OUR-OWN").contains("192.0.2.2"))
        #expect(try iptables(world, "-S FORWARD") == "-P FORWARD ACCEPT\n")
        // A chain of ours without a rule goes with the next GC, and what else iptables did not need before.
        _ = try iptables(world, "-F OUR-OWN")
        try collect(in: world, members)
        #expect(try !world.network.nft("list ruleset").contains(" filter {"))
    }

    @Test func `what iptables does to what is made for it is respected`() throws {
        let world = try ChainedWorld(.firewall)
        #expect(try world.call(.add).status == 0)
        _ = try iptables(world, "-F")
        #expect(try world.call(.check).status != 0)
        #expect(try !world.repair().isEmpty)
        #expect(try world.call(.check).status == 0)
        for words in ["-P FORWARD DROP", "-A INPUT -i lo -j ACCEPT", "-A CNI-ADMIN -j OTHERS"] {
            if words.hasSuffix("OTHERS") { _ = try iptables(world, "-N OTHERS") }
            _ = try iptables(world, words)
        }
        #expect(try world.call(.check).status == 0)
        #expect(try world.call(.delete).status == 0)
        try collect(in: world)
        let rules = try iptables(world, "-S").split(separator: "\n")
        #expect(
            rules == [
                "-P INPUT ACCEPT", "-P FORWARD DROP", "-P OUTPUT ACCEPT", "-N CNI-ADMIN", "-N OTHERS",
                "-A INPUT -i lo -j ACCEPT", "-A CNI-ADMIN -j OTHERS",
            ])
    }

    @Test func `the chain of another firewall plugin is asked before ours, and left as it is`() throws {
        let world = try ChainedWorld(.firewall)
        let outside = try world.world()
        for words in [
            "-N CNI-FORWARD", "-N CNI-ADMIN", "-A FORWARD -j CNI-FORWARD", "-A CNI-FORWARD -j CNI-ADMIN",
            "-A CNI-FORWARD -s 10.1.0.77/32 -j ACCEPT", "-A CNI-ADMIN -d 192.0.2.2/32 -j DROP",
            "-A FORWARD -j REJECT",
        ] { _ = try iptables(world, words) }
        let theirs = try iptables(world, "-S")
        let stranger = try server(in: outside)
        #expect(try world.call(.add).status == 0)
        #expect(try world.call(.check).status == 0)
        #expect(try seen(.tcp, from: world.container.run, to: "192.0.2.2", port: 80, by: stranger) == nil)
        _ = try iptables(world, "-F CNI-ADMIN")
        #expect(try seen(.tcp, from: world.container.run, to: "192.0.2.2", port: 80, by: stranger) != nil)
        _ = try iptables(world, "-A CNI-ADMIN -d 192.0.2.2 -j DROP")
        #expect(try world.call(.delete).status == 0)
        try collect(in: world)
        #expect(try iptables(world, "-S") == theirs)
    }

    @Test func `networks with administrators' chains of their own do not overtake each other`() throws {
        let world = try ChainedWorld(.firewall)
        let outside = try world.world()
        let members: [String: JSON?] = ["iptablesAdminChainName": "OUR-OWN"]
        let other = try world.neighbour("two")
        let configuration = world.configuration.with(["name": "second", "prevResult": other.result])
        func call(_ command: Command, _ members: [String: JSON?] = [:]) throws -> Int32 {
            let container = command == .collect ? nil : other.container
            return try world.network.call(
                Firewall.self, command, configuration.with(members), for: container
            ).status
        }
        #expect(try world.call(.add, members).status == 0)
        #expect(try call(.add) == 0)
        _ = try iptables(world, "-A OUR-OWN -d 192.0.2.2 -j DROP")
        _ = try iptables(world, "-I FORWARD -i others0 -j DROP")
        let stranger = try server(in: outside)
        // An ADD that knows of one chain only puts both in front again.
        #expect(try call(.add) == 0)
        let rules = try iptables(world, "-S FORWARD").split(separator: "\n")
        #expect(rules.count == 5 && rules.last?.contains("others0") == true, "\(rules)")
        #expect(
            rules[1...2].allSatisfy { $0.contains("-j OUR-OWN") || $0.contains("-j CNI-ADMIN") }, "\(rules)")
        #expect(try seen(.tcp, from: world.container.run, to: "192.0.2.2", port: 80, by: stranger) == nil)
        #expect(try world.call(.check, members).status == 0)
        _ = try iptables(world, "-F OUR-OWN")
        #expect(try world.call(.delete, members).status == 0)
        try collect(in: world, members)
        #expect(try call(.check) == 0, "the other network's are not taken away")
        #expect(try call(.delete) == 0)
        #expect(try call(.collect, ["cni.dev/valid-attachments": []]) == 0)
        #expect(try iptables(world, "-S").contains("others0"))
        #expect(try !iptables(world, "-S").contains("OUR-OWN"))
        #expect(try !iptables(world, "-S").contains("swift-cni"))
    }

    @Test func `an ADD that fails takes back an administrator's chain that it has made beside another`()
        async throws
    {
        func start() throws -> (ChainedWorld, TestContainer, Invocation, String) {
            let world = try ChainedWorld(.firewall)
            let other = try world.neighbour("two")
            let configuration = world.configuration.with(["name": "second", "prevResult": other.result])
            let added = try world.network.call(Firewall.self, .add, configuration, for: other.container)
            #expect(added.status == 0)
            let invocation = world.invocation(.add, ["iptablesAdminChainName": "OUR-OWN"])
            return (world, other.container, invocation, try world.now)
        }
        let (first, second, invocation, _) = try start()
        defer { second.close() }
        let (operations, outcome) = try first.network.run {
            FaultInjection.operations { Firewall.respond(to: invocation) }
        }
        #expect(outcome.status == 0)
        for index in operations.indices.sample() {
            await Task.yield()
            let (world, other, invocation, before) = try start()
            defer { other.close() }
            let outcome = try world.network.run {
                FaultInjection.failing(at: index) { Firewall.respond(to: invocation) }
            }
            if outcome.status == 0 { continue }
            #expect(
                try difference(before, world.now) == "",
                "operation \(index): \(operations[index])\n\(outcome)")
        }
    }

    @Test func `rules in the chain that former versions had stay, and are asked`() throws {
        let world = try ChainedWorld(.firewall)
        let outside = try world.world()
        #expect(try world.call(.add).status == 0)
        for words in [
            "add chain inet cni_firewall CNI-ADMIN { comment \"swift-cni\"; }",
            "add chain inet cni_firewall admin-CNI-ADMIN { comment \"swift-cni\"; type filter hook forward priority -3; }",
            "add rule inet cni_firewall admin-CNI-ADMIN jump CNI-ADMIN",
            "add rule inet cni_firewall CNI-ADMIN ip daddr 192.0.2.2 drop",
        ] { try world.network.nft(words) }
        let stranger = try server(in: outside)
        #expect(try world.call(.add).status == 0)
        #expect(try seen(.tcp, from: world.container.run, to: "192.0.2.2", port: 80, by: stranger) == nil)
        #expect(try world.call(.delete).status == 0)
        try collect(in: world)
        #expect(try world.network.nft("list chain inet cni_firewall CNI-ADMIN").contains("192.0.2.2"))
        try world.network.nft("flush chain inet cni_firewall CNI-ADMIN")
        try collect(in: world)
        #expect(try !world.network.nft("list ruleset").contains("cni_firewall"))
    }

    @Test func `isolated containers of one bridge do not reach each other, but the outside`() throws {
        let world = try ChainedWorld(.isolation)
        let (outside, other) = (try world.world(), try world.neighbour("two"))
        let (server, stranger) = (try server(in: other.container), try server(in: outside))
        let address = "10.1.0.3"
        #expect(try seen(.tcp, from: world.container.run, to: address, port: 80, by: server) != nil)
        #expect(try world.call(.add).status == 0)
        #expect(try seen(.tcp, from: world.container.run, to: address, port: 80, by: server) == nil)
        #expect(try seen(.tcp, from: world.container.run, to: "192.0.2.2", port: 80, by: stranger) != nil)
        #expect(try world.call(.delete, ["ingressPolicy": "open"]).status == 0)
        #expect(try seen(.tcp, from: world.container.run, to: address, port: 80, by: server) != nil)
    }

    @Test func `a container with same-bridge is reached by its neighbours, and by no other network's`() throws
    {
        let world = try ChainedWorld(.firewall)
        let neighbour = try world.neighbour("two")
        let members: [String: JSON?] = ["ingressPolicy": "same-bridge"]
        let second = world.network.bridge(name: "second", subnets: ["10.2.0.0/24"]).with(["bridge": "br1"])
        let stranger = try world.network.container("three")
        let result = try world.network.attach(stranger, second)
        let configuration = world.configuration.with(members)
            .with(["name": "second", "prevResult": result])
        let server = try server(in: world.container)
        let place = "10.1.0.2"
        #expect(try seen(.tcp, from: stranger.run, to: place, port: 80, by: server) != nil)
        #expect(try world.call(.add, members).status == 0)
        #expect(try world.network.call(Firewall.self, .add, configuration, for: stranger).status == 0)
        #expect(try seen(.tcp, from: stranger.run, to: place, port: 80, by: server) == nil)
        #expect(try seen(.tcp, from: neighbour.container.run, to: place, port: 80, by: server) != nil)
        #expect(try world.network.call(Firewall.self, .delete, configuration, for: stranger).status == 0)
        #expect(try seen(.tcp, from: stranger.run, to: place, port: 80, by: server) != nil)
    }
}
