// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import Glibc
import LinuxCore
import TestSupport
import Testing

@Suite(.needsTool, .needsNamespaces)
struct DrawTests {
    /// Runs `cni draw` in a namespace of its own.
    private func draw(
        _ words: String..., environment: [String: String] = [:], output: String? = nil
    ) throws -> (world: World, outcome: Tool.Outcome) {
        let world = try World()
        let network = try TestNetwork()
        let words = world.words(["draw"] + words)
        let outcome = try network.run {
            try Tool.start(words, world.environment(environment), output: output)
        }.wait()
        return (world, outcome)
    }

    @Test
    func `the picture has line drawing characters where the locale has UTF-8`() throws {
        #expect(try draw().outcome.output.contains("─"))
        #expect(try draw(environment: ["LC_ALL": "de_DE.utf8"]).outcome.output.contains("─"))
        for (words, locale) in [([], "C"), ([], "en_US.ISO-8859-1"), (["--ascii"], "C.UTF-8")]
            as [([String], String)]
        {
            let world = try World()
            let network = try TestNetwork()
            let outcome = try network.run {
                try Tool.start(
                    world.words(["draw"] + words), world.environment(["LC_ALL": locale]))
            }.wait()
            #expect(outcome.output.contains("+-"), "\(locale): \(outcome)")
            #expect(outcome.output.utf8.allSatisfy { $0 < 0x80 }, "\(locale): \(outcome)")
        }
    }

    @Test
    func `LANG counts where nothing else is set`() throws {
        for (variables, isUnicode) in [
            (["LANG": "C.UTF-8"], true), (["LANG": "C.UTF-8", "LC_CTYPE": "C"], false),
            (["LANG": "C", "LC_CTYPE": "C.UTF-8"], true), ([:], false),
        ] {
            let outcome = try draw(environment: variables.merging(["LC_ALL": ""]) { $1 }).outcome
            #expect(outcome.output.contains("─") == isUnicode, "\(variables): \(outcome)")
        }
    }

    @Test
    func `it fits the terminal, which COLUMNS overrides`() throws {
        for (variables, width) in [([:], 44), (["COLUMNS": "60"], 60)] as [([String: String], Int)] {
            let terminal = try Pseudoterminal(columns: 44)
            let world = try World()
            let network = try TestNetwork()
            let (text, _) = try terminal.screen {
                try network.run {
                    try Tool.start(
                        world.words(["draw"]), world.environment(variables.merging(["NO_COLOR": "1"]) { $1 }),
                        output: terminal.path)
                }
            }
            #expect(text.split(separator: "\n").allSatisfy { $0.unicodeScalars.count <= width }, "\(text)")
        }
    }

    @Test
    func `SVG goes into a file that is replaced as a whole, or to the standard output`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/network.svg"
        try File.replace(path, Array("old".utf8), mode: 0o600)
        let drawn = try draw("--svg", path).outcome
        #expect(drawn.status == 0, "\(drawn)")
        #expect(drawn.output == "")
        let text = String(decoding: try File.read(path), as: UTF8.self)
        #expect(text.hasPrefix("<?xml") && text.hasSuffix("</svg>\n"))
        #expect(try Directory.names(in: folder.path) == ["network.svg"])
        #expect(try draw("--svg", "-").outcome.output.hasPrefix("<?xml"))
        let failed = try draw("--svg", "\(folder.path)/none/network.svg").outcome
        #expect(failed.status == 1)
        #expect(failed.errors == "error: write \(folder.path)/none/network.svg: No such file or directory\n")
    }

    @Test
    func `programs get the whole in JSON`() throws {
        let json = try draw("--json").outcome.json
        let node = json["nodes"]?.array?.first
        #expect(node?["namespaces"]?.array?.first?["links"]?.array?.first?["name"]?.string == "lo", "\(json)")
    }
}
