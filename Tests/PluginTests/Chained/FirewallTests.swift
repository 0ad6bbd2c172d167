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
        _ = try world.iptables("-A FORWARD -j REJECT")
        let (stranger, own) = (try world.server(in: outside), try world.server(in: world.container))
        #expect(try seen(.tcp, from: world.container.run, to: "192.0.2.2", port: 80, by: stranger) == nil)
        let added = try world.call(.add)
        #expect(added.status == 0, "\(added)")
        #expect(try seen(.tcp, from: world.container.run, to: "192.0.2.2", port: 80, by: stranger) != nil)
        #expect(try seen(.tcp, from: outside.run, to: "10.1.0.2", port: 80, by: own) == nil)
        // Rules that others put in front: the next ADD comes before them, and a repair too.
        _ = try world.iptables("-I FORWARD -j REJECT")
        #expect(try world.call(.check).status != 0)
        #expect(try !world.repair().isEmpty)
        #expect(try seen(.tcp, from: world.container.run, to: "192.0.2.2", port: 80, by: stranger) != nil)
        #expect(try world.iptables("-S FORWARD").split(separator: "\n").count == 5)
        #expect(try world.call(.delete).status == 0)
        #expect(try seen(.tcp, from: world.container.run, to: "192.0.2.2", port: 80, by: stranger) == nil)
        #expect(try world.call(.collect, ["cni.dev/valid-attachments": []]).status == 0)
        #expect(try world.iptables("-S FORWARD").split(separator: "\n").count == 3)
    }

    @Test func `a rule that was saved and restored is still known`() throws {
        let world = try ChainedWorld(.firewall)
        _ = try world.iptables("-A FORWARD -j REJECT")
        #expect(try world.call(.add).status == 0)
        let restored = try world.network.run {
            Program.succeed("/bin/sh", "-c /usr/sbin/iptables-save|/usr/sbin/iptables-restore")
        }
        _ = try restored.get()
        #expect(try world.call(.check).status == 0)
        #expect(try world.call(.add).status == 0)
        #expect(try world.iptables("-S FORWARD").split(separator: "\n").count == 4)
        #expect(try world.call(.collect, ["cni.dev/valid-attachments": []]).status == 0)
        #expect(try world.iptables("-S FORWARD").split(separator: "\n").count == 2)
    }

    @Test func `rules of others about other packets fail no CHECK, and the next ADD comes before them`()
        throws
    {
        let world = try ChainedWorld(.firewall)
        #expect(try world.call(.add).status == 0)
        for words in ["-N OTHERS", "-I FORWARD -i others0 -j DROP", "-I FORWARD -j OTHERS"] {
            _ = try world.iptables(words)
        }
        #expect(try world.call(.check).status == 0)
        #expect(try world.call(.add).status == 0)
        let rules = try world.iptables("-S FORWARD").split(separator: "\n").dropFirst()
        #expect(rules.map { $0.contains("swift-cni") } == [true, true, false, false], "\(rules)")
        #expect(rules.first?.contains("-j CNI-ADMIN") == true, "\(rules)")
        // Ours in the wrong order: the administrator is not asked.
        _ = try world.iptables("-D FORWARD 1")
        #expect(try world.call(.check).status != 0)
        _ = try world.iptables("-I FORWARD 2 -m comment --comment swift-cni -j CNI-ADMIN")
        #expect(try world.call(.check).status != 0)
        #expect(try !world.repair().isEmpty)
        #expect(try world.call(.check).status == 0)
        #expect(try world.iptables("-S FORWARD").split(separator: "\n").dropFirst() == rules)
    }

    @Test func `a GC takes everything although the policy is another by then`() throws {
        let world = try ChainedWorld(.isolation)
        #expect(try world.call(.add).status == 0)
        #expect(try world.call(.delete, ["ingressPolicy": "open"]).status == 0)
        let none: [String: JSON?] = ["ingressPolicy": "open", "cni.dev/valid-attachments": []]
        #expect(try world.call(.collect, none).status == 0)
        #expect(try !world.network.nft("list ruleset").contains("cni_firewall"))
    }

    @Test func `isolated containers of one bridge do not reach each other, but the outside`() throws {
        let world = try ChainedWorld(.isolation)
        let (outside, other) = (try world.world(), try world.neighbour("two"))
        let (server, stranger) = (try world.server(in: other.container), try world.server(in: outside))
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
        let server = try world.server(in: world.container)
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

extension ChainedWorld {
    func server(in container: TestContainer, _ port: UInt16 = 80) throws -> TestSocket {
        let any = try #require(IPAddress("0.0.0.0"))
        return try container.run { try TestSocket(.tcp, at: any, port: port) }
    }

    func iptables(_ words: String) throws -> String {
        try network.run { Program.succeed("/usr/sbin/iptables", words) }.get()
    }

    /// A GC that leaves no container.
    func collect(_ members: [String: JSON?] = [:]) throws {
        let all = members.merging(["cni.dev/valid-attachments": []]) { $1 }
        #expect(try call(.collect, all).status == 0)
    }
}
