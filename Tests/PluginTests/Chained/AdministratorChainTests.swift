// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import FirewallPlugin
import LinuxCore
import Netlink
import TestSupport
import Testing

/// The administrator's chain of iptables, in the hands of iptables itself and of another plugin.
@Suite(
    .needsNamespaces, .needsProgram("/usr/sbin/ip"), .needsProgram("/usr/sbin/nft"),
    .needsProgram("/usr/sbin/iptables", "/usr/sbin/ip6tables"))
struct AdministratorChainTests {
    @Test func `the administrator's rules come first and stay`() throws {
        let world = try ChainedWorld(.firewall)
        let outside = try world.world()
        let members: [String: JSON?] = ["iptablesAdminChainName": "OUR-OWN"]
        #expect(try world.call(.add, members).status == 0)
        for program in ["/usr/sbin/iptables", "/usr/sbin/ip6tables"] {
            let chain = try world.network.run { Program.succeed(program, "-S OUR-OWN") }
            #expect(try chain.get() == "-N OUR-OWN\n")
        }
        let stranger = try world.server(in: outside)
        #expect(try seen(.tcp, from: world.container.run, to: "192.0.2.2", port: 80, by: stranger) != nil)
        _ = try world.iptables("-I OUR-OWN -d 192.0.2.2 -j DROP")
        #expect(try seen(.tcp, from: world.container.run, to: "192.0.2.2", port: 80, by: stranger) == nil)
        let (before, again) = (try world.now, try world.call(.add, members))
        #expect(again.status == 0, "\(again)")
        #expect(try difference(before, world.now) == "")
        #expect(try world.call(.check, members).status == 0)
        #expect(try world.call(.delete, members).status == 0)
        try world.collect(members)
        #expect(try world.iptables("-S OUR-OWN").contains("192.0.2.2"))
        #expect(try world.iptables("-S FORWARD") == "-P FORWARD ACCEPT\n")
        // A chain of ours without a rule goes with the next GC, and what else iptables did not need before.
        _ = try world.iptables("-F OUR-OWN")
        try world.collect(members)
        #expect(try !world.network.nft("list ruleset").contains(" filter {"))
    }

