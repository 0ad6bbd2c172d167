// SPDX-License-Identifier: Apache-2.0

import Addressing
import BridgePlugin
import CNIPlugin
import CNITesting
import CNITypes
import Doctor
import FirewallPlugin
import Glibc
import LinuxCore
import Namespaces
import Netlink
import PortmapPlugin
import TestSupport
import Testing

/// Leaves things behind as crashed runtimes do, and has them removed.
@Suite(.needsNamespaces, .needsPrograms) struct LeftoverTests {
    @Test(arguments: [Mend.fix, .remedy])
    func `a link that never got to its container is removed when the container is gone`(mend: Mend) throws {
        let world = try World()
        let container = try world.attach()
        try world.attach()
        container.close()
        try waitForLinks(of: world, 1)
        #expect(!(try world.complaints()).contains("warning link-left-over"))
        try world.makeHalf(container)
        #expect(try world.complaints().contains("warning link-left-over"))
        try mend.do(world, "link-left-over")
        #expect(!(try world.complaints()).contains("warning link-left-over"))
        #expect(try linkCount(of: world) == 1, "the other container's is still there")
    }

    @Test func `nothing is left over of a container whose path is not visible, but whose interface exists`()
        throws
    {
        let world = try World()
        let container = try world.attach()
        try world.ageLeases()
        let held = try container.namespace()  // as by a process that lives on
        container.close()
        #expect(try world.complaints() == [])
        let leases = try world.leases
        for finding in try world.examine() { try world.network.run { try finding.fix() } }
        #expect(try linkCount(of: world) == 1)
        #expect(try world.leases == leases)
        _ = consume held
    }

    @Test func `a container in no cache keeps its address as long as its interface exists`() throws {
        let world = try World()
        let container = try world.attach()
        try world.ageLeases()
        let attachments = try world.attachments(without: [container.id])
        #expect(try world.examine(attachments).complaints == ["warning link-left-over"])
        #expect(try world.examine(attachments)["link-left-over"]?.isSafeToFix == false)
    }

