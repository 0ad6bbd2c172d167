// SPDX-License-Identifier: Apache-2.0

import CNIRuntime
import Testing

@Suite
struct VersionTests {
    private func list(_ versions: [String], _ plugins: JSON...) throws -> NetworkConfigurationList {
        try network(plugins, version: versions[0], ["cniVersions": JSON(versions)])
    }

    @Test
    func `VERSION is answered with what the plugin speaks`() async throws {
        let world = try World("a")
        #expect(try await world.runtime().versions(ofPlugin: "a") == SpecVersion.all)
        let call = try #require(try world.events().first)
        #expect(call.command == "VERSION")
        #expect(call.input == ["cniVersion": "1.1.0"])
    }

    @Test(arguments: [
        (#"{"cniVersion":"1.0.0","supportedVersions":["1.0.0","0.4.0"]}"#, ["0.4.0", "1.0.0"]),
        (#"{"cniVersion":"0.2.0"}"#, ["0.1.0", "0.2.0"]),
        (#"{"cniVersion":"9.0.0","supportedVersions":["9.0.0","1.1.0"]}"#, ["1.1.0", "9.0.0"]),
    ])
    func `an answer is read as the specification and its history have it`(
        answer: String, versions: [String]
    ) async throws {
        let world = try World("a")
        try world.play("a", .version, ["stdout": .string(answer)])
        #expect(try await world.runtime().versions(ofPlugin: "a").map(\.description) == versions)
    }

    @Test
    func `a plugin that does not know VERSION speaks 0.1.0`() async throws {
        let world = try World("a")
        try world.play("a", .version, ["error": ["code": 4, "msg": "unknown CNI_COMMAND: VERSION"]])
        #expect(try await world.runtime().versions(ofPlugin: "a") == [.v0_1_0])
    }

    @Test(arguments: [
        "", "{}", #"{"cniVersion":"1.0.0"}"#, #"{"cniVersion":"1.0.0","supportedVersions":[1]}"#,
    ])
    func `another answer is an error`(answer: String) async throws {
        let world = try World("a")
        try world.play("a", .version, ["stdout": .string(answer)])
        let error = try await failure { _ = try await world.runtime().versions(ofPlugin: "a") }
        #expect(error.reason == .badAnswer && error.plugin == "a")
    }

    @Test
    func `the highest version that both sides support is used`() async throws {
        let world = try World("a")
        let runtime = world.runtime()
        _ = try await runtime.add(list(["0.4.0", "1.0.0", "9.0.0"], ["type": "a"]), request())
        #expect(try world.calls()[0].input["cniVersion"] == "1.0.0")
    }

    @Test
    func `plugins are asked where the network offers several versions`() async throws {
        let world = try World("a", "b", "ipam")
        try world.play(
            "b", .version, ["stdout": #"{"cniVersion":"1.1.0","supportedVersions":["0.4.0","1.0.0"]}"#])
        try world.play(
            "ipam", .version, ["stdout": #"{"cniVersion":"1.1.0","supportedVersions":["0.4.0"]}"#])
        let runtime = world.runtime()
        let versions = ["0.3.1", "0.4.0", "1.0.0", "1.1.0"]
        #expect(try await runtime.version(of: list(versions, ["type": "a"])) == .v1_1_0)
        #expect(try await runtime.version(of: list(versions, ["type": "a"], ["type": "b"])) == .v1_0_0)
        #expect(
            try await runtime.version(of: list(versions, ["type": "b", "ipam": ["type": "ipam"]])) == .v0_4_0)
        let count = try world.events().count
        #expect(try await runtime.version(of: list(versions, ["type": "b"])) == .v1_0_0)
        #expect(try world.events().count == count, "the answers of the same file are remembered")
    }

    @Test
    func `a network for one version asks no plugin`() async throws {
        let world = try World("a")
        #expect(try await world.runtime().version(of: network("a", version: "0.4.0")) == .v0_4_0)
        #expect(try world.events().isEmpty)
    }

    @Test
    func `without a common version nothing is done`() async throws {
        let world = try World("a")
        try world.play(
            "a", .version, ["stdout": #"{"cniVersion":"1.1.0","supportedVersions":["0.2.0"]}"#])
        let runtime = world.runtime()
        for versions in [["1.0.0", "1.1.0"], ["9.0.0"]] {
            let list = try list(versions, ["type": "a"])
            let error = try await failure { _ = try await runtime.add(list, request()) }
            #expect(error.code == .incompatibleVersion)
        }
        #expect(try world.story() == [])
    }
}
