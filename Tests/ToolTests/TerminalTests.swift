// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Glibc
import LinuxCore
import Testing

@Suite(.needsTool)
struct TerminalTests {
    private let escape = "\u{1b}"

    @Test
    func `colours are for terminals whose users do not object`() throws {
        let world = try World("a")
        try world.configure("net", ["type": "a"])
        func screen(_ variables: [String: String]) throws -> String {
            let terminal = try Pseudoterminal(columns: 80)
            return try terminal.screen {
                try Tool.start(["networks"], world.environment(variables), output: terminal.path)
            }.text
        }
        #expect(try screen([:]).contains(escape))
        #expect(try screen(["NO_COLOR": ""]).contains(escape))
        #expect(try !screen(["NO_COLOR": "1"]).contains(escape))
        #expect(try !screen(["TERM": "dumb"]).contains(escape))
        #expect(try !world.cni("networks").output.contains(escape))
    }

    @Test
    func `progress is for terminals, on the standard error`() throws {
        let world = try World("a", "b")
        let terminal = try Pseudoterminal(columns: 80)
        let (text, outcome) = try terminal.screen {
            try Tool.start(["versions"], world.environment(), errors: terminal.path)
        }
        #expect(text.contains("1 of 2 plugins have answered"), "\(text)")
        #expect(text.hasSuffix("\(escape)[K"), "what is left is an empty line")
        #expect(outcome.lines.count == 3)
        #expect(try world.cni("versions").errors == "")
    }

    /// What a hostile file, plugin or name may try: colours, the window's title, the other control characters,
    /// a line of its own, the writing direction.
    private static let hostile =
        "a\u{1b}[31mb\u{1b}]0title\u{7}c\u{9b}2Jd\u{7f}e\u{202e}f\u{200b}g\u{2028}h\r\ni"

    @Test
    func `nothing from outside steers a terminal`() throws {
        let world = try World("a", "b")
        try world.configure("net", ["type": "a"], ["type": "b"])
        let hostile = JSON.string(Self.hostile)
        try world.play(
            "a", .add,
            [
                "stdout": .string(
                    JSON.object([
                        "cniVersion": "1.1.0", "interfaces": [["name": hostile, "sandbox": hostile]],
                        "dns": ["nameservers": [hostile]],
                    ]).serialized()), "stderr": hostile,
            ])
        var outcomes = [
            try world.cni(
                "add", "net", ownNamespace, "--container-id", "c1",
                environment: ["CNI_ARGS": "A=\(Self.hostile)"]),
            try world.cni("show", "c1"), try world.cni("show", "c1", "--json"), try world.cni("list"),
            try world.cni("show", Self.hostile), try world.cni("del", Self.hostile, Self.hostile),
            try world.cni("list", Self.hostile), try world.cni("validate", Self.hostile),
        ]
        try world.play(
            "b", .add, ["error": ["code": 100, "msg": hostile, "details": hostile], "stderr": hostile])
        try world.play("b", .status, ["error": ["code": 50, "msg": hostile]])
        try world.play("b", .version, ["error": ["code": 50, "msg": hostile]])
        try world.write("net.d/\u{1b}[2J.conflist", "{\"name\": \"x\", \"\(Self.hostile)\": \u{1b}\u{9b}}")
        try world.write("cache/results/\u{1b}[2J", "{}")
        for words in [
            ["add", "net", ownNamespace], ["status"], ["versions"], ["networks"], ["list"], ["validate"],
            ["gc"],
        ] {
            for more in [[], ["--json"]] {
                outcomes.append(try Tool.start(world.words(words + more), world.environment()).wait())
            }
        }
        for outcome in outcomes {
            for scalar in (outcome.output + outcome.errors).unicodeScalars where scalar != "\n" {
                if steersTerminals(scalar) {
                    Issue.record(
                        "U+\(String(scalar.value, radix: 16)) in \(outcome.json == .null ? "text" : "JSON")")
                }
            }
        }
        #expect(outcomes[0].status == 0, "\(outcomes[0])")
        #expect(outcomes[2].json["result"]?["dns"]?["nameservers"] == [hostile], "JSON has it whole")
    }

    private func steersTerminals(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
