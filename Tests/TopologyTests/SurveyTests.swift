// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import Glibc
import LinuxCore
import Namespaces
import Netlink
import TestSupport
import Testing

@testable import Topology

@Suite("Surveys", .needsNamespaces)
struct SurveyTests {
    private func end(_ node: Node, _ namespace: Int, _ name: String) throws -> Node.Connection.End {
        let link = try #require(node.namespaces[namespace].links.first { $0.name == name })
        return Node.Connection.End(namespace: namespace, link: link.index)
    }

    @Test func `two containers on a bridge are found with their cables, addresses, routes and masquerades`()
        throws
    {
        var world = try World()
        for id in ["one", "two"] { try world.attach(id) }
        let node = try world.survey()
        #expect(node.name == "worker-1")
        #expect(node.notes == [])
        #expect(node.namespaces.map(\.name) == ["worker-1", "one", "two"])
        #expect(node.namespaces.map { $0.origin == .host } == [true, false, false])
        let host = try #require(node.host)
        let bridge = try #require(host.links.first { $0.name == "cni0" })
        #expect(bridge.isBridge && bridge.isUp)
        #expect(bridge.shownAddresses.map(\.description) == ["10.88.0.1/16", "fd00:88::1/64"])
        let ports = host.ports(of: bridge)
        #expect(ports.map { $0.attachment?.description } == ["pods/one/eth0", "pods/two/eth0"])
        for (position, port) in ports.enumerated() {
            let own = Node.Connection.End(namespace: 0, link: port.index)
            let other = try end(node, position + 1, "eth0")
            #expect(node.connections.contains(Node.Connection(.veth, own, other)))
            let link = try #require(node.link(at: other))
            #expect(
                link.shownAddresses.map(\.description) == [
                    "10.88.0.\(position + 2)/16", "fd00:88::\(position + 2)/64",
                ])
            let gateways = node.namespaces[position + 1].routes.compactMap(\.route.gateway?.description)
            #expect(gateways == ["10.88.0.1", "fd00:88::1"])
        }
        #expect(node.connections.count == 2)
        #expect(
            node.masquerades.map { "\($0.address) \($0.attachment?.description ?? "")" } == [
                "10.88.0.2 pods/one/eth0", "10.88.0.3 pods/two/eth0", "fd00:88::2 pods/one/eth0",
                "fd00:88::3 pods/two/eth0",
            ])
        #expect(node.masqueradesWithoutAddress == [])
    }

    @Test func `a hundred containers are found, and the host is asked once for each`() throws {
        var world = try World()
        for number in 1...100 { try world.attachBare("pod-\(number)") }
        var node = Node(name: "")
        let time = try ContinuousClock().measure { node = try world.survey() }
        print("survey of 100 containers: \(time)")
        #expect(node.namespaces.count == 101)
        #expect(node.connections.count == 100)
        #expect(Set(node.connections.map(\.second.namespace)).count == 100)
        // Only the host asks for numbers, once for each namespace: its answers match the containers' ends, too.
        let operations = try FaultInjection.operations { try world.survey() }.operations
        #expect(operations.count { $0 == "netns list-id" } == 101)
    }

    @Test func `a survey asks the kernel a fixed number of questions for each namespace`() throws {
        var counts: [Int] = []
        for size in [1, 11, 21] {
            var world = try World()
            for number in 1...size { try world.attachBare("pod-\(number)") }
            let operations = try FaultInjection.operations { try world.survey() }.operations
            counts.append(operations.count { $0.hasSuffix(" show") })
        }
        // The host is asked for its rules, too.
        #expect(counts[0] == 2 * 4 + 2)
        #expect(counts[2] - counts[1] == counts[1] - counts[0] && counts[1] - counts[0] == 10 * 4)
    }

    @Test func `whatever fails, the survey says so`() throws {
        var world = try World()
        try world.attach("one")
        let folder = try TemporaryFolder()
        var survey = world.plan
        survey.folders = [folder.path]
        let (operations, whole) = try world.network.run {
            try FaultInjection.operations { try survey.node(named: "x") }
        }
        #expect(whole.notes == [] && operations.count > 15)
        var failures = 0
        for (index, operation) in operations.enumerated() {
            do {
                let node = try world.network.run {
                    try FaultInjection.failing(at: index, with: EIO) { try survey.node(named: "x") }
                }
                #expect(!node.notes.isEmpty, "\(operation)")
            } catch let error as NetlinkError {
                #expect(error.errno == EIO, "\(operation)")
                failures += 1
            }
        }
        #expect(failures > 0 && failures < operations.count)
    }

    @Test func `namespaces are found in a folder, each once`() throws {
        var world = try World()
        let container = try world.attach("one")
        let folder = try TemporaryFolder()
        for name in ["blue", "again"] { try #require(symlink(container.path, "\(folder.path)/\(name)") == 0) }
        try #require(symlink("/nowhere", "\(folder.path)/gone") == 0)
        try File.create("\(folder.path)/stale", [], mode: 0o600)
        let node = try world.survey {
            $0.places = []
            $0.folders = [folder.path, "\(folder.path)/nothing", folder.path]
        }
        #expect(node.namespaces.map(\.name) == ["worker-1", "again"])
        #expect(node.namespaces[1].origin == .named(path: "\(folder.path)/again"))
        #expect(
            node.notes == [String](repeating: "\(folder.path)/stale is not a network namespace", count: 2))
        #expect(node.connections.count == 1)
    }

    @Test func `namespaces are found by the processes in them`() throws {
        var world = try World()
        let container = try world.attach("one")
        let identity = try container.namespace().identity
        let process = try container.run { try Sleeper() }
        let node = try world.survey {
            $0.places = []
            $0.includesProcesses = true
        }
        let found = try #require(node.namespaces.first { $0.identity == identity })
        #expect(found.origin == .process(process.pid, command: "sleep"))
        #expect(found.name == "sleep (\(process.pid))")
        #expect(Set(node.namespaces.map(\.identity)).count == node.namespaces.count)
    }

    @Test func `a container that is gone is no failure`() throws {
        var world = try World()
        let container = try world.attach("one")
        try world.attach("two")
        container.close()
        let node = try world.survey()
        #expect(node.namespaces.map(\.name) == ["worker-1", "two"])
        #expect(node.notes == [])
    }

    @Test func `a cable to a namespace that was not found leads nowhere, whatever the numbers`() throws {
        var world = try World()
        try world.network.run {
            // Links that have the numbers which the container's have in its own namespace.
            try RoutingSocket().perform { batch in
                for number in 0..<3 {
                    batch.addLink("a\(number)", .veth(Veth(peer: Veth.Peer(name: "b\(number)"))))
                }
            }
        }
        try world.attach("one")
        let node = try world.survey { $0.places = [] }
        #expect(node.namespaces.count == 1)
        #expect(node.connections.count == 3)
        let port = try #require(node.host?.links.first { $0.attachment != nil })
        #expect(port.peer != nil && port.peerNamespace != nil)
        let ends = node.connections.flatMap { [$0.first, $0.second] }
        #expect(!ends.contains { $0.link == port.index })
        #expect(node.terminalPicture().contains("other end not found"))
    }

    @Test func `cables within a namespace and between containers are found`() throws {
        var world = try World()
        let one = try world.attach("one")
        let two = try world.attach("two")
        let other = try two.namespace()
        try world.network.run {
            try RoutingSocket().perform { $0.addLink("left", .veth(Veth(peer: Veth.Peer(name: "right")))) }
        }
        try RoutingSocket(in: one.namespace()).perform {
            $0.addLink("net1", .veth(Veth(peer: Veth.Peer(name: "net2", in: other))))
        }
        let node = try world.survey()
        let pairs = try [(0, "right", 0, "left"), (1, "net1", 2, "net2")].map {
            let (first, second) = (try end(node, $0.0, $0.1), try end(node, $0.2, $0.3))
            return Node.Connection(.veth, first, second)
        }
        #expect(node.connections.count == 4)
        for pair in pairs {
            let isThere =
                node.connections.contains(pair)
                || node.connections.contains(Node.Connection(.veth, pair.second, pair.first))
            #expect(isThere)
        }
    }

    @Test(.needsVXLAN) func `a tunnel's settings are read back`() throws {
        let world = try World()
        try world.network.run {
            try RoutingSocket().perform { $0.addLink("cni0", .bridge(Netlink.Bridge())) }
        }
        try world.addTunnel("vxlan9", identifier: 9)
        let node = try world.survey()
        let tunnel = try #require(node.host?.links.first { $0.name == "vxlan9" })
        #expect(tunnel.vxlan?.identifier == 9)
        #expect(tunnel.vxlan?.port == 4789)
        #expect(tunnel.vxlan?.local == IPAddress("192.0.2.1"))
        #expect(tunnel.vxlan?.remote == nil)
        #expect(tunnel.master == node.host?.links.first { $0.isBridge }?.index)
    }
}
