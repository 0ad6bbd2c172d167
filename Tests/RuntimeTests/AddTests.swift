// SPDX-License-Identifier: Apache-2.0

import CNIRuntime
import Testing

@Suite
struct AddTests {
    @Test
    func `plugins are executed in order, each with the result of the one before`() async throws {
        let world = try World("a", "b", "c")
        let result = try await world.runtime().add(network("a", "b", "c"), request())
        #expect(try world.story() == ["ADD a", "ADD b", "ADD c"])
        #expect(result.interfaces.map(\.name) == ["a", "b", "c"])
        let calls = try world.calls()
        #expect(calls[0].input["prevResult"] == nil)
        #expect(calls[1].input["prevResult"]?["interfaces"] == [["name": "a"]])
        #expect(calls[2].input["prevResult"]?["interfaces"] == [["name": "a"], ["name": "b"]])
    }

    @Test
    func `a prevResult in the configuration is not passed on`() async throws {
        let world = try World("a")
        let list = try network([["type": "a", "prevResult": ["cniVersion": "1.1.0"]]])
        _ = try await world.runtime().add(list, request())
        #expect(try world.calls()[0].input["prevResult"] == nil)
    }

    @Test
    func `the final result, the configuration and the request are stored`() async throws {
        let world = try World("a", "b")
        let list = try network([["type": "a", "long": 9_007_199_254_740_993], ["type": "b"]])
        var request = try request()
        request.arguments = [.init("K", "v"), .init("A", "")]
        request.capabilities = ["mac": "02:00:00:00:00:01"]
        _ = try await world.runtime().add(list, request)
        let entry = try #require(try world.cache.entry(of: request.attachment(to: list.name)))
        #expect(entry.request == request)
        #expect(entry.configuration == list.raw)
        #expect(entry.result?["interfaces"] == [["name": "a"], ["name": "b"]])
        #expect(try world.cache.contents().entries == [entry])
    }

    @Test(arguments: 0..<3, ["error", "status", "signal", "nothing", "nonsense"])
    func `an ADD that fails undoes itself, newest first, with the failing plugin`(
        position: Int, how: String
    ) async throws {
        let world = try World("a", "b", "c")
        let names = ["a", "b", "c"]
        let script: JSON =
            switch how {
            case "error": ["error": ["code": 107, "msg": "no luck", "details": "at all"], "stderr": "log\n"]
            case "status": ["status": 3, "stderr": "log\n"]
            case "signal": ["signal": 15, "stderr": "log\n"]
            case "nothing": ["stdout": ""]
            default: ["stdout": "panic:", "stderr": "log\n"]
            }
        try world.play(names[position], .add, script)
        let error = try await failure {
            _ = try await world.runtime().add(network("a", "b", "c"), request())
        }
        let begun = names[...position]
        #expect(try world.story() == begun.map { "ADD \($0)" } + begun.reversed().map { "DEL \($0)" })
        #expect(error.plugin == names[position])
        #expect(error.command == .add)
        #expect(error.network == "net")
        #expect(error.diagnostics == (how == "nothing" ? "" : "log"))
        #expect(error.others.isEmpty)
        switch how {
        case "error":
            #expect(error.reason == .refused)
            #expect(error.error == CNIError(.init(rawValue: 107), "no luck", details: "at all"))
        case "status":
            #expect(error.reason == .failed)
            #expect(error.description.contains("exit status 3"))
        case "signal":
            #expect(error.reason == .failed)
            #expect(error.description.contains("signal 15 (Terminated)"))
        default: #expect(error.reason == .badAnswer)
        }
        let expected = position == 0 ? nil : names[..<position].map { ["name": .string($0)] as JSON }
        for call in try world.calls(.delete) {
            #expect(call.input["prevResult"]?["interfaces"]?.array == expected)
        }
        #expect(try world.cache.contents().entries.isEmpty)
    }

