// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNIPlugin
import CNITesting
import Netlink
import PortmapPlugin
import TestSupport
import Testing
import Topology

/// The ports that lead to containers, in pictures.
@Suite struct PublishedPortTests {
    /// What a picture says below a container's default routes.
    private func lines(_ node: Node) -> [String] {
        let text = node.terminalPicture(TerminalOptions(width: 120))
        return text.split(separator: "\n").filter {
            $0.contains("/tcp") || $0.contains("/udp") || $0.contains("more")
        }
        .map { $0.split(whereSeparator: { "│ ".contains($0) }).joined(separator: " ") }
    }

    @Test func `a container has its published ports below its addresses`() throws {
        let node = try Example.publishing([(6, nil, 8080, 80)])
        #expect(
            node.terminalPicture().contains(
                """
                │   │ ┌─ web ────────────────┐                       │
                │   └─┤ eth0   10.88.0.2/24  │                       │
                │     │        fd00::2/64    │                       │
                │     │ via    10.88.0.1     │                       │
                │     │ netns  cni-6e1c      │                       │
                │     │ ports  8080/tcp → 80 │                       │
                │     └──────────────────────┘                       │
                """), "\(node.terminalPicture())")
        #expect(node.svg().contains("8080/tcp → 80"))
    }

    @Test
    func `ports that follow each other are one line, both families are, and those of one address are last`()
        throws
    {
        var node = try Example.publishing(
            [(17, "192.0.2.10", 53, 53)] + (0..<10).map { (6, nil, 9000 + $0, 9000 + $0) } + [
                (6, nil, 9010, 80)
            ])
        node.publishedPorts.append(
            Node.PublishedPort(
                6, 9010, to: try #require(IPAddress("fd00::2")), 80,
                attachment: AttachmentMark("pods/web/eth0")))
        node.publishedPorts.append(
            Node.PublishedPort(
                17, of: IPAddress("2001:db8::10"), 53, to: try #require(IPAddress("fd00::2")), 53,
                attachment: AttachmentMark("pods/web/eth0")))
        #expect(
            lines(node) == [
                "ports 9000-9009/tcp → 9000-9009", "9010/tcp → 80", "192.0.2.10:53/udp → 53",
                "[2001:db8::10]:53/udp → 53",
            ])
    }

    @Test func `of many ports the first are named`() throws {
        let node = try Example.publishing((0..<40).map { (6, nil, 8000 + 2 * $0, 80) })
        #expect(
            lines(node) == [
                "ports 8000/tcp → 80", "8002/tcp → 80", "8004/tcp → 80", "8006/tcp → 80", "8008/tcp → 80",
                "and 35 more",
            ])
        #expect(lines(try Example.publishing((0..<6).map { (6, nil, 8000 + 2 * $0, 80) })).count == 6)
    }

    @Test func `a port of an owner that no link is marked as is with the address`() throws {
        var node = try Example.publishing([(6, nil, 8080, 80)])
        node.namespaces[0].links[3].alias = nil
        #expect(lines(node) == ["ports 8080/tcp → 80"])
        node.publishedPorts[0].attachment = nil
        #expect(lines(node) == ["ports 8080/tcp → 80"])
    }

    @Test func `a port that leads to nobody is said`() throws {
        var node = try Example.publishing([(6, nil, 8080, 80)])
        node.publishedPorts[0].address = try #require(IPAddress("10.88.0.9"))
        node.publishedPorts[0].attachment = AttachmentMark("pods/gone/eth0")
        #expect(node.publishedPortsWithoutAddress == node.publishedPorts)
        let picture = node.terminalPicture()
        #expect(picture.contains("published, but nobody has 10.88.0.9:"), "\(picture)")
        #expect(!picture.contains("ports"), "\(picture)")
    }

    @Test func `in a table a container has its first port, and how many there are more`() throws {
        var node = try Example.crowd(30)
        let links = node.namespaces[0].links.filter { $0.attachment != nil }
        for (index, link) in links.prefix(2).enumerated() {
            for port in 0...index {
                node.publishedPorts.append(
                    Node.PublishedPort(
                        6, UInt16(8080 + 10 * index + 2 * port), to: try #require(IPAddress("10.88.0.3")), 80,
                        attachment: link.attachment))
            }
        }
        let picture = node.terminalPicture(TerminalOptions(width: 160))
        for text in [
            "10.88.0.3/16                8080/tcp → 80", "10.88.0.4/16                8090/tcp → 80 +1",
        ] {
            #expect(picture.contains(text), "\(picture)")
        }
        #expect(!picture.contains("8092"), "\(picture)")
    }

    @Test(.needsNamespaces) func `ports of portmap are found with their owners`() throws {
        var world = try World()
        let container = try world.attach("web")
        var portmap: JSON = ["cniVersion": "1.1.0", "name": "pods", "type": "portmap"]
        portmap["runtimeConfig"] = [
            "portMappings": [
                ["hostPort": 8080, "containerPort": 80, "protocol": "tcp"],
                ["hostPort": 53, "containerPort": 5353, "protocol": "udp", "hostIP": "127.0.0.1"],
            ]
        ]
        portmap["prevResult"] = [
            "cniVersion": "1.1.0", "interfaces": [["name": "eth0", "sandbox": .string(container.path)]],
            "ips": [
                ["address": "10.88.0.2/16", "gateway": "10.88.0.1", "interface": 0],
                ["address": "fd00:88::2/64", "gateway": "fd00:88::1", "interface": 0],
            ],
        ]
        let added = try world.network.call(Portmap.self, .add, portmap, for: container)
        try #require(added.status == 0, "\(added)")
        let node = try world.survey()
        #expect(node.notes == [] && node.publishedPortsWithoutAddress == [])
        #expect(
            node.publishedPorts.map {
                "\($0.ipProtocol) \($0.hostAddress?.description ?? "") \($0.hostPort) \($0.address) \($0.port) "
                    + ($0.attachment?.description ?? "")
            } == [
                "17 127.0.0.1 53 10.88.0.2 5353 pods/web/eth0", "6  8080 10.88.0.2 80 pods/web/eth0",
                "6  8080 fd00:88::2 80 pods/web/eth0",
            ])
        #expect(lines(node) == ["ports 8080/tcp → 80", "127.0.0.1:53/udp → 5353"])
    }
}
