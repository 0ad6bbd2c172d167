// SPDX-License-Identifier: Apache-2.0

import CNIRuntime
import LinuxCore
import Testing

@Suite
struct RequestTests {
    private func added(
        _ plugin: JSON, _ capabilities: JSONObject = [:], version: String = "1.1.0"
    ) async throws -> World.Call {
        let world = try World("a")
        var request = try request()
        request.capabilities = capabilities
        _ = try await world.runtime().add(network([plugin], version: version), request)
        return try world.calls()[0]
    }

    @Test
    func `name and version are those of the network, whatever the plugin's part says`() async throws {
        let call = try await added(
            ["type": "a", "name": "mine", "cniVersion": "0.2.0"], version: "0.4")
        #expect(call.input == ["type": "a", "name": "net", "cniVersion": "0.4.0"])
    }

    @Test
    func `keys and numbers that nobody knows go through unchanged`() async throws {
        let text =
            #"{"<&>":"</&>","big":9007199254740993,"deep":{"Cased":[1,null,18446744073709551615]},"type":"a"}"#
        let call = try await added(JSON(parsing: text))
        let expected = text.dropLast(#""type":"a"}"#.utf8.count)
        #expect(
            call.inputText.hasPrefix(#"{"<&>":"</&>","big":9007199254740993,"cniVersion":"1.1.0","deep":"#))
        #expect(call.inputText.contains(#"{"Cased":[1,null,18446744073709551615]}"#), "\(expected)")
    }

    @Test
    func `runtimeConfig is what the plugin declares and the runtime provides`() async throws {
        let plugin: JSON = [
            "type": "a", "capabilities": ["mac": true, "ips": false, "dns": true, "bandWidth": true],
        ]
        let call = try await added(
            plugin, ["mac": "m", "ips": ["10.0.0.1"], "bandwidth": 1, "portMappings": []])
        #expect(call.input["runtimeConfig"] == ["mac": "m"])
        #expect(call.input.object?["capabilities"] == nil)
    }

    @Test
    func `a runtimeConfig in the configuration stays where the runtime has none`() async throws {
        let plugin: JSON = [
            "type": "a", "capabilities": ["mac": true], "runtimeConfig": ["ips": ["10.0.0.1"]],
        ]
        #expect(try await added(plugin).input["runtimeConfig"] == ["ips": ["10.0.0.1"]])
        #expect(try await added(plugin, ["mac": "m"]).input["runtimeConfig"] == ["mac": "m"])
    }

    @Test
    func `capabilities are removed for attachments and stay for the network's verbs`() async throws {
        let world = try World("a")
        let runtime = world.runtime()
        let list = try network([["type": "a", "capabilities": ["mac": true]]])
        _ = try await runtime.add(list, request())
        try await runtime.check(list, request())
        try await runtime.delete(list, request())
        try await runtime.collect(list, valid: [])
        try await runtime.status(list)
        for call in try world.calls() {
            let isOfNetwork = call.command == "GC" || call.command == "STATUS"
            #expect((call.input["capabilities"] != nil) == isOfNetwork, "\(call.command)")
        }
    }

    @Test
    func `keys with the specification's prefix are only the runtime's`() async throws {
        let plugin: JSON = [
            "type": "a", "cni.dev/valid-attachments": [], "cni.dev/other": 1, "example.com/x": 1,
        ]
        let call = try await added(plugin)
        #expect(call.input.object?.keys.sorted() == ["cniVersion", "example.com/x", "name", "type"])
    }

    @Test
    func `the environment is the runtime's but for CNI's variables`() async throws {
        let world = try World("a")
        let stale = [
            "CNI_NETNS_OVERRIDE": "1", "CNI_COMMAND": "DEL", "CNI_ARGS": "OLD=1", "CNI_OTHER": "x",
            "OWN": "y=z",
            "EMPTY": "",
        ]
        var request = try request("c7", "net1")
        request.arguments = [.init("IgnoreUnknown", "1"), .init("B", "2"), .init("A", "")]
        _ = try await world.runtime(environment: stale).add(network("a"), request)
        let call = try world.calls()[0]
        let names = call.lines.map { $0.prefix { $0 != "=" } }
        #expect(names.count == Set(names).count)
        #expect(
            call.lines.filter { $0.hasPrefix("CNI_") }.sorted() == [
                "CNI_ARGS=IgnoreUnknown=1;B=2;A=", "CNI_COMMAND=ADD", "CNI_CONTAINERID=c7", "CNI_IFNAME=net1",
                "CNI_NETNS=/proc/self/ns/net", "CNI_PATH=\(world.plugins)",
            ])
        #expect(call["OWN"] == "y=z" && call["EMPTY"] == "" && call["PATH"] == "/usr/bin:/bin")
        #expect(
            Set(names.map(String.init)).isSubset(
                of: world.environment(stale).keys.map(\.self) + [
                    "CNI_CONTAINERID", "CNI_IFNAME", "CNI_NETNS", "CNI_PATH",
                ]))
    }

    @Test
    func `all folders are searched in order, and passed on in CNI_PATH`() async throws {
        let (first, second) = (try World("b"), try World("a", "b"))
        let runtime = Runtime(
            pluginFolders: [first.plugins, "/nowhere", second.plugins], cache: first.cache,
            environment: first.environment())
        #expect(try runtime.path(ofPlugin: "b") == "\(first.plugins)/b")
        #expect(try runtime.path(ofPlugin: "a") == "\(second.plugins)/a")
        try makeFolder("\(first.plugins)/a")
        #expect(try runtime.path(ofPlugin: "a") == "\(second.plugins)/a", "a folder is no plugin")
        _ = try await runtime.add(network("a"), request())
        #expect(try first.calls()[0]["CNI_PATH"] == "\(first.plugins):/nowhere:\(second.plugins)")
    }

    @Test(arguments: ["", "/bin/sh", "../a", ".", ".."])
    func `a plugin's name is no path`(name: String) throws {
        let error = #expect(throws: RuntimeError.self) { try Runtime().path(ofPlugin: name) }
        #expect(error?.reason == .invalid)
    }

    @Test
    func `a trace is passed on, whole, from the environment or the task`() async throws {
        let world = try World("a")
        let runtime = world.runtime(environment: ["TRACEPARENT": "p0", "TRACESTATE": "s0", "BAGGAGE": "b0"])
        try await runtime.status(network("a"))
        try await TraceContext.$current.withValue(TraceContext(traceParent: "p1", baggage: "b1")) {
            try await runtime.status(network("a"))
            try world.play("a", .add, ["status": 1])
            _ = try await failure { _ = try await runtime.add(network("a"), request()) }
        }
        let calls = try world.calls()
        #expect(calls.map { $0["TRACEPARENT"] } == ["p0", "p1", "p1", "p1"])
        #expect(calls.map { $0["TRACESTATE"] } == ["s0", nil, nil, nil])
        #expect(calls.map { $0["BAGGAGE"] } == ["b0", "b1", "b1", "b1"])
    }

    @Test(arguments: ["../x", "", "a b", "a/b"])
    func `a name that would lead out of a folder never gets that far`(text: String) {
        #expect(throws: CNIError.self) { try AttachmentRequest(containerID: text, namespacePath: "/x") }
        #expect(throws: CNIError.self) {
            try AttachmentRequest(containerID: "c", namespacePath: "/x", interface: text)
        }
        #expect(throws: CNIError.self) { try network("a", name: text) }
    }
}
