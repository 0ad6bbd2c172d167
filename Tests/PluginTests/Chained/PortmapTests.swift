// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import Netlink
import NetworkState
import PortmapPlugin
import TestSupport
import Testing

@Suite
struct PortmapConfigurationTests {
    private func read(_ members: [String: JSON?]) throws -> PortmapConfiguration {
        let document = (["cniVersion": "1.0.0", "name": "pods", "type": "portmap"] as JSON).with(members)
        let configuration = try Portmap.configuration(from: document)
        try Portmap.validate(NetworkConfiguration(json: document))
        return configuration
    }

    @Test(
        arguments: [
            ["hostPort": 8080, "containerPort": 80, "protocol": "tcp", "hostIP": "192.0.2.1"],
            ["HostPort": 8080, "ContainerPort": 80, "Protocol": "TCP", "HostIP": "192.0.2.1"],
            ["host_port": 8080, "container_port": 80, "host_ip": "192.0.2.1"],
        ] as [JSON])
    func `a mapping is read in whatever spelling`(mapping: JSON) throws {
        let plain: JSON = [
            "hostPort": 8080, "containerPort": 80, "protocol": "tcp", "hostIP": "192.0.2.1",
        ]
        let wanted = try read(["runtimeConfig": ["portMappings": [plain]]])
        #expect(try read(["runtimeConfig": ["portMappings": [mapping]]]).mappings == wanted.mappings)
        #expect(wanted.mappings.count == 1)
    }

    @Test(
        arguments: [
            (["backend": "ebtables"], "backend"), (["markMasqBit": 32], "markMasqBit"),
            (["markMasqBit": -1], "markMasqBit"),
            (["markMasqBit": 5, "externalSetMarkChain": "X-MARK"], "externalSetMarkChain"),
            (["conditionsV4": ["tcp", "flags", "syn"]], "conditionsV4"),
            (["conditionsV4": ["ip6", "saddr", "fd00::/8"]], "conditionsV4"),
            (["conditionsV4": ["-s"]], "conditionsV4"),
            (["runtimeConfig": ["portMappings": [["hostPort": 0, "containerPort": 80]]]], "hostPort"),
            (["runtimeConfig": ["portMappings": [["hostPort": 80]]]], "containerPort"),
            (
                ["runtimeConfig": ["portMappings": [["hostPort": 80, "containerPort": 70000]]]],
                "containerPort"
            ),
            (
                [
                    "runtimeConfig": [
                        "portMappings": [["hostPort": 80, "containerPort": 8, "protocol": "icmp"]]
                    ]
                ],
                "protocol"
            ),
            (
                [
                    "runtimeConfig": [
                        "portMappings": [
                            ["hostPort": 80, "containerPort": 8], ["hostPort": 80, "containerPort": 9],
                        ]
                    ]
                ], "two ports"
            ),
        ] as [([String: JSON?], String)])
    func `what makes no sense is refused, and the place is named`(
        members: [String: JSON?], word: String
    ) throws {
        let error = #expect(throws: CNIError.self) { try read(members) }
        #expect(error?.message.contains(word) == true, "\(String(describing: error))")
    }

    @Test(arguments: [
        ["ip", "saddr", "!=", "192.0.2.2"], ["!", "-s", "192.0.2.2"], ["ip saddr != 192.0.2.2/32"],
    ])
    func `conditions of nft and of iptables are the same`(words: [String]) throws {
        let list = JSON.array(words.map { .string($0) })
        let one = try read(["conditionsV4": list, "runtimeConfig": ["portMappings": []]])
        let other = try read(["conditionsV4": ["ip", "saddr", "!=", "192.0.2.2"]])
        #expect(one.hasSameConditions(as: other))
        #expect(try !one.hasSameConditions(as: read([:])))
    }
}

@Suite(.needsNamespaces, .needsProgram("/usr/sbin/ip"), .needsProgram("/usr/sbin/nft"))
struct PortmapTrafficTests {
    private func mappings(_ mappings: JSON...) -> [String: JSON?] {
        ["conditionsV4": nil, "runtimeConfig": ["portMappings": .array(mappings)]]
    }