    @Test func `what iptables does to what is made for it is respected`() throws {
        let world = try ChainedWorld(.firewall)
        #expect(try world.call(.add).status == 0)
        _ = try world.iptables("-F")
        #expect(try world.call(.check).status != 0)
        #expect(try !world.repair().isEmpty)
        #expect(try world.call(.check).status == 0)
        for words in ["-P FORWARD DROP", "-A INPUT -i lo -j ACCEPT", "-A CNI-ADMIN -j OTHERS"] {
            if words.hasSuffix("OTHERS") { _ = try world.iptables("-N OTHERS") }
            _ = try world.iptables(words)
        }
        #expect(try world.call(.check).status == 0)
        #expect(try world.call(.delete).status == 0)
        try world.collect()
        let rules = try world.iptables("-S").split(separator: "\n")
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
        ] { _ = try world.iptables(words) }
        let theirs = try world.iptables("-S")
        let stranger = try world.server(in: outside)
        #expect(try world.call(.add).status == 0)
        #expect(try world.call(.check).status == 0)
        #expect(try seen(.tcp, from: world.container.run, to: "192.0.2.2", port: 80, by: stranger) == nil)
        _ = try world.iptables("-F CNI-ADMIN")
        #expect(try seen(.tcp, from: world.container.run, to: "192.0.2.2", port: 80, by: stranger) != nil)
        _ = try world.iptables("-A CNI-ADMIN -d 192.0.2.2 -j DROP")
        #expect(try world.call(.delete).status == 0)
        try world.collect()
        #expect(try world.iptables("-S") == theirs)
    }

    /// Runs the reference's plugin for a container of its own.
    private func reference(
        _ world: ChainedWorld, _ command: Command, for other: (container: TestContainer, result: JSON)
    ) throws {
        let result = other.result.with(["cniVersion": "1.0.0"])
        let configuration = world.configuration.with(["cniVersion": "1.0.0", "prevResult": result])
        let input = "\(world.network.dataDir.path)/stdin-reference"
        try File.replace(input, Array(configuration.serialized().utf8), mode: 0o600)
        let folder = ReferenceBridge.folder
        let words = [
            "/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
            "XTABLES_LOCKFILE=\(world.network.dataDir.path)/xtables.lock",
            "CNI_COMMAND=\(command.rawValue)", "CNI_CONTAINERID=\(other.container.id)", "CNI_IFNAME=eth0",
            "CNI_NETNS=\(other.container.path)", "CNI_PATH=\(folder)", "\(folder)/firewall",
        ]
        let (status, output) = try world.network.run { Program.run(words, input: input) }
        #expect(status == 0, "\(command.rawValue): \(output)")
    }

    @Test(
        .needsProgram("/usr/lib/cni/firewall", "/usr/bin/env"),
        arguments: [true, false])
    func `the reference's plugin and ours work on one chain, whoever comes first`(isOursFirst: Bool) throws {
        let world = try ChainedWorld(.firewall)
        let other = try world.neighbour("two")
        if isOursFirst { #expect(try world.call(.add).status == 0) }
        try reference(world, .add, for: other)
        _ = try world.iptables("-A CNI-ADMIN -d 192.0.2.2 -j DROP")
        #expect(try world.call(.add).status == 0)
        for _ in 0..<2 {
            #expect(try world.call(.check).status == 0)
            try reference(world, .check, for: other)
            try reference(world, .add, for: other)
        }
        #expect(try world.iptables("-S FORWARD").split(separator: "\n").count == 4)
        #expect(try world.call(.delete).status == 0)
        try world.collect()
        try reference(world, .check, for: other)
        try reference(world, .delete, for: other)
        let rules = try world.iptables("-S")
        #expect(rules.contains("192.0.2.2") && !rules.contains("swift-cni"), "\(rules)")
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
        _ = try world.iptables("-A OUR-OWN -d 192.0.2.2 -j DROP")
        _ = try world.iptables("-I FORWARD -i others0 -j DROP")
        let stranger = try world.server(in: outside)
        // An ADD that knows of one chain only puts both in front again.
        #expect(try call(.add) == 0)
        let rules = try world.iptables("-S FORWARD").split(separator: "\n")
        #expect(rules.count == 5 && rules.last?.contains("others0") == true, "\(rules)")
        #expect(
            rules[1...2].allSatisfy { $0.contains("-j OUR-OWN") || $0.contains("-j CNI-ADMIN") }, "\(rules)")
        #expect(try seen(.tcp, from: world.container.run, to: "192.0.2.2", port: 80, by: stranger) == nil)
        #expect(try world.call(.check, members).status == 0)
        _ = try world.iptables("-F OUR-OWN")
        #expect(try world.call(.delete, members).status == 0)
        try world.collect(members)
        #expect(try call(.check) == 0, "the other network's are not taken away")
        #expect(try call(.delete) == 0)
        #expect(try call(.collect, ["cni.dev/valid-attachments": []]) == 0)
        #expect(try world.iptables("-S").contains("others0"))
        #expect(try !world.iptables("-S").contains("OUR-OWN"))
        #expect(try !world.iptables("-S").contains("swift-cni"))
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
        let stranger = try world.server(in: outside)
        #expect(try world.call(.add).status == 0)
        #expect(try seen(.tcp, from: world.container.run, to: "192.0.2.2", port: 80, by: stranger) == nil)
        #expect(try world.call(.delete).status == 0)
        try world.collect()
        #expect(try world.network.nft("list chain inet cni_firewall CNI-ADMIN").contains("192.0.2.2"))
        try world.network.nft("flush chain inet cni_firewall CNI-ADMIN")
        try world.collect()
        #expect(try !world.network.nft("list ruleset").contains("cni_firewall"))
    }
}
