// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Glibc
import TestSupport
import Testing

@Suite(.needsTool, .needsAllProcesses)
struct CollectTests {
    /// Two attachments to a network, one of which has lost its namespace.
    private func worldWithLoss(_ more: JSONObject = [:]) throws -> World {
        let world = try World("a")
        try world.configure("net", ["type": "a"], with: more)
        try attach(world, "lives", ownNamespace)
        // Whose namespace goes once it is attached.
        try attach(world, "lost", ownNamespace)
        let path = "cache/results/net-lost-eth0"
        let entry = try JSON(parsing: world.content(path))
        var changed = entry
        changed["netns"] = .string(noNamespace)
        try world.write(path, changed.serialized())
        return world
    }

    private func attach(_ world: World, _ container: String, _ namespace: String) throws {
        let added = try world.cni("add", "net", namespace, "--container-id", container)
        #expect(added.status == 0, "\(added)")
    }

    private func containers(_ world: World) throws -> [String] {
        try world.cni("list", "--json").json["attachments"]?.array?.compactMap { $0["containerID"]?.string }
            ?? []
    }

    @Test
    func `GC detaches those whose namespace is gone, and gives the plugins the others`() throws {
        let world = try worldWithLoss()
        let collected = try world.cni("gc")
        #expect(collected.status == 0, "\(collected)")
        #expect(collected.output == "net: 1 removed, 1 kept\n  removed net/lost/eth0\n")
        #expect(try containers(world) == ["lives"])
        let calls = try world.calls().suffix(2)
        #expect(calls.map { $0["command"]?.string } == ["DEL", "GC"])
        #expect(calls.first?.variable("CNI_CONTAINERID") == "lost")
        #expect(
            calls.last?.input["cni.dev/valid-attachments"] == [["containerID": "lives", "ifname": "eth0"]])
    }

    @Test
    func `JSON can be printed for one network, with cnitool's arguments`() throws {
        let world = try worldWithLoss()
        try world.configure("other", ["type": "a"])
        let collected = try world.cni("gc", "net", ownNamespace, "--json")
        #expect(
            collected.json == [
                "networks": [
                    [
                        "network": "net", "kept": ["net/lives/eth0"], "removed": ["net/lost/eth0"],
                        "isDisabled": false, "upgradedPlugins": [], "olderPlugins": [],
                    ]
                ], "problems": [],
            ], "\(collected)")
    }

    @Test
    func `of an older network it says which plugins do GC in 1.1.0, and which do none`() throws {
        let world = try World("a", "b", "c")
        try world.configure("net", ["type": "a"], ["type": "b"], ["type": "c"], version: "0.4.0")
        try world.play("b", .version, ["stdout": #"{"cniVersion":"1.0.0","supportedVersions":["0.4.0"]}"#])
        #expect(
            try world.cni("gc", "--older-versions").output == """
                net: 0 removed, 0 kept
                  GC in version 1.1.0, which the network does not name: a, c
                  no GC, which came with version 1.1.0: b

                """)
        let network = try world.cni("gc", "--older-versions", "--json").json["networks"]?.array?.first
        #expect(network?["upgradedPlugins"] == ["a", "c"] && network?["olderPlugins"] == ["b"])
    }

    @Test
    func `with --all nothing stays`() throws {
        let world = try worldWithLoss()
        #expect(try world.cni("gc", "net", "--all").output.hasPrefix("net: 2 removed, 0 kept\n"))
        #expect(try containers(world) == [])
        #expect(try world.calls().last?.input["cni.dev/valid-attachments"] == [])
    }

    @Test
    func `what belongs to a network that is not configured any more goes, too`() throws {
        let world = try worldWithLoss()
        #expect(unlink("\(world.networks)/net.conflist") == 0)
        #expect(try world.cni("gc").output.hasPrefix("net: 1 removed, 1 kept\n"))
        #expect(try world.cni("gc", "net").output == "net: 0 removed, 1 kept\n")
        let unknown = try world.cni("gc", "nix")
        #expect(unknown.status == 1)
        #expect(unknown.errors.contains("there is no network \"nix\""), "\(unknown)")
    }

    @Test
    func `a damaged file keeps GC from being done, for its container might live`() throws {
        let world = try worldWithLoss()
        try world.write("cache/results/net-x-eth0", "")
        let collected = try world.cni("gc")
        #expect(collected.status == 1)
        #expect(collected.errors.contains("\(world.cache)/results/net-x-eth0 is damaged"), "\(collected)")
        #expect(try world.story() == ["ADD a", "ADD a"])
        #expect(try world.cni("gc", "--all").status == 0)
        #expect(try world.story() == ["ADD a", "ADD a", "DEL a", "DEL a", "GC a"])
    }

    @Test
    func `disableGC is obeyed and reported`() throws {
        let world = try worldWithLoss(["disableGC": true])
        #expect(try world.cni("gc").output == "net: left alone, as disableGC asks\n")
        #expect(try world.cni("gc", "--json").json["networks"]?.array?.first?["isDisabled"] == true)
        #expect(try containers(world) == ["lives", "lost"])
    }

    @Test
    func `a network that fails does not keep others from being done`() throws {
        let world = try World("a", "b")
        try world.configure("one", ["type": "a"])
        try world.configure("two", ["type": "b"])
        try world.play("a", .collect, ["error": ["code": 100, "msg": "broken"]])
        let collected = try world.cni("gc", "--json")
        #expect(collected.status == 1)
        let networks = try #require(collected.json["networks"]?.array)
        #expect(networks.map { $0["network"]?.string } == ["one", "two"])
        #expect(networks.first?["error"]?["message"]?.string == "broken")
        #expect(try world.story() == ["GC a", "GC b"])
    }
}
