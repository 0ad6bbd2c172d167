// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import HostLocalPlugin
import LinuxCore
import TestSupport
import Testing

/// What keeps every ADD from succeeding, and what STATUS has to name.
struct Obstruction: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let mention: String
    var members: [String: JSON?] = [:]
    let make: @Sendable (TestNetwork) throws -> Void

    static let all = [
        Obstruction(testDescription: "the lock is a folder", mention: "lock") {
            try Directory.create("\($0.dataDir.path)/net/lock")
        },
        Obstruction(testDescription: "the leases' folder is a file", mention: "net") {
            try File.create("\($0.dataDir.path)/net", [], mode: 0o600)
        },
        Obstruction(testDescription: "the bridge has another network's address", mention: "10.99.0.1/24") {
            try $0.ip("link add br0 type bridge")
            try $0.ip("address add 10.99.0.1/24 dev br0")
        },
        Obstruction(testDescription: "the bridge's name is another link's", mention: "br0") {
            try $0.ip("link add br0 type veth peer name other")
        },
        Obstruction(testDescription: "a table of the same name is somebody else's", mention: "cni_masquerade")
        {
            try $0.nft("add table inet cni_masquerade")
            try $0.nft("add set inet cni_masquerade pods4 { type ipv4_addr ; }")
        },
    ]
}

@Suite(.needsNamespaces, .needsProgram("/usr/sbin/ip"), .needsProgram("/usr/sbin/nft"))
struct StatusOfBrokenHostTests {
    @Test(arguments: Obstruction.all)
    func `STATUS is 50 where every ADD fails, changes nothing, and names it`(obstruction: Obstruction) throws
    {
        let network = try TestNetwork(siblings: .ipam)
        let configuration = network.bridge()
        try obstruction.make(network)
        let before = try network.snapshot()
        let status = try network.call(Bridge.self, .status, configuration)
        #expect(status.output?["code"]?.int == 50, "\(status)")
        let text = "\(status.output?["msg"]?.string ?? "") \(status.output?["details"]?.string ?? "")"
        #expect(text.contains(obstruction.mention), "\(text)")
        #expect(try difference(before, network.snapshot()) == "")
        let container = try network.container()
        #expect(try network.call(Bridge.self, .add, configuration, for: container).status == 1)
    }

    @Test
    func `STATUS is 50 where the kernel has no VLANs on bridges`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let status = try network.call(Bridge.self, .status, network.bridge().with(["vlan": 5]))
        #expect((status.status == 0) == Kernel.hasVLANFiltering, "\(status)")
        #expect(status.status == 0 || status.output?["code"]?.int == 50, "\(status)")
    }

    @Test
    func `host-local's own STATUS is 50 where no lease can be written`() throws {
        let network = try TestNetwork(siblings: .ipam)
        try Directory.create("\(network.dataDir.path)/net/lock")
        let status = try network.call(HostLocalPlugin.self, .status, network.bridge())
        #expect(status.output?["code"]?.int == 50, "\(status)")
    }

    @Test(arguments: [Command.add, .check, .delete, .collect])
    func `an IPAM plugin that is the plugin itself is a mistake of the configuration`(command: Command) throws
    {
        var siblings = Siblings()
        siblings.add(Bridge.self)
        let network = try TestNetwork(siblings: siblings)
        let container = try network.container()
        let configuration = network.bridge().with([
            "ipam": ["type": "bridge"], "cni.dev/valid-attachments": [],
            "prevResult": ["cniVersion": "1.1.0", "ips": [["address": "10.1.0.2/24"]]],
        ])
        let outcome = try network.call(
            Bridge.self, command, configuration, for: command == .collect ? nil : container)
        #expect(outcome.output?["code"]?.int == 7, "\(outcome)")
        #expect(outcome.output?["msg"]?.string?.contains("ipam.type") == true, "\(outcome)")
    }

    @Test
    func `a previous result that is none is refused by every verb that reads it`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let configuration = network.bridge().with(["prevResult": "none"])
        for command in [Command.add, .check] {
            let outcome = try network.call(Bridge.self, command, configuration, for: container)
            #expect(outcome.output?["code"]?.int == 7, "\(outcome)")
        }
        #expect(try network.call(Bridge.self, .delete, configuration, for: container).status == 0)
    }

    @Test(arguments: ["1.1", "0.3", "1"])
    func `a version is three numbers`(version: String) throws {
        let network = try TestNetwork(siblings: .ipam)
        let configuration = network.bridge().with(["cniVersion": .string(version)])
        let outcome = try network.call(Bridge.self, .add, configuration, for: network.container())
        #expect(outcome.output?["code"]?.int == 1, "\(outcome)")
    }

    @Test
    func `an error is in the version that was asked in`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let configuration = network.bridge(version: .v0_4_0).with(["ipam": 1])
        let outcome = try network.call(Bridge.self, .add, configuration, for: network.container())
        #expect(outcome.output?["cniVersion"]?.string == "0.4.0", "\(outcome)")
    }
}
