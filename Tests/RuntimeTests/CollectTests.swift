// SPDX-License-Identifier: Apache-2.0

import CNIRuntime
import LinuxCore
import Testing

@Suite
struct CollectTests {
    @Test
    func `plugins are executed in order, with the valid attachments`() async throws {
        let world = try World("a", "b")
        let list = try network([["type": "a", "prevResult": ["x": 1]], ["type": "b"]])
        try await world.runtime().collect(
            list, valid: [AttachmentReference(containerID: "c9", ifname: "net1")])
        #expect(try world.story() == ["GC a", "GC b"])
        for call in try world.calls() {
            #expect(
                call.input["cni.dev/valid-attachments"] == [["containerID": "c9", "ifname": "net1"]])
            #expect(call.input["prevResult"] == nil)
            #expect(call.input["name"] == "net" && call.input["cniVersion"] == "1.1.0")
            #expect(call["CNI_PATH"] == world.plugins)
            for name in ["CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME", "CNI_ARGS"] {
                #expect(call[name] == nil)
            }
        }
    }

    @Test
    func `no valid attachment is an empty list`() async throws {
        let world = try World("a")
        try await world.runtime().collect(network("a"), valid: [])
        #expect(try world.calls()[0].input["cni.dev/valid-attachments"] == [])
    }

    @Test
    func `what a runtime left that was killed while it stored an entry goes, but only this network's`()
        async throws
    {
        let world = try World("a")
        for name in [".net-c1-eth0.new", ".other-c1-eth0.new"] {
            try write("{", to: "\(world.cache.directory)/results/\(name)")
        }
        try await world.runtime().collect(network("a"), valid: [])
        #expect(try Directory.names(in: "\(world.cache.directory)/results") == [".other-c1-eth0.new"])
    }

    @Test
    func `attachments in the cache that are not valid get a DEL, as their ADD was`() async throws {
        let world = try World("a", "b")
        let runtime = world.runtime()
        var stale = try request("old")
        stale.arguments = [.init("K", "v")]
        stale.capabilities = ["mac": "02:00:00:00:00:01"]
        _ = try await runtime.add(
            network([["type": "a", "then": true, "capabilities": ["mac": true]]]), stale)
        _ = try await runtime.add(network("a"), request("kept"))
        _ = try await runtime.add(network("a", name: "other"), request("old"))
        try world.clear()
        // The network is another by now.
        try await runtime.collect(
            network("b"), valid: [AttachmentReference(containerID: "kept", ifname: "eth0")])
        #expect(try world.story() == ["DEL a", "GC b"])
        let call = try world.calls()[0]
        #expect(call.container == "old")
        #expect(call["CNI_ARGS"] == "K=v")
        #expect(call.input["then"] == true)
        #expect(call.input["runtimeConfig"] == ["mac": "02:00:00:00:00:01"])
        #expect(call.input["prevResult"] != nil)
        let left = try world.cache.contents().entries.map { "\($0.network) \($0.request.containerID)" }
        #expect(left == ["net kept", "other old"])
    }

    @Test
    func `an interface that is not valid goes, another of the same container stays`() async throws {
        let world = try World("a")
        let runtime = world.runtime()
        for interface in ["eth0", "eth1"] { _ = try await runtime.add(network("a"), request("c", interface)) }
        try await runtime.collect(
            network("a"), valid: [AttachmentReference(containerID: "c", ifname: "eth1")])
        #expect(try world.cache.contents().entries.map(\.request.interface.rawValue) == ["eth1"])
    }

    @Test
    func `an error ends nothing, and all are reported`() async throws {
        let world = try World("a", "b", "c")
        let runtime = world.runtime()
        _ = try await runtime.add(network("a"), request("old"))
        try world.play("a", .delete, ["error": ["code": 110, "msg": "del"]])
        try world.play("a", .collect, ["error": ["code": 111, "msg": "a"]])
        try world.play("c", .collect, ["status": 1])
        try world.clear()
        let error = try await failure { try await runtime.collect(network("a", "b", "c"), valid: []) }
        #expect(try world.story() == ["DEL a", "GC a", "GC b", "GC c"])
        #expect(error.code.rawValue == 110 && error.command == .delete)
        #expect(error.others.map(\.plugin) == ["a", "c"])
        #expect(error.others.map(\.command) == [.collect, .collect])
        #expect(try world.cache.contents().entries.count == 1)
    }

    @Test(arguments: ["0.3.1", "0.4.0", "1.0.0"], [true, false])
    func `of an older network, plugins that know 1.1.0 do GC in 1.1.0 if asked, and no others`(
        version: String, isAskedFor: Bool
    ) async throws {
        let world = try World("new", "old", "strange")
        let runtime = world.runtime()
        let list = try network("new", "old", "strange", "absent", version: version)
        _ = try await runtime.add(network("new", version: version), request("gone"))
        try world.play(
            "old", .version, ["stdout": #"{"cniVersion":"1.0.0","supportedVersions":["0.4.0","1.0.0"]}"#])
        try world.play("strange", .version, ["stdout": "[]"])
        try world.clear()
        let kept = AttachmentReference(containerID: "kept", ifname: "eth0")
        let collection = try await runtime.collect(
            list, valid: [kept], includesOlderVersions: isAskedFor)
        #expect(try world.story() == ["DEL new"] + (isAskedFor ? ["GC new"] : []))
        // DEL is done as ADD was; only GC is not of the network's version.
        #expect(try world.calls(.delete)[0].input["cniVersion"]?.string == version)
        if isAskedFor {
            let input = try world.calls(.collect)[0].input
            #expect(input["cniVersion"] == "1.1.0" && input["name"] == "net")
            #expect(input["cni.dev/valid-attachments"] == [["containerID": "kept", "ifname": "eth0"]])
        }
        #expect(collection.upgradedPlugins == (isAskedFor ? ["new"] : []))
        #expect(collection.olderPlugins == (isAskedFor ? ["old", "strange", "absent"] : []))
        #expect(collection.removed.map(\.attachment.key) == ["net/gone/eth0"])
    }

    @Test
    func `a newer plugin that delegates to an older one fails no GC of an older network`() async throws {
        let world = try World("a", "b")
        try world.play("a", .collect, ["error": ["code": 1, "msg": "incompatible CNI versions"]])
        let collection = try await world.runtime().collect(
            network("a", "b", version: "0.4.0"), valid: [], includesOlderVersions: true)
        #expect(collection.upgradedPlugins == ["b"] && collection.olderPlugins == ["a"])
        // Of a network of 1.1.0 it is a failure, as every other one.
        let error = try await failure { try await world.runtime().collect(network("a", "b"), valid: []) }
        #expect(error.code == .incompatibleVersion)
        try world.play("a", .collect, ["error": ["code": 100, "msg": "broken"]])
        let other = try await failure {
            try await world.runtime().collect(
                network("a", "b", version: "0.4.0"), valid: [], includesOlderVersions: true)
        }
        #expect(other.code.rawValue == 100)
    }

    @Test
    func `of a network in 1.1.0 no plugin is asked for its versions`() async throws {
        let world = try World("a")
        let collection = try await world.runtime().collect(network("a"), valid: [])
        #expect(try world.events().map(\.command) == ["GC", "GC"])
        #expect(collection.upgradedPlugins.isEmpty && collection.olderPlugins.isEmpty)
    }

    @Test
    func `with disableGC nothing is called and nothing goes`() async throws {
        let world = try World("a")
        let runtime = world.runtime()
        _ = try await runtime.add(network("a"), request())
        try world.clear()
        try await runtime.collect(network([["type": "a"]], ["disableGC": true]), valid: [])
        #expect(try world.story() == [])
        #expect(try world.cache.contents().entries.count == 1)
    }

    @Test
    func `damaged files in the cache are left alone, and keep nothing from being collected`() async throws {
        let world = try World("a")
        let runtime = world.runtime()
        _ = try await runtime.add(network("a"), request("old"))
        try write("", to: "\(world.cache.directory)/results/net-broken-eth0")
        try await runtime.collect(network("a"), valid: [])
        let contents = try world.cache.contents()
        #expect(contents.entries.isEmpty)
        #expect(contents.problems.map(\.path) == ["\(world.cache.directory)/results/net-broken-eth0"])
    }
}