    private static let web: JSON = ["hostPort": 8080, "containerPort": 80, "protocol": "tcp"]

    private func server(
        _ kind: TestSocket.Kind, in container: TestContainer, _ text: String, _ port: UInt16
    ) throws -> TestSocket {
        let address = try #require(IPAddress(text))
        return try container.run { try TestSocket(kind, at: address, port: port) }
    }

    @Test func `a machine outside, the host, a neighbour and the container itself reach a port`() throws {
        let world = try ChainedWorld(.portmap, ["hairpinMode": true])
        let (outside, neighbour) = (try world.world(), try world.neighbour("two").container)
        let outcome = try world.call(.add, mappings(Self.web))
        #expect(outcome.status == 0, "\(outcome)")
        let server4 = try server(.tcp, in: world.container, "0.0.0.0", 80)
        let server6 = try server(.tcp, in: world.container, "::", 80)
        let client = IPAddress("192.0.2.2")
        #expect(try seen(.tcp, from: outside.run, to: "192.0.2.1", port: 8080, by: server4) == client)
        let client6 = IPAddress("2001:db8::2")
        #expect(try seen(.tcp, from: outside.run, to: "2001:db8::1", port: 8080, by: server6) == client6)
        for address in ["127.0.0.1", "192.0.2.1", "10.1.0.1"] {
            let sender = try seen(.tcp, from: world.network.run, to: address, port: 8080, by: server4)
            #expect(sender != nil, "the host by \(address)")
        }
        let gateway = IPAddress("10.1.0.1")
        for container in [neighbour, world.container] {
            #expect(try seen(.tcp, from: container.run, to: "192.0.2.1", port: 8080, by: server4) == gateway)
        }
        #expect(try world.call(.delete, mappings(Self.web)).status == 0)
        #expect(try seen(.tcp, from: outside.run, to: "192.0.2.1", port: 8080, by: server4) == nil)
    }

    @Test func `with masqAll the container sees the host, without snat nobody does`() throws {
        let world = try ChainedWorld(.portmap)
        let (outside, neighbour) = (try world.world(), try world.neighbour("two").container)
        let server = try server(.tcp, in: world.container, "0.0.0.0", 80)
        func add(_ members: [String: JSON?]) throws {
            let all = mappings(Self.web).merging(members) { $1 }
            #expect(try world.call(.add, all).status == 0)
        }
        try add(["masqAll": true])
        let gateway = IPAddress("10.1.0.1")
        #expect(try seen(.tcp, from: outside.run, to: "192.0.2.1", port: 8080, by: server) == gateway)
        #expect(try world.call(.delete).status == 0)
        try add(["snat": false])
        // With br_netfilter the answers find their way all the same.
        let sender = try seen(.tcp, from: neighbour.run, to: "192.0.2.1", port: 8080, by: server)
        #expect(sender != gateway)
        let client = IPAddress("192.0.2.2")
        #expect(try seen(.tcp, from: outside.run, to: "192.0.2.1", port: 8080, by: server) == client)
    }

    @Test func `what is for another machine passes, and so does another address of the host`() throws {
        let world = try ChainedWorld(.portmap)
        let outside = try world.world()
        try world.network.ip("addr add 192.0.2.7/24 dev up0")
        let outcome = try world.call(
            .add,
            mappings(
                Self.web, ["hostPort": 53, "containerPort": 53, "protocol": "udp", "hostIP": "192.0.2.7"]))
        #expect(outcome.status == 0, "\(outcome)")
        let stranger = try server(.udp, in: outside, "0.0.0.0", 53)
        let host = IPAddress("192.0.2.1")
        #expect(try seen(.udp, from: world.container.run, to: "192.0.2.2", port: 53, by: stranger) == host)
        let elsewhere = try server(.tcp, in: outside, "0.0.0.0", 8080)
        #expect(try seen(.tcp, from: world.container.run, to: "192.0.2.2", port: 8080, by: elsewhere) == host)
        let name = try server(.udp, in: world.container, "0.0.0.0", 53)
        #expect(try seen(.udp, from: outside.run, to: "192.0.2.7", port: 53, by: name) != nil)
        #expect(try seen(.udp, from: outside.run, to: "192.0.2.1", port: 53, by: name) == nil)
    }

