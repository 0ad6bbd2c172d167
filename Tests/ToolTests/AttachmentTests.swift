// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Glibc
import Testing

@Suite(.needsTool)
struct AttachmentTests {
    @Test
    func `ADD prints the result with four blanks for each level, as cnitool does`() throws {
        let world = try World("a", "b")
        try world.configure("net", ["type": "a"], ["type": "b"])
        let added = try world.cni("add", "net", ownNamespace)
        #expect(added.status == 0, "\(added)")
        #expect(added.errors == "")
        #expect(added.output.hasPrefix("{\n    \"cniVersion\": \"1.1.0\",\n"), "\(added)")
        #expect(added.json["interfaces"]?.array?.compactMap { $0["name"]?.string } == ["a", "b"])
        #expect(try world.story() == ["ADD a", "ADD b"])
    }

    @Test
    func `CHECK and DEL say what they did, in words or in JSON`() throws {
        let world = try World("a")
        try world.configure("net", ["type": "a"])
        let names = ["--container-id", "c1"]
        #expect(try world.cni("add", "net", ownNamespace, names[0], names[1]).status == 0)
        let check = try world.cni("check", "net", ownNamespace, names[0], names[1])
        #expect(check.output == "net/c1/eth0: attached as it should be\n", "\(check)")
        let json = try world.cni("check", "net", ownNamespace, names[0], names[1], "--json")
        #expect(
            json.json == [
                "network": "net", "containerID": "c1", "interface": "eth0",
                "namespace": .string(ownNamespace),
            ])
        let deleted = try world.cni("del", "net", ownNamespace, names[0], names[1])
        #expect(deleted.output == "net/c1/eth0: detached\n", "\(deleted)")
        #expect(try world.cni("delete", "net", ownNamespace, "--json").json["network"]?.string == "net")
        #expect(try world.story() == ["ADD a", "CHECK a", "CHECK a", "DEL a", "DEL a"])
    }

    // Computed by Python's hashlib; the lengths are those around the ends of SHA-512's blocks.
    @Test(arguments: [
        ("/var/run/netns/testing", "cnitool-77383ca0a0715733ca6f"),
        ("/", "cnitool-5c86f0344ed249425c8a"),
        ("/" + String(repeating: "x", count: 109), "cnitool-b49f7c15d1d56c46072f"),
        ("/" + String(repeating: "x", count: 110), "cnitool-2f9971e05f77e6c073bd"),
        ("/" + String(repeating: "x", count: 111), "cnitool-7e0f60340d9bfa0c8675"),
        ("/" + String(repeating: "x", count: 126), "cnitool-fd8b15ccca413d7f4a52"),
        ("/" + String(repeating: "x", count: 127), "cnitool-2d0a67bb4d2a007d005a"),
        ("/" + String(repeating: "x", count: 128), "cnitool-377d1e1a2ce6722e71a7"),
        ("/" + String(repeating: "x", count: 238), "cnitool-2f4623e4b95d75d335bf"),
        ("/" + String(repeating: "x", count: 239), "cnitool-0aba215bb4cdd684d606"),
        ("/" + String(repeating: "x", count: 255), "cnitool-df75403b871bff1ebf95"),
        ("/" + String(repeating: "x", count: 999), "cnitool-cba0730f59381f1c0f10"),
    ])
    func `containers have the identifiers that cnitool gives them`(path: String, id: String) throws {
        let world = try World("a")
        try world.configure("net", ["type": "a"])
        #expect(try world.cni("del", "net", path, "--json").json["containerID"]?.string == id)
    }

    @Test(arguments: [
        ("/a//b/./c/../d/", "/a/b/d"), ("/../x", "/x"), ("/a/b/../../..", "/"),
    ])
    func `the namespace's path counts without its detours`(path: String, clean: String) throws {
        let world = try World("a")
        try world.configure("net", ["type": "a"])
        let deleted = try world.cni("del", "net", path, "--json")
        #expect(deleted.json["namespace"]?.string == clean)
        #expect(
            try deleted.json["containerID"] == world.cni("del", "net", clean, "--json").json["containerID"])
    }

    @Test
    func `a relative path counts from the current folder`() throws {
        let world = try World("a")
        try world.configure("net", ["type": "a"])
        let path = try world.cni("del", "net", "x/y", "--json").json["namespace"]?.string ?? ""
        #expect(path.hasPrefix("/") && path.hasSuffix("/x/y"), "\(path)")
    }

    @Test
    func `the interface is the option's, else CNI_IFNAME's, else eth0`() throws {
        let world = try World("a")
        try world.configure("net", ["type": "a"])
        func interface(_ words: String..., environment: [String: String] = [:]) throws -> String? {
            let words = world.words(["del", "net", ownNamespace, "--json"] + words)
            return try Tool.start(words, world.environment(environment)).wait().json["interface"]?.string
        }
        #expect(try interface() == "eth0")
        #expect(try interface(environment: ["CNI_IFNAME": "net1"]) == "net1")
        #expect(try interface("-i", "net2", environment: ["CNI_IFNAME": "net1"]) == "net2")
        #expect(try interface("--ifname", "net3") == "net3")
    }

    @Test
    func `CNI_ARGS and CAP_ARGS reach the plugins, and again those that check and delete`() throws {
        let world = try World("a")
        try world.configure("net", ["type": "a", "capabilities": ["portMappings": true]])
        let variables = [
            "CNI_ARGS": "IgnoreUnknown=1;K8S_POD_NAME=web",
            "CAP_ARGS": #"{"portMappings": [{"hostPort": 80}]}"#,
        ]
        #expect(try world.cni("add", "net", ownNamespace, environment: variables).status == 0)
        #expect(try world.cni("check", "net", ownNamespace).status == 0)
        #expect(try world.cni("del", "net", ownNamespace).status == 0)
        let calls = try world.calls()
        #expect(calls.count == 3)
        for call in calls {
            #expect(call.variable("CNI_ARGS") == "IgnoreUnknown=1;K8S_POD_NAME=web")
            #expect(call.input["runtimeConfig"]?["portMappings"]?.array?.count == 1)
        }
    }

    @Test(arguments: [
        ("CNI_ARGS", "a"), ("CNI_ARGS", "a=b=c"), ("CNI_ARGS", "=b"), ("CAP_ARGS", "{"), ("CAP_ARGS", "[]"),
    ])
    func `an invalid variable is rejected with its name`(name: String, value: String) throws {
        let world = try World("a")
        try world.configure("net", ["type": "a"])
        let added = try world.cni("add", "net", ownNamespace, environment: [name: value])
        #expect(added.status == 1)
        #expect(added.errors.hasPrefix("error: \(name): "), "\(added)")
        #expect(try world.story() == [])
    }

    @Test
    func `an ADD that fails is undone, and the plugin's error is printed`() throws {
        let world = try World("a", "b")
        try world.configure("net", ["type": "a"], ["type": "b"])
        try world.play(
            "b", .add,
            ["error": ["code": 100, "msg": "no way", "details": "line 1\nline 2"], "stderr": "log\n"])
        let added = try world.cni("add", "net", ownNamespace)
        #expect(added.status == 1)
        #expect(added.output == "")
        #expect(added.errors.hasPrefix("error: ADD of network \"net\": plugin \"b\": no way\n"), "\(added)")
        for line in ["  line 1\n", "  line 2\n", "  standard error: log\n"] {
            #expect(added.errors.contains(line), "\(added)")
        }
        let json = try world.cni("add", "net", ownNamespace, "--json")
        let error = try #require(json.json["error"])
        #expect(json.status == 1)
        #expect(error["message"]?.string == "no way")
        #expect(error["code"]?.int == 100)
        #expect(error["reason"]?.string == "refused")
        #expect(error["command"]?.string == "ADD")
        #expect(error["network"]?.string == "net")
        #expect(error["plugin"]?.string == "b")
        #expect(error["diagnostics"]?.string == "log")
        #expect(
            try world.story() == ["ADD a", "ADD b", "DEL b", "DEL a", "ADD a", "ADD b", "DEL b", "DEL a"])
    }

    @Test
    func `a second ADD is refused with the words that detach the container`() throws {
        let world = try World("a")
        try world.configure("net", ["type": "a"])
        let words = world.words(["add", "net", ownNamespace, "-i", "net1", "--container-id", "c1"])
        #expect(try Tool.start(words, world.environment()).wait().status == 0)
        let second = try Tool.start(words, world.environment()).wait()
        #expect(second.status == 1)
        #expect(
            second.errors.contains("`cni del net \(ownNamespace) --container-id c1 --ifname net1`"),
            "\(second)")
    }

    @Test
    func `there is no ADD without a namespace`() throws {
        let world = try World("a")
        try world.configure("net", ["type": "a"])
        let added = try world.cni("add", "net", noNamespace)
        #expect(added.status == 1)
        #expect(
            added.errors.hasPrefix("error: there is no network namespace at \(noNamespace)\n"), "\(added)")
        #expect(try world.story() == [])
    }

    @Test
    func `DEL needs no namespace, and uses ADD's configuration if the network is gone`() throws {
        let world = try World("a")
        try world.configure("net", ["type": "a", "x": 1])
        #expect(try world.cni("add", "net", ownNamespace, "--container-id", "c1").status == 0)
        try world.write("net.d/net.conflist", "{")
        #expect(try world.cni("del", "net", noNamespace, "--container-id", "c1").status == 0)
        #expect(try world.calls().last?.input["x"]?.int == 1)
        // Now nobody knows the network any more.
        #expect(try world.cni("del", "net", noNamespace, "--container-id", "c1").status == 1)
    }

    @Test
    func `CHECK of what is not attached fails`() throws {
        let world = try World("a")
        try world.configure("net", ["type": "a"])
        let check = try world.cni("check", "net", ownNamespace, "--json")
        #expect(check.status == 1)
        #expect(check.json["error"]?["reason"]?.string == "wrongState")
        #expect(check.json["error"]?["code"]?.int == 3)
    }

    @Test
    func `for an unknown network the known ones are named, and the files that were left out`() throws {
        let world = try World("a")
        try world.configure("net", ["type": "a"])
        try world.configure("lan", ["type": "a"])
        try world.write("net.d/broken.conflist", "{")
        for command in ["add", "check", "del"] {
            let outcome = try world.cni(command, "nets", ownNamespace)
            #expect(outcome.status == 1)
            #expect(
                outcome.errors.contains("there is no network \"nets\" in \(world.networks)"), "\(outcome)")
            #expect(outcome.errors.contains("there are: lan, net\n"), "\(outcome)")
            #expect(outcome.errors.contains("\(world.networks)/broken.conflist"), "\(outcome)")
        }
    }

    @Test
    func `of a plugin that is not there the folders are named`() throws {
        let world = try World()
        try world.configure("net", ["type": "a"])
        let added = try world.cni("add", "net", ownNamespace, "--plugin-path", "/nowhere:\(world.plugins)")
        #expect(added.status == 1)
        #expect(added.errors.contains("in path [/nowhere \(world.plugins)]\n"), "\(added)")
        #expect(added.errors.contains("CNI_PATH"), "\(added)")
    }

    @Test
    func `a plugin that takes too long is ended, and undone`() throws {
        // A busy machine may take long to start a plugin at all: then it gets more time.
        for limit in ["0.5", "10", "60"] {
            let world = try World("a")
            try world.configure("net", ["type": "a"])
            try world.play("a", .add, ["sleep": 600_000])
            let added = try world.cni("add", "net", ownNamespace, "--timeout", limit, "--json")
            #expect(added.json["error"]?["reason"]?.string == "timedOut", "\(added)")
            let story = try world.story()
            if limit != "60", story != ["ADD a", "DEL a"] { continue }
            #expect(story == ["ADD a", "DEL a"])
            return
        }
    }
}
