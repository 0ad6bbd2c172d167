// SPDX-License-Identifier: Apache-2.0

import CNIRuntime
import Testing

@Suite
struct DeleteTests {
    @Test
    func `plugins are executed in reverse order, each with the final result of ADD`() async throws {
        let world = try World("a", "b", "c")
        let runtime = world.runtime()
        let list = try network("a", "b", "c")
        _ = try await runtime.add(list, request())
        try world.clear()
        try await runtime.delete(list, request())
        #expect(try world.story() == ["DEL c", "DEL b", "DEL a"])
        for call in try world.calls() {
            #expect(call.input["prevResult"]?["interfaces"]?.array?.count == 3)
        }
        #expect(try world.cache.contents().entries.isEmpty)
    }

    @Test
    func `prevResult goes with DEL from 0.4.0 on`() async throws {
        for version in SpecVersion.all where version >= .v0_3_0 {
            let world = try World("a", "b")
            let runtime = world.runtime()
            let list = try network("a", "b", version: version.description)
            _ = try await runtime.add(list, request())
            try world.clear()
            try await runtime.delete(list, request())
            for call in try world.calls() {
                #expect((call.input["prevResult"] != nil) == (version >= .v0_4_0), "\(version)")
            }
        }
    }

    @Test(arguments: 0..<3)
    func `a failing plugin does not keep the others from DEL, nor the entry from a second one`(
        position: Int
    ) async throws {
        let world = try World("a", "b", "c")
        let names = ["a", "b", "c"]
        let runtime = world.runtime()
        let list = try network("a", "b", "c")
        _ = try await runtime.add(list, request())
        try world.clear()
        try world.play(names[position], .delete, ["error": ["code": 11, "msg": "later"]])
        let error = try await failure { try await runtime.delete(list, request()) }
        #expect(error.code == .tryAgainLater)
        #expect(error.plugin == names[position])
        #expect(error.others.isEmpty)
        #expect(try world.story() == ["DEL c", "DEL b", "DEL a"])
        #expect(try world.cache.contents().entries.count == 1)
        try world.playNothing(names[position], .delete)
        try world.clear()
        try await runtime.delete(list, request())
        #expect(try world.calls().allSatisfy { $0.input["prevResult"] != nil })
        #expect(try world.cache.contents().entries.isEmpty)
    }

    @Test
    func `all plugins that fail are reported, and one that is missing keeps none from DEL`() async throws {
        let world = try World("a", "c")
        for (name, code) in [("a", 101), ("c", 103)] {
            try world.play(name, .delete, ["error": ["code": JSON(code), "msg": "no"]])
        }
        let error = try await failure {
            try await world.runtime().delete(network("a", "b", "c"), request())
        }
        #expect(error.plugin == "c" && error.code.rawValue == 103)
        #expect(error.others.map(\.plugin) == ["b", "a"])
        #expect(error.others.map(\.reason) == [.notFound, .refused])
    }

    @Test
    func `an attachment that never was can be detached, again and again, without a namespace`() async throws {
        let world = try World("a")
        let runtime = world.runtime()
        let request = try AttachmentRequest(containerID: "c1", namespacePath: nil)
        for _ in 1...2 { try await runtime.delete(network("a"), request) }
        let calls = try world.calls()
        #expect(calls.count == 2)
        #expect(calls.allSatisfy { $0["CNI_NETNS"] == "" && $0.input["prevResult"] == nil })
    }

    @Test(arguments: ["", "{", "[]", "null", #"{"kind":"cniCacheV1"}"#, #"{"kind":"other"}"#, "\0\0\0"])
    func `a damaged entry never blocks a DEL, and goes with it`(content: String) async throws {
        let world = try World("a")
        let path = world.cache.path(of: try request().attachment(to: NetworkName("net")))
        try write(content, to: path)
        try await world.runtime().delete(network("a"), request())
        #expect(try world.calls(.delete).count == 1)
        #expect(try world.cache.contents().problems.isEmpty)
    }

    @Test
    func `a result that does not fit the network's version is converted`() async throws {
        let world = try World("a")
        let runtime = world.runtime()
        try world.play(
            "a", .add, ["stdout": #"{"cniVersion":"0.3.1","ips":[{"version":"4","address":"10.0.0.2/24"}]}"#])
        _ = try await runtime.add(network("a", version: "1.0.0"), request())
        try await runtime.delete(network("a", version: "1.0.0"), request())
        let previous = try #require(try world.calls(.delete)[0].input["prevResult"])
        #expect(previous["cniVersion"] == "1.0.0")
        #expect(previous["ips"] == [["address": "10.0.0.2/24"]])
    }

    @Test
    func `names that run together are not mistaken for each other`() async throws {
        let world = try World("a")
        let runtime = world.runtime()
        _ = try await runtime.add(network("a", name: "n-x"), request("y"))
        let error = try await failure { _ = try await runtime.add(network("a", name: "n"), request("x-y")) }
        #expect(error.reason == .wrongState)
        try world.clear()
        try await runtime.delete(network("a", name: "n"), request("x-y"))
        #expect(try world.calls()[0].input["prevResult"] == nil)
        #expect(try world.cache.contents().entries.map(\.network.rawValue) == ["n-x"])
    }
}
