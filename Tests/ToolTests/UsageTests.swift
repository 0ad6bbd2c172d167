// SPDX-License-Identifier: Apache-2.0

import CNITypes
import LinuxCore
import Testing

@Suite(.needsTool)
struct UsageTests {
    static let commands = [
        "add", "check", "del", "gc", "status", "list", "show", "networks", "versions", "validate", "draw",
        "doctor",
    ]

    @Test
    func `the tool's help has every command, and fits 80 columns`() throws {
        let world = try World()
        let help = try world.cni("--help", environment: ["COLUMNS": "80"])
        #expect(help.status == 0)
        for command in Self.commands {
            #expect(help.lines.contains { $0.hasPrefix("  \(command)") }, "\(command)\n\(help)")
        }
        #expect(help.lines.allSatisfy { $0.count <= 80 }, "\(help)")
    }

    @Test(arguments: commands)
    func `each command's help has an example`(command: String) throws {
        let world = try World()
        let help = try world.cni(command, "--help", environment: ["COLUMNS": "80"])
        #expect(help.status == 0)
        #expect(help.output.hasPrefix("OVERVIEW: "), "\(help)")
        #expect(help.lines.contains { $0.contains("  ") && $0.contains("cni \(command)") }, "\(help)")
        #expect(help.output.contains("--json"))
        #expect(help.lines.allSatisfy { $0.count <= 80 }, "\(help)")
    }

    @Test
    func `the documentation names no option that there is not`() throws {
        let world = try World()
        func names(_ command: JSON?) -> Set<String> {
            var found: Set<String> = []
            for name in (command?["arguments"]?.array ?? []).flatMap({ $0["names"]?.array ?? [] })
            where name["kind"] == "long" {
                found.insert("--\(name["name"]?.string ?? "")")
            }
            for subcommand in command?["subcommands"]?.array ?? [] { found.formUnion(names(subcommand)) }
            return found
        }
        // The parser itself lists them.
        let known = names(try world.cni("--experimental-dump-help").json["command"])
        #expect(known.count > 15)
        for name in known {
            #expect(!name.dropFirst(2).split(separator: "-").contains { $0.count == 1 }, "\(name)")
        }
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let page = String(decoding: try File.read("/\(root)/Documentation/Tool.md"), as: UTF8.self)
        let documented = Set(page.matches(of: /--[a-z][a-z0-9-]*/).map { String($0.output) })
        // The parser's own.
        #expect(documented.subtracting(known).subtracting(["--generate-completion-script"]) == [])
    }

    @Test(arguments: [
        ["add"], ["add", "net"], ["frobnicate"], ["list", "--frobnicate"], ["draw", "--svg"],
        ["draw", "--width", "0"], ["versions", "--timeout", "x"],
        ["add", "net", "/x", "--timeout", "-1"], ["show"],
    ])
    func `a wrong command line is the status 64`(words: [String]) throws {
        let world = try World()
        let outcome = try Tool.start(words, world.environment()).wait()
        #expect(outcome.status == 64, "\(outcome)")
        #expect(outcome.errors.contains("Usage: cni") || outcome.errors.contains("Usage: "), "\(outcome)")
    }

    @Test
    func `a wrong command line is a JSON object for those who want JSON`() throws {
        let world = try World()
        for words in [["versions", "--json", "--svg"], ["draw", "--svg", "x", "--json"]] {
            let outcome = try Tool.start(words, world.environment()).wait()
            #expect(outcome.status == 64)
            #expect(outcome.json["error"]?["message"]?.string?.contains("--svg") == true, "\(outcome)")
            #expect(outcome.json["error"]?["reason"]?.string == "usage", "\(outcome)")
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `shells get completions`(shell: String) throws {
        let world = try World()
        let script = try world.cni("--generate-completion-script", shell)
        #expect(script.status == 0)
        for command in Self.commands { #expect(script.output.contains(command)) }
    }

    @Test
    func `networks and attachments complete by their names`() throws {
        let world = try World("a")
        try world.configure("net", ["type": "a"])
        try world.configure("lan", ["type": "a"])
        #expect(try world.cni("add", "net", ownNamespace, "--container-id", "c1").status == 0)
        let networks = try world.cni("---completion", "add", "--", "positional@0", "2", "0", "cni", "add", "")
        #expect(networks.lines == ["lan", "net"], "\(networks)")
        let shown = try world.cni(
            "---completion", "show", "--", "positional@0", "4", "0", "cni", "show", "--cache-dir",
            world.cache, "")
        #expect(shown.lines == ["net/c1/eth0"], "\(shown)")
    }

    @Test
    func `the version is a number`() throws {
        let version = try World().cni("--version")
        #expect(version.status == 0)
        #expect(version.lines.count == 1)
        #expect(version.output.first?.isNumber == true, "\(version)")
    }
}
