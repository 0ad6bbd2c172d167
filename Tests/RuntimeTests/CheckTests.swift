// SPDX-License-Identifier: Apache-2.0

import CNIRuntime
import Testing

@Suite
struct CheckTests {
    @Test
    func `plugins are executed in order, each with the final result of ADD`() async throws {
        let world = try World("a", "b")
        let runtime = world.runtime()
        let list = try network("a", "b")
        var request = try request()
        request.arguments = [.init("K", "v")]
        _ = try await runtime.add(list, request)
        let added = try world.calls()
        try world.clear()
        try await runtime.check(list, request)
        #expect(try world.story() == ["CHECK a", "CHECK b"])
        for (call, add) in zip(try world.calls(), added) {
            #expect(call.input["prevResult"]?["interfaces"]?.array?.count == 2)
            for name in ["CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME", "CNI_ARGS", "CNI_PATH"] {
                #expect(call[name] == add[name])
            }
        }
    }

    @Test(arguments: 0..<3)
    func `the first plugin that finds a fault ends it, with its code`(position: Int) async throws {
        let world = try World("a", "b", "c")
        let names = ["a", "b", "c"]
        let runtime = world.runtime()
        let list = try network("a", "b", "c")
        _ = try await runtime.add(list, request())
        try world.clear()
        try world.play(names[position], .check, ["error": ["code": 120, "msg": "gone"]])
        let error = try await failure { try await runtime.check(list, request()) }
        #expect(error.code.rawValue == 120)
        #expect(error.plugin == names[position])
        #expect(try world.story() == names[...position].map { "CHECK \($0)" })
    }

    @Test
    func `CHECK came with 0.4.0`() async throws {
        for version in SpecVersion.all {
            let world = try World("a")
            let runtime = world.runtime()
            let list = try network("a", version: version.description)
            _ = try await runtime.add(list, request())
            if version >= .v0_4_0 {
                try await runtime.check(list, request())
            } else {
                let error = try await failure { try await runtime.check(list, request()) }
                #expect(error.description.contains("does not support the CHECK command"))
            }
        }
    }

    @Test(arguments: [JSON.bool(true), "true"])
    func `with disableCheck it succeeds, and no plugin is called`(flag: JSON) async throws {
        let world = try World("a")
        try world.play("a", .check, ["status": 1])
        try await world.runtime().check(network([["type": "a"]], ["disableCheck": flag]), request())
        #expect(try world.story() == [])
    }

    @Test
    func `there is no CHECK before ADD nor after DEL`() async throws {
        let world = try World("a")
        let runtime = world.runtime()
        #expect(
            try await failure { try await runtime.check(network("a"), request()) }.code == .unknownContainer)
        _ = try await runtime.add(network("a"), request())
        try await runtime.delete(network("a"), request())
        let error = try await failure { try await runtime.check(network("a"), request()) }
        #expect(error.reason == .wrongState)
        #expect(try world.calls(.check).isEmpty)
    }

    @Test
    func `a damaged entry is an error that names the file`() async throws {
        let world = try World("a")
        let path = world.cache.path(of: try request().attachment(to: NetworkName("net")))
        try write("", to: path)
        let error = try await failure { try await world.runtime().check(network("a"), request()) }
        #expect(error.reason == .cache)
        #expect(error.description.contains(path))
    }
}