    @Test func `a UDP client that keeps its port reaches whoever has the port now`() throws {
        let world = try ChainedWorld(.portmap)
        let outside = try world.world()
        let other = try world.neighbour("two")
        let members = mappings(["hostPort": 5353, "containerPort": 53, "protocol": "udp"])
        // What tracks connections, before there is anything of the plugin's.
        try world.network.nft("add table ip t; add chain ip t c { type filter hook input priority 0 ; }")
        try world.network.nft("add rule ip t c ct state invalid accept")
        func ask(_ server: TestSocket) throws -> Bool {
            try seen(.udp, from: outside.run, to: "192.0.2.1", port: 5353, by: server, sourcePort: 4000)
                != nil
        }
        let first = try server(.udp, in: world.container, "0.0.0.0", 53)
        let second = try server(.udp, in: other.container, "0.0.0.0", 53)
        #expect(try !ask(first))
        #expect(try world.call(.add, members).status == 0)
        #expect(try ask(first))
        #expect(try world.call(.delete, members).status == 0)
        #expect(try !ask(first))
        let configuration = world.configuration.with(members).with(["prevResult": other.result])
        let outcome = try world.network.call(Portmap.self, .add, configuration, for: other.container)
        #expect(outcome.status == 0, "\(outcome)")
        #expect(try ask(second))
    }

