// SPDX-License-Identifier: Apache-2.0

import CNIRuntime
import CNITesting
import LinuxCore
import TestSupport
import Testing

@Suite
struct CollectKeepingTests {
    @Test
    func `each attachment in the cache is asked about, and what is not kept gets a DEL`() async throws {
        let world = try World("a")
        let runtime = world.runtime()
        for id in ["keep", "drop"] { _ = try await runtime.add(network("a"), request(id)) }
        _ = try await runtime.add(network("a", name: "other"), request("drop"))
        try world.clear()
        let collection = try await runtime.collect(network("a")) {
            $0.request.containerID.rawValue == "keep"
        }
        #expect(collection.kept.map(\.attachment.key) == ["net/keep/eth0"])
        #expect(collection.removed.map(\.attachment.key) == ["net/drop/eth0"])
        #expect(try world.story() == ["DEL a", "GC a"])
        #expect(
            try world.calls(.collect)[0].input["cni.dev/valid-attachments"]
                == [["containerID": "keep", "ifname": "eth0"]])
        #expect(try world.cache.contents().entries.map(\.network.rawValue) == ["net", "other"])
    }

    @Test
    func `an ADD that is under way is waited for, and its attachment is asked about`() async throws {
        let world = try World("a")
        let runtime = world.runtime()
        let gate = "\(world.folder.path)/gate"
        try world.play("a", .add, ["await": .string(gate)])
        async let added = runtime.add(network("a"), request("late"))
        try await eventually("the ADD to begin") { try !world.events().isEmpty }
        async let collected = runtime.collect(network("a")) { _ in true }
        try await Task.sleep(for: .milliseconds(100))
        try File.replace(gate, [], mode: 0o600)
        _ = try await added
        #expect(try await collected.kept.map(\.attachment.key) == ["net/late/eth0"])
        #expect(
            try world.calls(.collect)[0].input["cni.dev/valid-attachments"]
                == [["containerID": "late", "ifname": "eth0"]])
    }

    @Test
    func `with a damaged file that may be the network's nothing is done`() async throws {
        let world = try World("a")
        let runtime = world.runtime()
        try write("", to: "\(world.cache.directory)/results/net-x-eth0")
        let error = try await failure { try await runtime.collect(network("a")) { _ in false } }
        #expect(error.reason == .cache && error.code == .decodingFailure && error.command == .collect)
        #expect(try world.story() == [])
        // It is none of another network's.
        try await runtime.collect(network("a", name: "other")) { _ in false }
        #expect(try world.story() == ["GC a"])
    }

    @Test
    func `with disableGC no plugin is asked`() async throws {
        let world = try World("a")
        let runtime = world.runtime()
        let list = try network([["type": "a"]], ["disableGC": true])
        _ = try await runtime.add(list, request("c1"))
        let collection = try await runtime.collect(list) { _ in false }
        #expect(collection.kept.isEmpty && collection.removed.isEmpty)
        #expect(try world.story() == ["ADD a"])
    }
}
