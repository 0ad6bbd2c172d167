// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Testing

@Suite(.needsTool)
struct ValidateTests {
    private let file = "\(Tool.fixtures)/mistakes.conflist"

    @Test
    func `each mistake has its place, its line and a caret`() throws {
        let world = try World("bridge", "host-local")
        let validated = try world.cni("validate", file, environment: ["COLUMNS": "80"])
        #expect(validated.status == 1)
        #expect(validated.errors == "")
        #expect(
            validated.lines == [
                "\(file):7:4: warning: plugins[0].brigde: no plugin here reads this key; did you mean \"bridge\"?",
                #"     "brigde": "cni0","#,
                #"     ^"#,
                "\(file):8:11: error: plugins[0].mtu: expected an integer, found a string",
                #"     "mtu": "1500","#,
                #"            ^"#,
                "\(file):9:60: error: plugins[0].ipam.ranges[0][0].subnet: \"10.1.0.0/33\" is not a network",
                #"   "ipam": { "type": "host-local", "ranges": [[{ "subnet": "10.1.0.0/33" }]] }"#,
                #"                                                           ^"#,
            ], "\(validated)")
    }

    @Test
    func `the overlay's plugin is known, with its own keys and the bridge's`() throws {
        let world = try World("vxlan", "host-local")
        try world.configure(
            "pods", ["type": "vxlan", "subnetFil": "/run/x", "hairpinMode": true, "ipMasq": true])
        let validated = try world.cni("validate", "--json")
        let found = validated.json["files"]?.array?.first?["diagnostics"]?.array ?? []
        #expect(
            found.map { $0["path"]?.string } == ["plugins[0].ipMasq", "plugins[0].subnetFil"], "\(validated)")
        #expect(validated.json["errors"]?.int == 1)
    }

    @Test
    func `JSON has the same`() throws {
        let world = try World("bridge", "host-local")
        let validated = try world.cni("validate", file, "--json")
        #expect(validated.status == 1)
        #expect(validated.json["errors"]?.int == 2)
        #expect(validated.json["warnings"]?.int == 1)
        let found = validated.json["files"]?.array?.first
        #expect(found?["file"]?.string == file)
        #expect(
            found?["diagnostics"]?.array?.first == [
                "severity": "warning", "path": "plugins[0].brigde", "line": 7, "column": 4,
                "message": "no plugin here reads this key", "suggestion": "bridge",
            ])
    }

    @Test
    func `without files those of the configuration folder are read, and warnings are no failure`() throws {
        let world = try World("bridge")
        try world.configure("net", ["type": "bridge", "brigde": "x"])
        try world.configure("fine", ["type": "bridge"])
        let validated = try world.cni("validate")
        #expect(validated.status == 0, "\(validated)")
        #expect(validated.lines.first == "\(world.networks)/fine.conflist: no mistakes")
        #expect(validated.output.contains("\(world.networks)/net.conflist:6:7: warning: "), "\(validated)")
        try world.write("net.d/y.conflist", "{")
        #expect(try world.cni("validate").status == 1)
    }

    @Test
    func `- reads standard input`() throws {
        let world = try World()
        let validated = try world.cni("validate", "-", input: "{\n  oops\n}")
        #expect(validated.status == 1)
        #expect(validated.lines.first?.hasPrefix("/dev/stdin:2:3: error: ") == true, "\(validated)")
        #expect(Array(validated.lines.dropFirst()) == ["    oops", "    ^"], "\(validated)")
    }

    @Test
    func `missing plugins are reported where a plugin folder is named`() throws {
        let world = try World()
        try world.configure("net", ["type": "bridge"])
        let validated = try world.cni("validate", "\(world.networks)/net.conflist")
        #expect(
            validated.output.contains("no executable plugin \"bridge\" in \(world.plugins)"), "\(validated)")
    }

    @Test
    func `a file that cannot be read is a failure`() throws {
        let world = try World()
        let validated = try world.cni("validate", "\(world.networks)/none.conflist", "--json")
        #expect(validated.status == 1)
        #expect(
            validated.json["error"]?["message"]?.string
                == "open \(world.networks)/none.conflist: No such file or directory", "\(validated)")
        #expect(try world.cni("validate").errors.contains("there are no networks in \(world.networks)"))
    }
}