    @Test
    func `what fails while undoing is reported too, and keeps nothing else from being undone`() async throws {
        let world = try World("a", "b", "c")
        try world.play("c", .add, ["error": ["code": 11, "msg": "later"]])
        try world.play("c", .delete, ["error": ["code": 5, "msg": "stuck"]])
        try world.play("b", .delete, ["status": 1])
        let error = try await failure {
            _ = try await world.runtime().add(network("a", "b", "c"), request())
        }
        #expect(error.code == .tryAgainLater)
        #expect(error.others.map(\.plugin) == ["c", "b"])
        #expect(error.others.map(\.command) == [.delete, .delete])
        #expect(error.description.contains("stuck"))
        #expect(
            try world.story() == ["ADD a", "ADD b", "ADD c", "DEL c", "DEL b", "DEL a"])
    }

    @Test
    func `a result that cannot be stored undoes the ADD`() async throws {
        let world = try World("a", "b")
        // A folder in the place of the file.
        let path = world.cache.path(of: try request().attachment(to: NetworkName("net")))
        try makeFolder("\(path)/in-the-way")
        let error = try await failure { _ = try await world.runtime().add(network("a", "b"), request()) }
        #expect(error.reason == .cache)
        #expect(try world.story() == ["ADD a", "ADD b", "DEL b", "DEL a"])
    }

    @Test
    func `a missing executable is an error before anything is done`() async throws {
        let world = try World("a")
        let error = try await failure { _ = try await world.runtime().add(network("a", "b"), request()) }
        #expect(error.reason == .notFound)
        #expect(error.plugin == "b")
        #expect(error.error.message == "failed to find plugin \"b\" in path [\(world.plugins)]")
        #expect(try world.story() == [])
    }

    @Test
    func `an executable that cannot be started is an error, and is not undone itself`() async throws {
        let world = try World("a")
        try write("#!/nowhere/interpreter\n", to: "\(world.plugins)/b", mode: 0o755)
        let error = try await failure { _ = try await world.runtime().add(network("a", "b"), request()) }
        #expect(error.reason == .notStarted)
        #expect(error.plugin == "b")
        #expect(try world.story() == ["ADD a", "DEL a"])
    }

    @Test
    func `everything is checked before a plugin is called`() async throws {
        let world = try World("a")
        let runtime = world.runtime()
        var request = try request()
        request.arguments = [.init("K", "v;CNI=1")]
        #expect(
            try await failure { _ = try await runtime.add(network("a"), request) }.code == .invalidEnvironment
        )
        let absent = try AttachmentRequest(containerID: "c1", namespacePath: nil)
        #expect(
            try await failure { _ = try await runtime.add(network("a"), absent) }.code == .invalidEnvironment)
        let list = try network([["type": "a"], ["type": "a", "capabilities": ["mac": "yes"]]])
        let error = try await failure { _ = try await runtime.add(list, try RuntimeTests.request()) }
        #expect(error.code == .invalidConfiguration)
        #expect(error.description.contains("capabilities.mac"))
        #expect(try world.story() == [])
    }

    @Test
    func `a second ADD without DEL is refused`() async throws {
        let world = try World("a")
        let runtime = world.runtime()
        _ = try await runtime.add(network("a"), request())
        let error = try await failure { _ = try await runtime.add(network("a"), request()) }
        #expect(error.reason == .wrongState)
        _ = try await runtime.add(network("a"), request("c1", "eth1"))
        try await runtime.delete(network("a"), request())
        _ = try await runtime.add(network("a"), request())
        #expect(try world.story() == ["ADD a", "ADD a", "DEL a", "ADD a"])
    }

    @Test
    func `an empty or absent version in the output is that of the request`() async throws {
        let outputs = [
            #"{"ips":[{"address":"10.0.0.2/24"}]}"#, #"{"cniVersion":"","ips":[{"address":"10.0.0.2/24"}]}"#,
        ]
        for output in outputs {
            let world = try World("a", "b")
            try world.play("a", .add, ["stdout": .string(output)])
            let result = try await world.runtime().add(network("a", "b"), request())
            #expect(result.ips.count == 1)
            #expect(try world.calls()[1].input["prevResult"]?["cniVersion"] == "1.1.0")
        }
    }

    @Test
    func `null is an empty result`() async throws {
        let world = try World("a")
        try world.play("a", .add, ["stdout": "null"])
        #expect(try await world.runtime().add(network("a"), request()) == CNIResult())
    }

    @Test
    func `a result is read in its own version, and passed on in the request's`() async throws {
        let world = try World("a", "b")
        try world.play(
            "a", .add, ["stdout": #"{"cniVersion":"0.2.0","ip4":{"ip":"10.0.0.2/24"},"own":1}"#])
        let result = try await world.runtime().add(network("a", "b"), request())
        #expect(result.ips.map(\.address.description) == ["10.0.0.2/24"])
        let previous = try world.calls()[1].input["prevResult"]
        #expect(previous?["cniVersion"] == "1.1.0")
        #expect(previous?["ips"]?.array?.first?["address"] == "10.0.0.2/24")
    }

    @Test
    func `keys and numbers of a result that nobody knows reach the next plugin as they are`() async throws {
        let world = try World("a", "b")
        let text = #"{"cniVersion":"1.1.0","x":{"y":18446744073709551615},"z":[9007199254740993]}"#
        try world.play("a", .add, ["stdout": .string(text)])
        _ = try await world.runtime().add(network("a", "b"), request())
        var previous = try #require(try world.calls()[1].input["prevResult"])
        previous["interfaces"] = nil
        #expect(previous.serialized() == text)
    }
}