    @Test func `an element of several attachments is left over when all of them are gone`() throws {
        let world = try World()
        let container = try world.attach()
        let socket = try NFTablesSocket(in: world.network.host)
        let table = NFTables.TableName(.inet, "cni_masquerade")
        let map = try #require(try socket.sets(in: table).first { $0.name == "pods4" })
        var element = NFTables.Element(
            [.address(try #require(IPAddress("10.1.0.99")))],
            data: try #require(try socket.elements(of: map)?.first).data)
        func complaints(_ owners: String...) throws -> [String] {
            element.comment = owners.joined(separator: " ")
            try socket.perform { $0.add(element, to: map) }
            let complaints = try world.complaints()
            try socket.perform { $0.delete(element, from: map) }
            return complaints
        }
        let lives = world.key(of: container)
        #expect(try complaints("pods/gone/eth0", "pods/gone2/eth0") == ["warning masquerade-left-over"])
        #expect(try complaints("pods/gone/eth0", lives) == [])
        #expect(try complaints(lives, "pods/gone/eth0") == [])
        #expect(try complaints("pods/gone/eth0", "an operator's") == [])
    }

    @Test(arguments: [Mend.fix, .remedy])
    func `ports of a container that is gone leave the check of MAC addresses`(mend: Mend) throws {
        let world = try World()
        var configuration = world.configuration
        configuration["macspoofchk"] = true
        let containers = try ["goes", "stays"].map { try world.network.container($0) }
        for container in containers {
            let added = try world.network.call(Bridge.self, .add, configuration, for: container)
            try #require(added.status == 0, "\(added)")
        }
        func elements() throws -> [String] {
            let socket = try NFTablesSocket(in: world.network.host)
            return try socket.sets(in: NFTables.TableName(.bridge, "cni_spoofcheck"))
                .flatMap { try socket.elements(of: $0) ?? [] }.compactMap(\.comment).sorted()
        }
        #expect(try elements() == ["pods/goes/eth0", "pods/goes/eth0", "pods/stays/eth0", "pods/stays/eth0"])
        let attachments = try world.attachments(without: ["goes"])
        #expect(try world.examine(attachments)["spoofcheck-left-over"] == nil)
        containers[0].close()
        try waitForLinks(of: world, 1)
        let finding = try #require(try world.examine(attachments)["spoofcheck-left-over"])
        #expect(finding.severity == .warning)
        switch mend {
        case .fix: for _ in 0..<2 { try world.network.run { try finding.fix() } }
        case .remedy: try world.run(finding.remedy ?? "false")
        }
        #expect(try elements() == ["pods/stays/eth0", "pods/stays/eth0"])
        #expect(try world.examine(attachments)["spoofcheck-left-over"] == nil)
    }

    @Test(arguments: [Mend.fix, .remedy])
    func `ports of the host do not lead to a container that is gone any more`(mend: Mend) throws {
        try expectElementsRemoved("portmap-left-over", mend, tables: ["inet cni_portmap"]) {
            world, container, index in
            let mapping: JSON = ["hostPort": JSON(8080 + index), "containerPort": 80, "protocol": "tcp"]
            let udp: JSON = [
                "hostPort": 53, "hostIP": "192.168.7.\(2 + index)", "containerPort": 53, "protocol": "udp",
            ]
            try world.add(
                Portmap.self, ["type": "portmap", "runtimeConfig": ["portMappings": [mapping, udp]]],
                to: container)
        }
    }

    @Test(arguments: [Mend.fix, .remedy])
    func `addresses of a container that is gone are not let through any more`(mend: Mend) throws {
        try expectElementsRemoved(
            "firewall-left-over", mend, tables: ["inet cni_firewall", "bridge cni_firewall"]
        ) { world, container, _ in
            try world.add(Firewall.self, ["type": "firewall", "ingressPolicy": "isolated"], to: container)
        }
    }

    /// Has a plugin come after the bridge for two containers, of which one then goes without a DEL.
    private func expectElementsRemoved(
        _ id: String, _ mend: Mend, tables: [String],
        by add: (World, TestContainer, _ index: Int) throws -> Void
    ) throws {
        let world = try World()
        let containers = [try world.attach(), try world.attach()]
        for (index, container) in containers.enumerated() { try add(world, container, index) }
        func owners() throws -> [[String]] {
            let socket = try NFTablesSocket(in: world.network.host)
            return try tables.map { table in
                let sets = try socket.tables().filter { $0.name.description == table }
                    .flatMap { try socket.sets(in: $0.name) }
                return try sets.flatMap { try socket.elements(of: $0) ?? [] }.compactMap(\.comment)
            }
        }
        let (gone, lives) = (world.key(of: containers[0]), world.key(of: containers[1]))
        for comments in try owners() { #expect(Set(comments) == [gone, lives]) }
        #expect(try world.examine()[id] == nil)
        containers[0].close()
        try waitForLinks(of: world, 1)
        #expect(try world.examine(nil)[id] == nil)
        let finding = try #require(try world.examine()[id])
        #expect(finding.severity == .warning && finding.explanation.hasPrefix(gone), "\(finding.explanation)")
        let count = try owners().joined().count { $0 == gone }
        #expect(finding.title.hasPrefix("\(count) "), "\(finding.title)")
        try mend.do(world, id)
        for comments in try owners() { #expect(Set(comments) == [lives]) }
        #expect(try world.examine()[id] == nil)
    }

    @Test func `a link that no runtime remembers is reported and left alone`() throws {
        let world = try World()
        let container = try world.attach()
        let attachments = try world.attachments(without: [container.id])
        let finding = try #require(try world.examine(attachments)["link-left-over"])
        #expect(finding.severity == .warning && !finding.isSafeToFix)
        try world.network.run { try finding.fix() }
        #expect(try linkCount(of: world) == 1)
    }

    @Test func `without a list of attachments nothing counts as left over`() throws {
        let world = try World()
        let container = try world.attach()
        try world.ageLeases()
        container.close()
        let someRuntimes = try world.attachments(without: [container.id], isComplete: false)
        #expect(try world.examine(nil).complaints == [])
        #expect(try world.examine(someRuntimes).complaints == [])
    }

    @Test(arguments: [Mend.fix, .remedy], [false, true])
    func `addresses of a container that is gone are released and not masqueraded any more`(
        mend: Mend, isForgotten: Bool
    ) throws {
        let world = try World()
        let container = try world.attach()
        try world.attach()
        try world.ageLeases()
        container.close()
        try waitForLinks(of: world, 1)
        let attachments = try world.attachments(without: isForgotten ? [container.id] : [])
        let ids = ["lease-left-over", "masquerade-left-over"]
        #expect(try world.examine(attachments).complaints == ids.map { "warning \($0)" })
        #expect(try world.leases == ["10.1.0.2", "10.1.0.3", "fd01::2", "fd01::3"])
        for finding in try world.examine(attachments) where finding.severity != .ok {
            switch mend {
            case .fix: for _ in 0..<2 { try world.network.run { try finding.fix() } }
            case .remedy: try world.run(finding.remedy ?? "false")
            }
        }
        #expect(try world.examine(attachments).complaints == [])
        #expect(try world.leases == ["10.1.0.3", "fd01::3"])
        let other = try world.attach()
        #expect(try world.complaints() == [])
        try world.detach(other)
    }

    @Test func `an operator's reservation stays`() throws {
        let world = try World()
        try world.attach()
        try world.network.run {
            try File.create(
                "\(world.network.dataDir.path)/pods/10.1.0.99", Array("printer".utf8), mode: 0o600)
        }
        try world.ageLeases()
        #expect(try world.complaints() == [])
    }

    @Test func `a link whose alias is somebody else's stays unjudged`() throws {
        let world = try World()
        try world.run("ip link add veth7 type veth peer veth8; ip link set veth7 alias rack/shelf/7")
        #expect(try world.complaints() == [])
    }

    @Test func `a lease that may belong to a running ADD stays`() throws {
        let world = try World()
        let container = try world.attach()
        container.close()
        try waitForLinks(of: world, 0)
        #expect(!(try world.complaints()).contains("warning lease-left-over"))
    }

    @Test func `a lease that was given to a new container meanwhile stays`() throws {
        let world = try World()
        let container = try world.attach()
        try world.ageLeases()
        container.close()
        try waitForLinks(of: world, 0)
        let finding = try #require(try world.examine()["lease-left-over"])
        let second = try world.network.container(container.id)
        try world.detach(container)
        _ = try world.network.call(Bridge.self, .add, world.configuration, for: second)
        let leases = try world.leases
        #expect(leases.count == 2)
        try world.network.run { try finding.fix() }
        #expect(try world.leases == leases)
    }

    @Test func `a link that was given to a new container meanwhile stays`() throws {
        let world = try World()
        let container = try world.attach()
        container.close()
        try waitForLinks(of: world, 0)
        try world.makeHalf(container)
        let finding = try #require(try world.examine()["link-left-over"])
        let second = try world.network.container(container.id)
        try world.run("ip link set veth7p netns \(second.path)")
        try world.network.run { try finding.fix() }
        #expect(try linkCount(of: world) == 1)
    }

    @Test func `the kernel is asked no more for many containers than for few`() throws {
        let world = try World()
        for _ in 0..<3 { try world.attach() }
        func questions() throws -> Int {
            let attachments = try world.attachments()
            let (operations, _) = try FaultInjection.operations { try world.examine(attachments) }
            return operations.count { !$0.contains(world.network.dataDir.path) }
        }
        let few = try questions()
        for _ in 0..<12 { try world.attach() }
        #expect(try questions() == few)
    }

    private func linkCount(of world: World) throws -> Int {
        try RoutingSocket(in: world.network.host).links().count {
            $0.attributes.alias?.hasPrefix("pods/") ?? false
        }
    }

    /// The kernel removes the links of a namespace that is gone a moment later.
    private func waitForLinks(of world: World, _ count: Int) throws {
        try wait(for: "the links of closed containers to go") { try linkCount(of: world) == count }
    }
}
