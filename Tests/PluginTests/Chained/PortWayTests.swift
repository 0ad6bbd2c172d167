// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import PortmapPlugin
import TestSupport
import Testing

/// How packets get to ports, with containers whose options differ, and beside what earlier versions have made.
@Suite(.needsNamespaces, .needsProgram("/usr/sbin/ip"), .needsProgram("/usr/sbin/nft"))
struct PortWayTests {
    private static func members(_ mappings: JSON..., options: [String: JSON?] = [:]) -> [String: JSON?] {
        ["conditionsV4": nil, "runtimeConfig": ["portMappings": .array(mappings)]].merging(options) { $1 }
    }

    private static func web(_ port: Int64 = 8080, at address: String? = nil) -> JSON {
        let mapping: JSON = ["hostPort": .integer(port), "containerPort": 80, "protocol": "tcp"]
        return mapping.with(["hostIP": address.map { .string($0) }])
    }

    private func server(in container: TestContainer) throws -> TestSocket {
        try container.run { try TestSocket(.tcp, at: #require(IPAddress("0.0.0.0")), port: 80) }
    }

    private func table(_ world: ChainedWorld) throws -> String {
        try world.network.nft("list table inet cni_portmap")
    }

    /// Another container on the bridge, of another network for the plugin that comes after it.
    private struct Other {
        let world: ChainedWorld
        let container: TestContainer
        let result: JSON

        init(_ world: ChainedWorld) throws {
            self.world = world
            (container, result) = try world.neighbour("two")
        }

        func invocation(_ command: Command, _ members: [String: JSON?]) -> Invocation {
            let configuration = world.configuration.with(members)
                .with(["name": "other", "prevResult": result])
            return world.network.invocation(command, configuration, for: container)
        }

        func call(_ command: Command, _ members: [String: JSON?]) throws -> Outcome {
            let invocation = invocation(command, members)
            return try world.network.run { Portmap.respond(to: invocation) }
        }
    }

    @Test func `a port of one address comes before the same port of all, whatever the options`() throws {
        let world = try ChainedWorld(.portmap)
        let (outside, other) = (try world.world(), try Other(world))
        let (all, one) = (try server(in: world.container), try server(in: other.container))
        #expect(try world.call(.add, Self.members(Self.web())).status == 0)
        let single = Self.members(Self.web(at: "192.0.2.1"), options: ["snat": false])
        #expect(try other.call(.add, single).status == 0)
        #expect(try seen(.tcp, from: outside.run, to: "192.0.2.1", port: 8080, by: one) != nil)
        #expect(try seen(.tcp, from: world.network.run, to: "127.0.0.1", port: 8080, by: all) != nil)
        #expect(try other.call(.delete, single).status == 0)
        #expect(try seen(.tcp, from: outside.run, to: "192.0.2.1", port: 8080, by: all) != nil)
    }

    private static let closed: [String: JSON?] = ["conditionsV4": ["ip", "saddr", "!=", "192.0.2.2"]]

    @Test(
        arguments: [
            ([:], closed, nil), (closed, [:], "192.0.2.2"), (["masqAll": true], [:], "192.0.2.2"),
            ([:], [:], "192.0.2.2"),
        ] as [([String: JSON?], [String: JSON?], String?)])
    func `a port that was a dead container's is led on as the new one wants it`(
        dead: [String: JSON?], options: [String: JSON?], client: String?
    ) throws {
        let world = try ChainedWorld(.portmap)
        let (outside, other) = (try world.world(), try Other(world))
        #expect(try world.call(.add, Self.members(Self.web(), options: dead)).status == 0)
        #expect(try world.network.detach(world.container, world.bridge) == nil)
        let members = Self.members(Self.web(), options: options)
        let added = try other.call(.add, members)
        #expect(added.status == 0, "\(added)")
        let server = try server(in: other.container)
        let sender = try seen(.tcp, from: outside.run, to: "192.0.2.1", port: 8080, by: server)
        #expect(sender == client.flatMap { IPAddress($0) })
        #expect(try !table(world).contains("8080 comment \"net/one/eth0"))
        #expect(try other.call(.check, members).status == 0)
        #expect(try other.call(.delete, members).status == 0)
        #expect(try !table(world).contains("8080"))
    }

    @Test func `a second ADD with other options leaves nothing of the first`() throws {
        let world = try ChainedWorld(.portmap)
        #expect(try world.call(.add, Self.members(Self.web(), options: ["masqAll": true])).status == 0)
        #expect(try world.call(.add, Self.members(Self.web())).status == 0)
        let elements = try table(world).split(separator: "\n").filter { $0.contains("net/one/eth0") }
        // Where the port leads, by which way, and the container's address, of both families.
        #expect(elements.count == 6, "\(elements)")
        #expect(try world.call(.delete, Self.members(Self.web())).status == 0)
        #expect(try !table(world).contains("net/one/eth0"))
    }

    @Test func `a way goes with the network that took it, and no element leads to a chain`() throws {
        let world = try ChainedWorld(.portmap)
        let other = try Other(world)
        #expect(try other.call(.add, Self.members(Self.web(8081))).status == 0)
        let before = try table(world)
        #expect(!before.contains("vmap") && !before.contains(" : goto"))
        let special = Self.members(Self.web(), Self.web(at: "192.0.2.1"), options: ["masqAll": true])
        #expect(try world.call(.add, special).status == 0)
        let both = try table(world)
        #expect(both.contains("chain hostip-way-10.1.0.0/24-"))
        #expect(try world.call(.delete, special).status == 0)
        #expect(try table(world).contains("chain hostip-way-10.1.0.0/24-"))
        #expect(try world.call(.collect, Self.ofAnother).status == 0)
        #expect(try difference(before, table(world)) == "")
        #expect(try other.call(.check, Self.members(Self.web(8081))).status == 0)
    }

    @Test func `an ADD that fails takes back its way, and the others stay`() throws {
        let first = try ChainedWorld(.portmap)
        let options: [String: JSON?] = ["masqAll": true]
        let wanted = Self.members(Self.web(), Self.web(at: "127.0.0.1"), options: options)
        func prepared(_ world: ChainedWorld) throws -> Other {
            let other = try Other(world)
            #expect(try world.call(.add, Self.members(Self.web(8081))).status == 0)
            return other
        }
        let counted = try prepared(first)
        let invocation = counted.invocation(.add, wanted)
        let (operations, _) = try first.network.run {
            FaultInjection.operations { Portmap.respond(to: invocation) }
        }
        var failures = 0
        for index in operations.indices.sample() {
            let world = try ChainedWorld(.portmap)
            let other = try prepared(world)
            let (before, invocation) = (try table(world), other.invocation(.add, wanted))
            let outcome = try world.network.run {
                FaultInjection.failing(at: index) { Portmap.respond(to: invocation) }
            }
            if outcome.status == 0 { continue }
            failures += 1
            #expect(try difference(before, table(world)) == "", "\(operations[index]) \(outcome)")
        }
        #expect(failures > 0)
    }

    @Test func `what an earlier version has made works on, beside what is made now, and goes`() throws {
        let world = try ChainedWorld(.portmap)
        let (outside, other) = (try world.world(), try Other(world))
        let (old, new) = (try server(in: world.container), try server(in: other.container))
        try addFormerTable(to: world)
        let members = Self.members(Self.web())
        #expect(try seen(.tcp, from: outside.run, to: "192.0.2.1", port: 8080, by: old) != nil)
        #expect(try other.call(.add, members).output?["code"]?.int == 101)
        let second = Self.members(Self.web(8081), options: ["masqAll": true])
        #expect(try other.call(.add, second).status == 0)
        let gateway = IPAddress("10.1.0.1")
        let client = IPAddress("192.0.2.2")
        #expect(try seen(.tcp, from: outside.run, to: "192.0.2.1", port: 8080, by: old) == client)
        #expect(try seen(.tcp, from: outside.run, to: "192.0.2.1", port: 8081, by: new) == gateway)
        #expect(try world.call(.delete, members).status == 0)
        #expect(try !table(world).contains("net/one/eth0"))
        #expect(try other.call(.check, second).status == 0)
        #expect(try world.call(.collect, Self.ofAnother).status == 0)
        #expect(try seen(.tcp, from: outside.run, to: "192.0.2.1", port: 8081, by: new) == gateway)
        let left = try table(world)
        #expect(!left.contains("ways4") && !left.contains("to-10.1.0.0/24") && !left.contains("mapped"))
    }

    @Test func `a repair moves a mapping of an earlier version over`() throws {
        let world = try ChainedWorld(.portmap)
        try addFormerTable(to: world)
        let members = Self.members(Self.web())
        #expect(try world.call(.check, members).status != 0)
        #expect(try world.call(.add, members).status == 0)
        #expect(try world.call(.check, members).status == 0)
        #expect(try !table(world).contains(": goto to-"))
    }

    /// For a GC that finds no attachment of its network.
    private static let ofAnother: [String: JSON?] = ["name": "third", "cni.dev/valid-attachments": []]

    private func addFormerTable(to world: ChainedWorld) throws {
        let outcome = try world.network.run { Program.run(["/usr/sbin/nft", Self.former]) }
        try #require(outcome.status == 0, "\(outcome.output)")
    }

    /// What the plugin has made before there was a set for each way.
    private static let former = """
        table inet cni_portmap {
            comment "swift-cni: ports of the host that lead to containers"
            map ports4 {
                type inet_proto . inet_service : ipv4_addr . inet_service
                comment "swift-cni"
                elements = { tcp . 8080 comment "net/one/eth0" : 10.1.0.2 . 80 }
            }
            map hostip-ports4 {
                type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service
                comment "swift-cni"
            }
            map ways4 {
                type inet_proto . inet_service : verdict
                comment "swift-cni"
                elements = { tcp . 8080 comment "net/one/eth0" : goto to-10.1.0.0/24 }
            }
            map hostip-ways4 {
                type ipv4_addr . inet_proto . inet_service : verdict
                comment "swift-cni"
            }
            set pods4 {
                type ipv4_addr
                comment "swift-cni"
                elements = { 10.1.0.2 comment "net/one/eth0" }
            }
            set pods6 {
                type ipv6_addr
                comment "swift-cni"
            }
            chain mapped {
                comment "swift-cni"
                ip daddr . meta l4proto . th dport vmap @hostip-ways4
                meta nfproto ipv4 meta l4proto . th dport vmap @ways4
            }
            chain prerouting {
                comment "swift-cni"
                type nat hook prerouting priority dstnat; policy accept;
                fib daddr type local jump mapped
            }
            chain output {
                comment "swift-cni"
                type nat hook output priority -100; policy accept;
                fib daddr type local jump mapped
            }
            chain masquerade-13 {
                comment "swift-cni"
                type nat hook postrouting priority srcnat; policy accept;
                meta mark & 0x00002000 == 0x00002000 ip daddr @pods4 masquerade
                meta mark & 0x00002000 == 0x00002000 ip6 daddr @pods6 masquerade
            }
            chain loopback {
                comment "swift-cni"
                type filter hook prerouting priority raw; policy accept;
                ip daddr 127.0.0.0/8 iifname != "lo" drop
            }
            chain to-10.1.0.0/24 {
                comment "swift-cni"
                ip saddr 10.1.0.0/24 meta mark set meta mark | 0x00002000
                ip saddr 127.0.0.0/8 meta mark set meta mark | 0x00002000
                dnat ip to ip daddr . meta l4proto . th dport map @hostip-ports4
                dnat ip to meta l4proto . th dport map @ports4
            }
        }
        """
}
