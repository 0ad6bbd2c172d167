// SPDX-License-Identifier: Apache-2.0

import CNITesting
import Glibc
import LinuxCore
import Namespaces
import TestSupport
import Testing

@testable import CNIRuntime

/// Real plugins, ours and the reference implementation's, in chains on a host of their own.
@Suite(
    .needsNamespaces, .needsProgram("\(Products.folder)/bridge", "\(Products.folder)/host-local"),
    .needsProgram(
        "/usr/lib/cni/bridge", "/usr/lib/cni/tuning", "/usr/lib/cni/portmap", "/usr/lib/cni/firewall"),
    .needsProgram("/usr/sbin/iptables", "/usr/sbin/ip6tables"))
struct ChainTests {
    enum Chain: CaseIterable {
        case oursFirst, oursLast, oursAround
    }

    /// A host with plugins, and a runtime in a process of its own in there.
    struct Host {
        let world: World
        let network: TestNetwork
        let list: JSON

        init(_ chain: Chain) throws {
            world = try World()
            network = try TestNetwork()
            let ours: [String] =
                switch chain {
                case .oursFirst: ["bridge", "host-local"]
                case .oursLast: ["loopback", "host-local"]
                case .oursAround: ["bridge", "host-local", "loopback"]
                }
            for name in ["bridge", "host-local", "loopback", "tuning", "portmap", "firewall"] {
                let folder = ours.contains(name) ? Products.folder : "/usr/lib/cni"
                try #require(symlink("\(folder)/\(name)", "\(world.plugins)/\(name)") == 0)
            }
            let dataDir = network.dataDir.path
            let bridge: JSON = [
                "type": "bridge", "bridge": "br0", "isGateway": true, "ipMasq": true,
                "ipam": [
                    "type": "host-local", "dataDir": .string(dataDir),
                    "ranges": [[["subnet": "10.7.0.0/24"]], [["subnet": "fd07::/64"]]],
                    "routes": [["dst": "0.0.0.0/0"], ["dst": "::/0"]],
                ],
            ]
            let tuning: JSON = [
                "type": "tuning", "dataDir": .string("\(world.folder.path)/tuning"),
                "sysctl": ["net.ipv4.conf.eth0.arp_filter": "1"],
            ]
            let portmap: JSON = ["type": "portmap", "capabilities": ["portMappings": true]]
            let firewall: JSON = ["type": "firewall", "backend": "iptables"]
            let plugins: [JSON] =
                switch chain {
                case .oursFirst: [bridge, tuning, portmap, firewall]
                case .oursLast: [bridge, portmap, firewall, ["type": "loopback"]]
                case .oursAround: [bridge, tuning, ["type": "loopback"]]
                }
            list = [
                "cniVersion": "0.4.0", "cniVersions": ["0.4.0", "1.0.0", "1.1.0"], "name": "chain",
                "plugins": .array(plugins),
            ]
        }

        func run(
            _ command: String, _ container: TestContainer, list: JSON? = nil
        ) async throws -> (status: Int32, output: String) {
            let order: JSON = [
                "command": .string(command), "container": .string(container.id),
                "netns": .string(container.path), "network": list ?? self.list,
                "plugins": [.string(world.plugins)], "cache": .string(world.cache.directory),
                // Debian's portmap, told of ports, looks for the rules of one family in the other on CHECK.
                "capabilities": command == "CHECK"
                    ? [:]
                    : ["portMappings": [["hostPort": 8080, "containerPort": 80, "protocol": "tcp"]]],
            ]
            let environment = world.environment([
                "FAKE_DRIVER": order.serialized(), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            ])
            let network = network
            let outcome = try await onOwnThread { () throws(RuntimeError) in
                Result {
                    try network.run {
                        try ChildProcess.run(Products.fake, environment: environment, input: [])
                    }
                }
            }.get()
            return (outcome.status, String(decoding: outcome.output, as: UTF8.self))
        }

        /// What there is on the host and in the cache.
        func snapshot() throws -> String {
            try ([network.snapshot()] + world.cache.contents().entries.map { "entry \($0.attachment.key)" })
                .joined(separator: "\n")
        }
    }

    /// The plugins before us leave their empty chains for the next container: one has been here before.
    private func usedHost(_ chain: Chain) async throws -> (Host, before: String) {
        let host = try Host(chain)
        let first = try host.network.container("first")
        let added = try await host.run("ADD", first)
        try #require(added.status == 0, "\(added.output)")
        let deleted = try await host.run("DEL", first)
        try #require(deleted.status == 0, "\(deleted.output)")
        return (host, try host.snapshot())
    }

    @Test(arguments: Chain.allCases)
    func `a chain of both implementations comes, is checked, and goes without a trace`(
        chain: Chain
    ) async throws {
        let (host, before) = try await usedHost(chain)
        let container = try host.network.container()
        let added = try await host.run("ADD", container)
        try #require(added.status == 0, "\(added.output)")
        let result = try CNIResult(json: JSON(parsing: added.output))
        #expect(result.ips.first?.address.description.hasPrefix("10.7.0.") == true)
        #expect(result.interfaces.contains { $0.name == "eth0" && $0.sandbox != nil })
        // The version that all of them know, the reference plugins being older.
        #expect(try host.world.cache.contents().entries.first?.result?["cniVersion"] == "1.0.0")
        let checked = try await host.run("CHECK", container)
        #expect(checked.status == 0, "\(checked.output)")
        #expect(try host.snapshot() != before)
        let deleted = try await host.run("DEL", container)
        #expect(deleted.status == 0, "\(deleted.output)")
        let after = try host.snapshot()
        #expect(
            after.split(separator: "\n").difference(from: before.split(separator: "\n")).isEmpty, "\(after)")
    }

    // Not with the reference bridge, which then leaves its masquerading rules behind.
    @Test(arguments: [Chain.oursFirst, .oursAround])
    func `a chain goes without a trace when its namespace is gone`(chain: Chain) async throws {
        let (host, before) = try await usedHost(chain)
        let container = try host.network.container()
        let added = try await host.run("ADD", container)
        try #require(added.status == 0, "\(added.output)")
        container.close()
        // The kernel removes the namespace's links a moment later.
        try await eventually("the container's links to go") {
            // Nothing can be read of a link that goes just then.
            (try? host.snapshot()).map { !$0.contains("link veth") } ?? false
        }
        let deleted = try await host.run("DEL", container)
        #expect(deleted.status == 0, "\(deleted.output)")
        let after = try host.snapshot()
        #expect(
            after.split(separator: "\n").difference(from: before.split(separator: "\n")).isEmpty, "\(after)")
    }

    @Test(arguments: Chain.allCases)
    func `a chain that fails at its end leaves no trace`(chain: Chain) async throws {
        let (host, before) = try await usedHost(chain)
        let container = try host.network.container()
        try #require(symlink(Products.fake, "\(host.world.plugins)/failing") == 0)
        try host.world.play("failing", .add, ["error": ["code": 123, "msg": "no"]])
        var list = host.list
        list["plugins"] = .array((list["plugins"]?.array ?? []) + [["type": "failing"]])
        let added = try await host.run("ADD", container, list: list)
        #expect(added.status == 1 && added.output.contains("plugin \"failing\": no"), "\(added.output)")
        #expect(!added.output.contains("also:"), "\(added.output)")
        let after = try host.snapshot()
        #expect(
            after.split(separator: "\n").difference(from: before.split(separator: "\n")).isEmpty, "\(after)")
        #expect(
            try container.run { try Directory.names(in: "/proc/thread-self/net/dev_snmp6") }.contains("eth0")
                == false)
    }
}