    @Test func `a port that a living container has is refused, and a dead one's is taken over`() throws {
        let world = try ChainedWorld(.portmap)
        #expect(try world.call(.add, mappings(Self.web)).status == 0)
        let other = try world.neighbour("two")
        let configuration = world.configuration.with(mappings(Self.web)).with(["prevResult": other.result])
        let before = try world.now
        let refused = try world.network.call(Portmap.self, .add, configuration, for: other.container)
        #expect(refused.status != 0)
        #expect(refused.output?["msg"]?.string?.contains("net/one/eth0") == true, "\(refused)")
        #expect(try difference(before, world.now) == "")
        #expect(try world.network.detach(world.container, world.bridge) == nil)
        let taken = try world.network.call(Portmap.self, .add, configuration, for: other.container)
        #expect(taken.status == 0, "\(taken)")
        #expect(
            try world.network.call(Portmap.self, .check, configuration, for: other.container).status == 0)
    }

    @Test func `each container keeps its own conditions`() throws {
        let world = try ChainedWorld(.portmap)
        let outside = try world.world()
        let other = try world.neighbour("two")
        let server = try server(.tcp, in: world.container, "0.0.0.0", 80)
        let closed = mappings(Self.web).merging(["conditionsV4": ["!", "-s", "192.0.2.2"]]) { $1 }
        #expect(try world.call(.add, closed).status == 0)
        #expect(try seen(.tcp, from: outside.run, to: "192.0.2.1", port: 8080, by: server) == nil)
        let open = mappings(["hostPort": 8081, "containerPort": 80, "protocol": "tcp"])
        let configuration = world.configuration.with(open).with(["prevResult": other.result])
        let second = try self.server(.tcp, in: other.container, "0.0.0.0", 80)
        #expect(try world.network.call(Portmap.self, .add, configuration, for: other.container).status == 0)
        #expect(try seen(.tcp, from: outside.run, to: "192.0.2.1", port: 8081, by: second) != nil)
        #expect(try seen(.tcp, from: outside.run, to: "192.0.2.1", port: 8080, by: server) == nil)
        #expect(try seen(.tcp, from: world.network.run, to: "192.0.2.1", port: 8080, by: server) != nil)
    }

    @Test func `a DEL that names no mapping removes those that there are, and others' stay`() throws {
        let world = try ChainedWorld(.portmap)
        let other = try world.neighbour("two")
        let second = mappings(["hostPort": 8081, "containerPort": 80, "protocol": "tcp"])
        let configuration = world.configuration.with(second).with(["prevResult": other.result])
        #expect(try world.network.call(Portmap.self, .add, configuration, for: other.container).status == 0)
        let before = try world.now
        #expect(try world.call(.add, mappings(Self.web)).status == 0)
        #expect(try world.call(.delete, ["runtimeConfig": nil]).status == 0)
        #expect(try difference(before, world.now) == "")
    }

    @Test func `a repair brings back a flushed ruleset, which nft can read again`() throws {
        let world = try ChainedWorld(.portmap)
        #expect(try world.call(.add).status == 0)
        let before = try world.now
        let text = try world.network.nft("list table inet cni_portmap")
        try world.network.nft("delete table inet cni_portmap")
        #expect(try world.call(.check).status != 0)
        #expect(try !world.repair().isEmpty)
        #expect(try difference(before, world.now) == "")
        let folder = try TemporaryFolder()
        let outcome = try world.network.run {
            Program.run(
                [
                    "/bin/sh", "-c",
                    "cat >\(folder.path)/rules <<'END'\n\(text)\nEND\nnft -c -f \(folder.path)/rules",
                ])
        }
        #expect(outcome.status == 0, "\(outcome.output)")
    }

    @Test func `another machine does not reach what listens on 127.0.0.1`() throws {
        let world = try ChainedWorld(.portmap)
        _ = try world.world()
        #expect(try world.call(.add).status == 0)
        let own = try world.network.run {
            try TestSocket(.tcp, at: #require(IPAddress("127.0.0.1")), port: 9)
        }
        try world.container.ip("route add 127.0.0.1/32 via 10.1.0.1 table 50")
        try world.container.ip("rule add to 127.0.0.1 lookup 50 priority 0")
        try world.container.ip("link set lo down")
        #expect(try seen(.tcp, from: world.container.run, to: "127.0.0.1", port: 9, by: own) == nil)
    }

    @Test func `neighbours do not reach what listens on 127.0.0.1 when the network's last port has gone`()
        throws
    {
        let world = try ChainedWorld(.portmap)
        let neighbour = try world.network.container("two")
        let address: JSON = ["type": "static", "addresses": [["address": "10.1.0.9/24"]]]
        let plain = world.bridge.with(["name": "plain", "isGateway": false, "ipMasq": false, "ipam": address])
        _ = try world.network.attach(neighbour, plain)
        try world.network.ip("link set lo up")
        func routesLoopback() throws -> Bool {
            try world.network.snapshot().contains("net/ipv4/conf/br0/route_localnet=1")
        }
        #expect(try world.call(.add).status == 0)
        #expect(try routesLoopback())
        // Another network on the same bridge goes on needing it.
        let second = world.configuration.with(["name": "second"])
        #expect(try world.network.call(Portmap.self, .add, second, for: world.container).status == 0)
        #expect(try world.call(.delete).status == 0)
        #expect(try world.call(.collect, ["cni.dev/valid-attachments": []]).status == 0)
        #expect(try routesLoopback())
        let own = try world.network.run {
            try TestSocket(.tcp, at: #require(IPAddress("127.0.0.1")), port: 9)
        }
        try neighbour.ip("route add 127.0.0.1/32 via 10.1.0.1 table 50")
        try neighbour.ip("rule add to 127.0.0.1 lookup 50 priority 0")
        try neighbour.ip("link set lo down")
        #expect(try seen(.tcp, from: neighbour.run, to: "127.0.0.1", port: 9, by: own) == nil)
        #expect(try world.network.call(Portmap.self, .delete, second, for: world.container).status == 0)
        let none = second.with(["cni.dev/valid-attachments": []])
        #expect(try world.network.call(Portmap.self, .collect, none).status == 0)
        #expect(try !routesLoopback())
        #expect(try !world.network.nft("list ruleset").contains("cni_portmap"))
        #expect(try seen(.tcp, from: neighbour.run, to: "127.0.0.1", port: 9, by: own) == nil)
    }
}
