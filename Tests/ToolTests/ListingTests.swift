// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import Glibc
import Testing

@Suite(.needsTool)
struct ListingTests {
    @Test
    func `where nothing is attached, list says so`() throws {
        let world = try World()
        let listed = try world.cni("list")
        #expect(listed.status == 0)
        #expect(listed.output == "nothing is attached, as far as \(world.cache) knows\n")
        #expect(try world.cni("list", "--json").json == ["attachments": [], "problems": []])
    }

    @Test
    func `attachments are a table, with addresses and with what became of the namespace`() throws {
        let world = try World("a")
        try world.configure("net", ["type": "a"])
        let id = String(repeating: "0123456789abcdef", count: 4)
        try world.play(
            "a", .add,
            [
                "stdout": .string(
                    #"{"cniVersion":"1.1.0","interfaces":[{"name":"eth0","sandbox":"/x"}],"ips":[{"address":"10.1.0.2/24","interface":0}]}"#
                )
            ])
        #expect(try world.cni("add", "net", ownNamespace, "--container-id", id).status == 0)
        let listed = try world.cni("list")
        #expect(
            listed.lines == [
                "NETWORK  CONTAINER     INTERFACE  ADDRESSES    NAMESPACE",
                "net      0123456789ab  eth0       10.1.0.2/24  \(ownNamespace)",
            ], "\(listed)")
        let attachment = try world.cni("ls", "--json").json["attachments"]?.array?.first
        #expect(attachment?["containerID"]?.string == id)
        #expect(attachment?["namespaceExists"]?.bool == true)
        #expect(attachment?["addresses"]?.strings == ["10.1.0.2/24"])
    }

    @Test
    func `a damaged file is listed and is a problem`() throws {
        let world = try World()
        try world.write("cache/results/net-x-eth0", "")
        let listed = try world.cni("list")
        #expect(listed.status == 1)
        #expect(listed.errors.hasPrefix("damaged: \(world.cache)/results/net-x-eth0: "), "\(listed)")
        let json = try world.cni("list", "--json")
        #expect(json.status == 1)
        #expect(json.json["problems"]?.array?.first?["path"]?.string == "\(world.cache)/results/net-x-eth0")
    }

    @Test
    func `an attachment is shown by its name, or by the start of its container's`() throws {
        let world = try World("a")
        try world.configure("net", ["type": "a"])
        let variables = ["CNI_ARGS": "A=1", "CAP_ARGS": #"{"mac": "02:00:00:00:00:01"}"#]
        for id in ["abc1", "abd2"] {
            #expect(
                try world.cni("add", "net", ownNamespace, "--container-id", id, environment: variables)
                    .status == 0)
        }
        for name in ["abc1", "abc", "net/abc1/eth0", "net/abc/eth0"] {
            let shown = try world.cni("show", name)
            #expect(shown.status == 0, "\(shown)")
            #expect(shown.lines.first == "net/abc1/eth0")
        }
        let shown = try world.cni("show", "abc")
        for fact in [
            "namespace     \(ownNamespace) (exists)", "arguments     A=1",
            #"capabilities  {"mac":"02:00:00:00:00:01"}"#, "plugins       a", "versions      1.1.0",
            "file          \(world.cache)/results/net-abc1-eth0", "interface     a, on the host",
        ] { #expect(shown.lines.contains("  \(fact)"), "\(fact)\n\(shown)") }
        let json = try world.cni("show", "abc", "--json").json
        #expect(json["configuration"]?["plugins"] == [["type": "a"]])
        #expect(json["result"]?["interfaces"] == [["name": "a"]])
        #expect(json["arguments"] == [["key": "A", "value": "1"]])
        #expect(json["file"]?.string == "\(world.cache)/results/net-abc1-eth0")
    }

    @Test
    func `a name of several attachments is refused with all of theirs`() throws {
        let world = try World("a")
        try world.configure("net", ["type": "a"])
        for id in ["abc1", "abd2"] {
            #expect(try world.cni("add", "net", ownNamespace, "--container-id", id).status == 0)
        }
        let shown = try world.cni("show", "ab")
        #expect(shown.status == 1)
        #expect(shown.errors.contains("  net/abc1/eth0\n  net/abd2/eth0\n"), "\(shown)")
        for name in ["x", "net/x/eth0", "net/abc1/eth1", "a/b"] {
            #expect(try world.cni("show", name).status == 1)
        }
    }

    @Test
    func `networks are listed with their plugins, and files that cannot be used`() throws {
        let world = try World("bridge")
        try world.configure("net", ["type": "bridge", "ipam": ["type": "host-local"]])
        try world.write("net.d/x.conflist", "{")
        let listed = try world.cni("networks")
        #expect(listed.status == 1)
        #expect(
            listed.lines == [
                "NETWORK  VERSIONS  PLUGINS              FILE",
                "net      1.1.0     bridge (host-local)  \(world.networks)/net.conflist",
            ], "\(listed)")
        #expect(
            listed.errors.contains("problem: \(world.networks)/net.conflist: no plugin host-local\n"),
            "\(listed)")
        #expect(listed.errors.contains("problem: \(world.networks)/x.conflist: "), "\(listed)")
        let json = try world.cni("networks", "--json").json
        #expect(
            json["networks"] == [
                [
                    "name": "net", "file": .string("\(world.networks)/net.conflist"), "additions": [],
                    "versions": ["1.1.0"], "plugins": [["type": "bridge", "ipam": "host-local"]],
                    "missingPlugins": ["host-local"],
                ]
            ])
        #expect(json["problems"]?.array?.count == 1)
    }

    @Test
    func `networks of which nothing is wrong are no problem`() throws {
        let world = try World("a")
        #expect(try world.cni("networks").output == "no networks in \(world.networks)\n")
        try world.configure("net", ["type": "a"])
        #expect(try world.cni("networks").status == 0)
    }

    @Test(arguments: ["networks", "status", "gc", "validate"])
    func `a folder that is not there is a failure that names it`(verb: String) throws {
        let world = try World("a")
        let outcome = try world.cni(verb, environment: ["NETCONFPATH": "\(world.folder.path)/none"])
        #expect(outcome.status == 1, "\(outcome)")
        #expect(outcome.errors.contains("\(world.folder.path)/none"), "\(outcome)")
    }

    @Test
    func `each plugin is asked which versions it speaks`() throws {
        let world = try World("a", "b", "c")
        try world.play(
            "b", .version, ["stdout": .string(#"{"cniVersion":"0.4.0","supportedVersions":["0.4.0"]}"#)])
        try world.play("c", .version, ["status": 1])
        try world.configure("net", ["type": "a", "ipam": ["type": "c"]])
        try world.write("bin/README", "no plugin")
        let asked = try world.cni("versions", "--plugin-path", "\(world.plugins):/nowhere")
        #expect(asked.status == 1)
        #expect(
            asked.lines.map { $0.split(separator: " ").map(String.init) } == [
                ["PLUGIN", "VERSIONS", "FILE"],
                ["a", "0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0", "\(world.plugins)/a"],
                ["b", "0.4.0", "\(world.plugins)/b"],
            ], "\(asked)")
        #expect(asked.errors.contains("problem: \(world.plugins)/c: "), "\(asked)")
        #expect(asked.errors.contains("/nowhere"), "\(asked)")
        let json = try world.cni("versions", "--json").json
        #expect(
            json["plugins"]?.array?.map { $0["versions"]?.strings.count } == [7, 1, nil], "\(json)")
        #expect(json["plugins"]?.array?.last?["error"]?["reason"]?.string == "failed")
    }

    @Test(arguments: ["exit 64", "echo usage: agent; exit 1", "echo rubbish", "true"])
    func `a program that is no plugin is named, and is no error unless a network names it`(script: String)
        throws
    {
        let world = try World("a")
        try world.write("bin/agent", "#!/bin/sh\n\(script)\n")
        #expect(chmod("\(world.plugins)/agent", 0o755) == 0)
        let asked = try world.cni("versions")
        #expect(asked.status == 0 && asked.lines.count == 2, "\(asked)")
        let words = "note: \(world.plugins)/agent is no plugin, and no network names it: "
        #expect(asked.errors.contains(words) && !asked.errors.contains("problem"), "\(asked)")
        let json = try world.cni("versions", "--json").json
        #expect(json["plugins"]?.array?.map { $0["plugin"]?.string } == ["a"], "\(json)")
        #expect(json["others"]?.array?.map { $0["plugin"]?.string } == ["agent"], "\(json)")
        #expect(json["others"]?.array?.first?["error"]?["message"] != nil, "\(json)")
        try world.configure("net", ["type": "agent"])
        let named = try world.cni("versions")
        #expect(named.status == 1 && named.errors.contains("problem: \(world.plugins)/agent: "), "\(named)")
        #expect(try world.cni("versions", "--config-dir", "/nowhere").status == 0)
    }

    @Test
    func `a plugin that crashes or refuses is a problem, although no network names it`() throws {
        let world = try World("a", "b")
        try world.play("a", .version, ["signal": 11])
        try world.play("b", .version, ["error": ["code": 4, "msg": "no"]])
        let asked = try world.cni("versions")
        #expect(asked.status == 1, "\(asked)")
        for name in ["a", "b"] {
            #expect(asked.errors.contains("problem: \(world.plugins)/\(name): "), "\(asked)")
        }
    }

    @Test
    func `a plugin that does not answer is not waited for, and others are asked meanwhile`() throws {
        let names = ["a", "b", "c", "d", "e", "f"]
        let world = try World("a", "b", "c", "d", "e", "f", "fine")
        // One after the other they would take a minute and a half.
        for name in names { try world.play(name, .version, ["sleep": 600_000]) }
        let clock = ContinuousClock()
        let start = clock.now
        let asked = try world.cni("versions", "--timeout", "15", "--json")
        #expect(start.duration(to: clock.now) < .seconds(90))
        let answers = try #require(asked.json["plugins"]?.array)
        #expect(answers.filter { $0["error"]?["reason"]?.string == "timedOut" }.count == 6)
        #expect(answers.filter { $0["versions"] != nil }.map { $0["plugin"]?.string } == ["fine"])
    }

    @Test
    func `a network that is ready may have attachments that are not well, which status says`() throws {
        let world = try World("a")
        try world.configure("net", ["type": "a"])
        for id in ["one", "two"] {
            #expect(try world.cni("add", "net", ownNamespace, "--container-id", id).status == 0)
        }
        #expect(try world.cni("status").output == "net: ready\n")
        try world.play("a", .check, ["error": ["code": 101, "msg": "not well", "details": "missing: all"]])
        let asked = try world.cni("status", "net")
        guard geteuid() == 0 else { return }
        #expect(asked.status == 1 && asked.output == "net: ready, 2 attachments differ\n", "\(asked)")
        for words in ["  net/one/eth0: not well\n    missing: all\n", "hint: `cni repair net` "] {
            #expect(asked.errors.contains(words), "\(asked)")
        }
        let json = try world.cni("status", "--json").json["networks"]?.array?.first
        #expect(json?["isReady"]?.bool == true)
        #expect(json?["attachments"]?.array?.map { $0["containerID"]?.string } == ["one", "two"])
        // What could not be found out is said, and is no fault.
        try world.play("a", .check, ["signal": 9])
        let unknown = try world.cni("status", "net")
        #expect(unknown.status == 0 && unknown.output == "net: ready\n", "\(unknown)")
        #expect(
            unknown.errors.contains("2 attachments of network \"net\" could not be checked"), "\(unknown)")
    }

    @Test
    func `status is ready or says what is not`() throws {
        let world = try World("a", "b")
        try world.configure("one", ["type": "a"])
        try world.configure("two", ["type": "b"])
        #expect(try world.cni("status").output == "one: ready\ntwo: ready\n")
        try world.play("b", .status, ["error": ["code": 50, "msg": "no addresses"]])
        let asked = try world.cni("status")
        #expect(asked.status == 1)
        #expect(asked.output == "one: ready\ntwo: not ready\n")
        #expect(asked.errors.contains("plugin \"b\": no addresses\n"), "\(asked)")
        // As cnitool has it.
        #expect(try world.cni("status", "one", ownNamespace).status == 0)
        let json = try world.cni("status", "two", "--json")
        #expect(json.status == 1)
        let network = json.json["networks"]?.array?.first
        #expect(network?["isReady"]?.bool == false)
        #expect(network?["error"]?["code"]?.int == 50)
    }
}
