// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import LinuxCore
import TestSupport
import Testing

/// The plugin's verbs on a node of flannel's, with the bridge plugin as the delegate.
@Suite(.needsNamespaces, .needsProgram("/usr/sbin/ip"))
struct FlannelPluginTests {
    private func attach(
        _ node: FlannelNode, _ container: TestContainer, _ configuration: JSON, interface: String = "eth0"
    ) throws -> JSON {
        let outcome = try node.call(.add, configuration, container, interface: interface)
        guard outcome.status == 0, let result = outcome.output else {
            throw Unexpected(description: "\(outcome)")
        }
        return result
    }

    @Test func `a container is attached, checked, repaired and detached by the delegate`() throws {
        let node = try FlannelNode()
        let configuration = node.configuration()
        let before = try Scenario.withoutForwarding(node.network.snapshot())
        let container = try node.network.container("one")
        let result = try attach(node, container, configuration)
        #expect(
            result["ips"]?.array?.compactMap { $0["address"]?.string } == [
                "10.244.3.2/24", "fd24:0:0:3::2/64",
            ])
        let routes = try container.ip("route show")
        #expect(routes.contains("default via 10.244.3.1") && routes.contains("10.244.0.0/16 via 10.244.3.1"))
        #expect(try container.ip("link show eth0").contains("mtu 1450"))
        #expect(node.kept() == ["one"])
        #expect(try node.call(.check, configuration, container, with: ["prevResult": result]).status == 0)
        try node.network.ip("address del 10.244.3.1/24 dev cni0")
        let fault = try node.call(.check, configuration, container, with: ["prevResult": result])
        #expect(fault.output?["code"]?.int == 101, "\(fault)")
        var repair = node.network.invocation(
            .check, configuration.with(["prevResult": result]), for: container)
        repair.environment["CNI_COMMAND"] = PlanProtocol.repairVerb
        let repaired = try node.network.run { [repair] in Scenario.flannel.respond(to: repair) }
        #expect(repaired.status == 0 && repaired.output?["steps"]?.array?.isEmpty == false, "\(repaired)")
        #expect(try node.call(.check, configuration, container, with: ["prevResult": result]).status == 0)
        for _ in 1...2 {
            let outcome = try node.call(.delete, configuration, container, with: ["prevResult": result])
            #expect(outcome == .success(), "\(outcome)")
        }
        #expect(node.kept() == [])
        #expect(try node.call(.collect, configuration, with: ["cni.dev/valid-attachments": []]).status == 0)
        #expect(try difference(before, Scenario.withoutForwarding(node.network.snapshot())) == "")
    }

    @Test func `without flannel's file ADD is to be tried again, STATUS is 50 and DEL is fine`() throws {
        let node = try FlannelNode()
        let configuration = node.configuration()
        let container = try node.network.container()
        #expect(try node.call(.status, configuration) == .success())
        let result = try attach(node, container, configuration)
        try #require(try File.remove(node.subnetFile))
        let other = try node.network.container()
        let added = try node.call(.add, configuration, other)
        #expect(added.output?["code"]?.int == 11)
        #expect(added.output?["msg"]?.string?.contains(node.subnetFile) == true, "\(added)")
        #expect(try node.call(.status, configuration).output?["code"]?.int == 50)
        #expect(try node.call(.check, configuration, container, with: ["prevResult": result]).status == 0)
        #expect(try node.call(.delete, configuration, other).status == 0)
        #expect(try node.call(.delete, configuration, container).status == 0)
        #expect(!(try container.ip("link show").contains("eth0")))
    }

    @Test(arguments: ["no-number", "FLANNEL_SUBNET=10.1.1.1/24", "", "FLANNEL_MTU=x"])
    func `a damaged file of flannel's is named, and STATUS is 50`(text: String) throws {
        let node = try FlannelNode()
        try File.replace(node.subnetFile, Array(text.utf8), mode: 0o644)
        let container = try node.network.container()
        let outcome = try node.call(.add, node.configuration(), container)
        #expect(outcome.output?["msg"]?.string?.hasPrefix(node.subnetFile) == true, "\(outcome)")
        #expect(node.kept() == [])
        #expect(try node.call(.status, node.configuration()).output?["code"]?.int == 50)
        #expect(try node.call(.delete, node.configuration(), container).status == 0)
    }

    @Test func `DEL takes what ADD has made although the node has another subnet by now`() throws {
        let node = try FlannelNode()
        let configuration = node.configuration()
        let container = try node.network.container("one")
        let before = try Scenario.withoutForwarding(node.network.snapshot())
        _ = try attach(node, container, configuration)
        try node.write(9)
        #expect(
            try node.content("one")["ipam"]?["ranges"]?.array?.first == [["subnet": "10.244.3.0/24"]])
        #expect(try node.call(.delete, configuration, container) == .success())
        #expect(try node.call(.collect, configuration, with: ["cni.dev/valid-attachments": []]).status == 0)
        #expect(try difference(before, Scenario.withoutForwarding(node.network.snapshot())) == "")
    }

    @Test(arguments: ["", "{", "[]", "{}", #"{"cniVersion":"1.1.0","name":"cbr0"}"#, nil])
    func `DEL needs no kept configuration`(content: String?) throws {
        let node = try FlannelNode()
        let configuration = node.configuration()
        let container = try node.network.container("one")
        let before = try Scenario.withoutForwarding(node.network.snapshot())
        _ = try attach(node, container, configuration)
        if let content {
            try node.overwrite("one", content)
        } else {
            try #require(try File.remove("\(node.dataDir)/one"))
        }
        #expect(try node.call(.delete, configuration, container) == .success())
        #expect(node.kept() == [])
        #expect(try node.call(.collect, configuration, with: ["cni.dev/valid-attachments": []]).status == 0)
        #expect(try difference(before, Scenario.withoutForwarding(node.network.snapshot())) == "")
    }

    @Test func `networks and interfaces of one container have a file each`() throws {
        let node = try FlannelNode()
        let first = node.configuration("first", delegate: ["bridge": "br1"])
        let second = node.configuration("second", delegate: ["bridge": "br2"])
        let before = try Scenario.withoutForwarding(node.network.snapshot())
        let container = try node.network.container("one")
        _ = try attach(node, container, first)
        try node.write(4)
        _ = try attach(node, container, second, interface: "net1")
        _ = try attach(node, container, second, interface: "net2")
        #expect(node.kept() == ["one", "one:second:net1", "one:second:net2"])
        #expect(try node.call(.delete, first, container, interface: "eth0") == .success())
        #expect(node.kept() == ["one:second:net1", "one:second:net2"])
        #expect(try container.ip("link show").contains("net1"))
        try node.write()
        // The name that is free again is the next one's, which makes no difference to the others.
        _ = try attach(node, container, first)
        #expect(node.kept() == ["one", "one:second:net1", "one:second:net2"])
        for (configuration, interface) in [(second, "net1"), (first, "eth0"), (second, "net2")] {
            #expect(try node.call(.delete, configuration, container, interface: interface) == .success())
            #expect(!(try container.ip("link show").contains(interface)))
        }
        #expect(node.kept() == [])
        for configuration in [first, second] {
            #expect(
                try node.call(.collect, configuration, with: ["cni.dev/valid-attachments": []]).status == 0)
        }
        #expect(try difference(before, Scenario.withoutForwarding(node.network.snapshot())) == "")
    }

    @Test func `an ADD that is refused leaves what was kept as it was`() throws {
        let node = try FlannelNode()
        let configuration = node.configuration()
        let container = try node.network.container("one")
        _ = try attach(node, container, configuration)
        let kept = try node.content("one")
        try node.write(9)
        #expect(try node.call(.add, configuration, container).output?["code"]?.int == 4)
        #expect(try node.content("one") == kept)
        #expect(node.kept() == ["one"])
    }

    @Test func `what flannel's own plugin has kept is taken up, and another network's is not`() throws {
        let node = try FlannelNode()
        let configuration = node.configuration()
        let container = try node.network.container("one")
        _ = try attach(node, container, configuration)
        // It does not write whose the file is.
        let kept = try node.content("one").with(["cni.swift/attachment": nil])
        try node.overwrite("one", kept.serialized())
        try node.overwrite("other", kept.with(["name": "others"]).serialized())
        #expect(
            try node.call(.delete, node.configuration("others"), container) == .success(),
            "the attachment of another network")
        #expect(node.kept() == ["one", "other"])
        let valid: JSON = [["containerID": "one", "ifname": "eth0"]]
        #expect(
            try node.call(.collect, configuration, with: ["cni.dev/valid-attachments": valid]) == .success())
        #expect(node.kept() == ["one", "other"])
        #expect(try node.call(.delete, configuration, container) == .success())
        #expect(node.kept() == ["other"])
        #expect(!(try container.ip("link show").contains("eth0")))
    }

    @Test func `GC forgets what is not valid, of this network alone`() throws {
        let node = try FlannelNode()
        let configuration = node.configuration()
        let others = node.configuration("others", delegate: ["bridge": "br7"])
        let (stays, goes) = (try node.network.container("stays"), try node.network.container("goes"))
        _ = try attach(node, stays, configuration)
        _ = try attach(node, goes, configuration)
        try node.write(4)
        _ = try attach(node, goes, others, interface: "net1")
        let valid: JSON = [["containerID": "stays", "ifname": "eth0"]]
        #expect(
            try node.call(.collect, configuration, with: ["cni.dev/valid-attachments": valid]) == .success())
        #expect(node.kept() == ["goes:others:net1", "stays"])
        #expect(!(try goes.ip("link show").contains("eth0")))
        #expect(try goes.ip("link show").contains("net1"))
        #expect(try stays.ip("link show").contains("eth0"))
    }

    @Test func `a plan has the delegate's steps, and changes nothing`() throws {
        let node = try FlannelNode()
        let configuration = node.configuration()
        let container = try node.network.container("one")
        let before = try (node.network.snapshot(), container.snapshot())
        func plan(_ command: Command) throws -> Plan {
            let invocation = node.network.invocation(command, configuration, for: container)
            return try node.network.run { try FlannelNode.plan(invocation) }
        }
        let addition = try plan(.add)
        #expect(addition.steps.first == "flannel: write \(node.dataDir)/one")
        #expect(addition.steps.contains("host: create link cni0 type bridge"), "\(addition.steps)")
        #expect(addition.result?.ips.first?.address.description == "10.244.3.2/24")
        #expect(try node.network.snapshot() == before.0)
        #expect(try container.snapshot() == before.1)
        _ = try attach(node, container, configuration)
        let deletion = try plan(.delete)
        #expect(deletion.steps.last == "flannel: remove \(node.dataDir)/one")
        #expect(deletion.steps.contains("host-local: release 10.244.3.2"), "\(deletion.steps)")
        #expect(node.kept() == ["one"])
    }

    @Test(.needsProgram(Executables.path("flannel")), .needsProgram(Executables.path("bridge")))
    func `the programs call each other by the protocol`() throws {
        let node = try FlannelNode()
        let configuration = node.configuration()
        let before = try Scenario.withoutForwarding(node.network.snapshot())
        let container = try node.network.container("one")
        func run(_ command: Command, _ members: [String: JSON?] = [:]) throws -> JSON {
            let isOfNetwork = command == .collect || command == .status
            let (status, output) = try Executables.run(
                "flannel",
                node.network.invocation(
                    command, configuration.with(members), for: isOfNetwork ? nil : container),
                on: node.network)
            guard status == 0 else { throw Unexpected(description: String(decoding: output, as: UTF8.self)) }
            return output.isEmpty ? .null : try JSON(parsing: output)
        }
        _ = try run(.status)
        let result = try run(.add)
        #expect(result["ips"]?.array?.first?["address"]?.string == "10.244.3.2/24")
        _ = try run(.check, ["prevResult": result])
        _ = try run(.delete, ["prevResult": result])
        _ = try run(.collect, ["cni.dev/valid-attachments": []])
        #expect(try difference(before, Scenario.withoutForwarding(node.network.snapshot())) == "")
    }
}
