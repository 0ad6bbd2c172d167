// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import Netlink
import NetworkState
import TestSupport
import Testing
import VXLANOverlay
import VXLANPlugin

/// The plugin's verbs, on a node of an overlay.
@Suite(.needsNamespaces, .needsVXLAN, .needsProgram("/usr/sbin/ip"))
struct VXLANPluginTests {
    private func call(
        _ command: Command, _ node: OverlayWorld.Node, _ container: TestContainer? = nil,
        _ members: [String: JSON?] = [:]
    ) throws -> Outcome {
        try node.network.call(VXLANPlugin.self, command, node.configuration.with(members), for: container)
    }

    @Test func `the result has the node's subnet, the overlay's MTU and the routes to the cluster`()
        throws
    {
        let world = try OverlayWorld(.both, count: 1)
        let node = world.nodes[0]
        try node.converge(to: world.leases)
        try node.writeFile()
        let container = try node.network.container()
        let result = try node.attach(container)
        let addresses = result["ips"]?.array?.compactMap { $0["address"]?.string }
        #expect(addresses == ["10.5.1.2/24", "fd05:0:0:1::2/64"])
        #expect(result["ips"]?.array?.first?["gateway"]?.string == "10.5.1.1")
        #expect(
            Set(result["routes"]?.array?.compactMap { $0["dst"]?.string } ?? []) == [
                "10.5.0.0/16", "fd05::/48", "0.0.0.0/0", "::/0",
            ])
        #expect(result["interfaces"]?.array?.last?["mtu"]?.int == 1430)
        let routes = try container.ip("route show")
        #expect(
            routes.contains("default via 10.5.1.1") && routes.contains("10.5.0.0/16 via 10.5.1.1"),
            "\(routes)")
        #expect(try node.network.ip("link show cni0").contains("mtu 1430"))
    }

    @Test func `what ADD made DEL takes away, with and without the agent's file`() throws {
        for isFileThere in [true, false] {
            let world = try OverlayWorld(.both, count: 1)
            let node = world.nodes[0]
            try node.converge(to: world.leases)
            try node.writeFile()
            let before = try node.network.snapshot()
            let container = try node.network.container()
            _ = try node.attach(container)
            #expect(difference(before, try node.network.snapshot()) != "")
            if !isFileThere { try #require(try NodeFile.remove(node.file)) }
            let outcome = try call(.delete, node, container)
            #expect(outcome.status == 0, "\(outcome)")
            #expect(try call(.delete, node, container).status == 0)
            #expect(try call(.collect, node, nil, ["cni.dev/valid-attachments": []]).status == 0)
            #expect(difference(before, try node.network.snapshot()) == "")
        }
    }

    @Test func `what ADD would refuse keeps nothing from being taken away`() throws {
        let world = try OverlayWorld(.v4, count: 1)
        let node = world.nodes[0]
        try node.converge(to: world.leases)
        try node.writeFile()
        let before = try node.network.snapshot()
        for members: [String: JSON?] in [
            ["ipMasq": true], ["mtu": 9000], ["devices": [5]], ["subnetFile": 5], ["contactLimit": "x"],
            ["ipam": ["type": "static", "subnet": "10.0.0.0/8"]],
        ] {
            let container = try node.network.container()
            let result = try node.attach(container)
            let outcome = try call(.delete, node, container, members.merging(["prevResult": result]) { $1 })
            #expect(outcome.status == 0, "\(members): \(outcome)")
            #expect(try call(.collect, node, nil, ["cni.dev/valid-attachments": []]).status == 0)
            #expect(difference(before, try node.network.snapshot()) == "", "\(members)")
        }
    }

    @Test func `GC keeps valid attachments and takes the others away, without the agent's file`() throws {
        let world = try OverlayWorld(.v4, count: 1)
        let node = world.nodes[0]
        try node.converge(to: world.leases)
        try node.writeFile()
        let (kept, lost) = (try node.network.container("kept"), try node.network.container("lost"))
        let result = try node.attach(kept)
        let before = try node.network.snapshot()
        _ = try node.attach(lost)
        try #require(try NodeFile.remove(node.file))
        let valid: JSON = [["containerID": "kept", "ifname": "eth0"]]
        let outcome = try call(.collect, node, nil, ["cni.dev/valid-attachments": valid])
        #expect(outcome.status == 0, "\(outcome)")
        #expect(difference(before, try node.network.snapshot()) == "")
        try node.writeFile()
        #expect(try call(.check, node, kept, ["prevResult": result]).status == 0)
    }

    @Test
    func `as long as the agent's file is not there ADD is to be tried again and STATUS is not available`()
        throws
    {
        let world = try OverlayWorld(.v4, count: 1)
        let node = world.nodes[0]
        let before = try node.network.snapshot()
        let add = try call(.add, node, node.network.container())
        #expect(add.output?["code"]?.int == 11)
        #expect(add.output?["msg"]?.string?.contains(node.file) == true, "\(add)")
        #expect(try call(.status, node).output?["code"]?.int == 50)
        #expect(difference(before, try node.network.snapshot()) == "")
    }

    @Test func `STATUS reports a missing device, and an agent without news for long`()
        throws
    {
        let world = try OverlayWorld(.v4, count: 1)
        let node = world.nodes[0]
        try node.writeFile()
        let without = try call(.status, node)
        #expect(without.output?["code"]?.int == 51)
        #expect(without.output?["msg"]?.string?.contains("flannel.1") == true, "\(without)")
        try node.converge(to: world.leases)
        #expect(try call(.status, node).status == 0)
        try node.writeFile(lastContact: Int64(Clock.now) - 700)
        #expect(try call(.status, node).output?["code"]?.int == 51)
        #expect(try call(.status, node, nil, ["contactLimit": 800]).status == 0)
        #expect(try call(.status, node, nil, ["contactLimit": 0]).status == 0)
    }

    @Test func `CHECK reports a device that is down, and an agent without news for long`() throws {
        let world = try OverlayWorld(.v4, count: 1)
        let node = world.nodes[0]
        try node.converge(to: world.leases)
        try node.writeFile()
        let container = try node.network.container()
        let result = try node.attach(container)
        func check(_ members: [String: JSON?] = [:]) throws -> Outcome {
            try call(.check, node, container, members.merging(["prevResult": result]) { $1 })
        }
        #expect(try check().status == 0)
        try node.network.ip("link set flannel.1 down")
        let down = try check()
        #expect(down.output?["code"]?.int == 101)
        #expect(down.output?["details"]?.string?.contains("flannel.1") == true, "\(down)")
        try node.network.ip("link set flannel.1 up")
        try node.writeFile(lastContact: Int64(Clock.now) - 700)
        #expect(try check().output?["code"]?.int == 101)
        #expect(try check(["contactLimit": 0]).status == 0)
    }

    @Test func `flannel's own file does, too`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/subnet.env"
        let text = """
            FLANNEL_NETWORK=10.244.0.0/16
            FLANNEL_SUBNET=10.244.7.1/24
            FLANNEL_MTU=1450
            FLANNEL_IPMASQ=true

            """
        try NodeFile.subnet(SubnetFile(parsing: Array(text.utf8))).write(to: path)
        let configuration: JSON = [
            "cniVersion": "1.0.0", "name": "cbr0", "type": "vxlan", "subnetFile": .string(path),
            "ipam": ["dataDir": .string(network.dataDir.path), "routes": [["dst": "192.0.2.0/24"]]],
        ]
        let container = try network.container()
        let outcome = try network.call(VXLANPlugin.self, .add, configuration, for: container)
        #expect(outcome.output?["ips"]?.array?.first?["address"]?.string == "10.244.7.2/24", "\(outcome)")
        let routes = outcome.output?["routes"]?.array?.compactMap { $0["dst"]?.string }
        #expect(routes == ["10.244.0.0/16", "192.0.2.0/24", "0.0.0.0/0"])
        #expect(try network.call(VXLANPlugin.self, .delete, configuration, for: container).status == 0)
    }

    @Test(arguments: [
        (#"{"ipMasq": true}"#, "ipMasq: "),
        (#"{"mtu": 1500}"#, "mtu: 1500 is more than the overlay takes, 1450"),
        (#"{"ipam": {"type": "static"}}"#, "ipam.type: \"static\""),
        (#"{"ipam": {"ranges": [[]]}}"#, "ipam.ranges: "),
        (#"{"ipam": {"subnet": "10.0.0.0/8"}}"#, "ipam.subnet: "),
        (#"{"subnetFile": 5}"#, "subnetFile: "), (#"{"dataDir": {}}"#, "dataDir: "),
        (#"{"bridge": "a/b"}"#, "bridge: "), (#"{"devices": [5]}"#, "devices[0]: "),
    ])
    func `what cannot be is refused with its place`(members: String, place: String) throws {
        let world = try OverlayWorld(.v4, count: 1)
        let node = world.nodes[0]
        try node.writeFile()
        let object = try #require(JSON(parsing: members).object)
        let wanted = Dictionary(uniqueKeysWithValues: object.map { ($0.key, Optional($0.value)) })
        let before = try node.network.snapshot()
        let outcome = try call(.add, node, node.network.container(), wanted)
        #expect(outcome.output?["code"]?.int == 7, "\(outcome)")
        #expect(outcome.output?["msg"]?.string?.hasPrefix(place) == true, "\(outcome)")
        #expect(difference(before, try node.network.snapshot()) == "")
    }

    @Test(arguments: ["", "{", "FLANNEL_SUBNET=10.5.1.1/24", "{\"version\": 2}", "\u{0}\u{1}", "[]"])
    func `a file that makes no sense is named in the error`(content: String) throws {
        let world = try OverlayWorld(.v4, count: 1)
        let node = world.nodes[0]
        try NodeFile.put(content, at: node.file)
        let outcome = try call(.add, node, node.network.container())
        #expect(outcome.output?["code"]?.int == 6, "\(outcome)")
        #expect(outcome.output?["msg"]?.string?.hasPrefix(node.file) == true, "\(outcome)")
        #expect(try call(.status, node).output?["code"]?.int == 50)
        #expect(try call(.delete, node, node.network.container()).status == 0)
    }

    @Test func `a plan lists what ADD would do, and changes nothing`() throws {
        let world = try OverlayWorld(.v4, count: 1)
        let node = world.nodes[0]
        try node.writeFile()
        let before = try node.network.snapshot()
        let container = try node.network.container()
        let invocation = node.network.invocation(.add, node.configuration, for: container)
        let plan = try node.network.run { try VXLANPlugin.plan(for: invocation) }
        #expect(plan.steps.contains("host-local: lease 10.5.1.2"), "\(plan.steps)")
        #expect(plan.steps.contains("host: create link cni0 type bridge"), "\(plan.steps)")
        #expect(difference(before, try node.network.snapshot()) == "")
    }
}
