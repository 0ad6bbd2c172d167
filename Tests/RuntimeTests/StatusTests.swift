// SPDX-License-Identifier: Apache-2.0

import CNIRuntime
import Testing

@Suite
struct StatusTests {
    @Test
    func `every plugin is asked in order`() async throws {
        let world = try World("a", "b")
        try await world.runtime().status(
            network([["type": "a", "capabilities": ["x": true]], ["type": "b"]]))
        #expect(try world.story() == ["STATUS a", "STATUS b"])
        let call = try world.calls()[0]
        #expect(call.input["name"] == "net" && call.input["prevResult"] == nil)
        #expect(call["CNI_PATH"] == world.plugins && call["CNI_CONTAINERID"] == nil)
    }

    @Test(arguments: 0..<3, [50, 51])
    func `the first error comes out with its code`(position: Int, code: Int) async throws {
        let world = try World("a", "b", "c")
        let names = ["a", "b", "c"]
        try world.play(names[position], .status, ["error": ["code": JSON(code), "msg": "down"]])
        let error = try await failure { try await world.runtime().status(network("a", "b", "c")) }
        #expect(error.code.rawValue == UInt32(code))
        #expect(error.cniError.code.rawValue == UInt32(code))
        #expect(error.plugin == names[position])
        #expect(try world.story() == names[...position].map { "STATUS \($0)" })
    }

    @Test
    func `before 1.1.0 the answer is success, and no plugin is asked`() async throws {
        let world = try World("a")
        try world.play("a", .status, ["status": 1])
        try await world.runtime().status(network("a", version: "1.0.0"))
        #expect(try world.story() == [])
    }

    @Test
    func `STATUS needs no cache folder`() async throws {
        let world = try World("a")
        let runtime = Runtime(
            pluginFolders: [world.plugins], cache: ResultCache(directory: "/proc/nothing"),
            environment: world.environment())
        try await runtime.status(network("a"))
        #expect(try world.story() == ["STATUS a"])
    }
}
