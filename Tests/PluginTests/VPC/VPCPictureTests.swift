// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import Netlink
import TestSupport
import Testing
import Topology

/// What a survey finds of pods on ENIs: by the kernel alone, without the agent and its files.
@Suite(.needsNamespaces, .needsProgram("/usr/sbin/ip"), .needsProgram("/usr/sbin/nft"), .serialized)
struct VPCPictureTests {
    private func survey(_ world: VPCWorld, _ pods: [TestContainer]) throws -> Node {
        var survey = Survey()
        survey.folders = []
        survey.includesProcesses = false
        survey.places = pods.map { Survey.Place(name: $0.id, path: $0.path) }
        return try world.node.run { try survey.node(named: "node") }
    }

    /// For each address the link that it leaves by, and the rule that says so.
    private func ways(_ node: Node) -> [String: String] {
        var ways: [String: String] = [:]
        for way in node.ways {
            let link = (way.route?.link).flatMap { node.host?.link($0)?.name } ?? "nowhere"
            ways["\(way.address)"] = "\(way.rule?.priority ?? 0) \(link)"
        }
        return ways
    }

    @Test func `each pod is found on the ENI that owns its addresses`() throws {
        let world = try VPCWorld(.both)
        let pods = try world.pods(3)
        let node = try survey(world, pods)
        #expect(node.notes == [])
        #expect(
            ways(node) == [
                "10.0.0.100": "32766 eth0", "fd10::100": "32766 eth0", "10.0.1.101": "1536 eth1",
                "fd10:0:0:1::101": "1536 eth1", "10.0.0.102": "32766 eth0", "fd10::102": "32766 eth0",
            ])
        let picture = node.terminalPicture(TerminalOptions(width: 120))
        #expect(picture.contains("rule 1536 from each → table 2 → default via 10.0.1.1 dev eth1"))
        #expect(picture.contains("routed by eth1"))
        // Another agent of the host's has taken the table's default route away.
        try world.node.ip("route delete default table 2")
        let broken = try survey(world, pods)
        #expect(ways(broken)["10.0.1.101"] == "32766 eth0")
        #expect(broken.terminalPicture(TerminalOptions(width: 120)).contains("table 2 has no default route"))
    }

    @Test func `a pod with an ENI of its own is found by the link's mark`() throws {
        let world = try VPCWorld()
        let pod = try world.node.container("own")
        _ = try world.attach(pod, pod: "own", ["mode": "exclusive"])
        let node = try survey(world, [pod])
        let link = try #require(node.namespaces[1].links.first { $0.name == "eth0" })
        #expect(link.attachment?.description == "vpc/own/eth0")
        #expect(node.ways.isEmpty)
        let picture = node.terminalPicture()
        #expect(picture.contains("lent  to containers"), "\n\(picture)")
        #expect(!picture.contains("no cable to this node"))
    }
}
