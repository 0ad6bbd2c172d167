// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import Testing

@testable import Topology

@Suite("Texts from outside")
struct HostileTextTests {
    @Test func `nothing that is not printable reaches the terminal`() {
        var random = RandomNode(Seeded(8))
        for round in 0..<25 {
            let node = random.make()
            let text = node.terminalPicture(TerminalOptions(width: 100))
            let bad = text.unicodeScalars.filter { !$0.isPrintable && $0 != "\n" && !Self.lines.contains($0) }
            #expect(bad.isEmpty, "round \(round), TEST_SEED=\(Seeded.seed)")
        }
    }

    private static let lines = Set("│─┌┐└┘├┤┬┴┼━┃┏┓┗┛┯".unicodeScalars)

    @Test func `with colours the only control sequences are those for colours`() {
        var random = RandomNode(Seeded(9))
        for round in 0..<25 {
            let node = random.make()
            let plain = node.terminalPicture(TerminalOptions(width: 100))
            let colored = node.terminalPicture(TerminalOptions(width: 100, isColored: true))
            var rest = colored[...]
            var stripped = ""
            while let start = rest.firstIndex(of: "\u{1b}") {
                stripped += rest[..<start]
                rest = rest[start...]
                let end = rest.firstIndex(of: "m") ?? rest.endIndex
                let sequence = rest[..<end]
                #expect(
                    sequence.hasPrefix("\u{1b}[")
                        && sequence.dropFirst(2).allSatisfy { "0123456789;".contains($0) },
                    "round \(round), TEST_SEED=\(Seeded.seed)")
                rest = rest[end...].dropFirst()
            }
            #expect(stripped + rest == plain, "round \(round), TEST_SEED=\(Seeded.seed)")
        }
    }

    @Test func `ASCII pictures are ASCII, and else the same`() {
        var random = RandomNode(Seeded(10))
        for round in 0..<25 {
            let node = random.make()
            let text = node.terminalPicture(TerminalOptions(width: 90, isASCII: true))
            let other = node.terminalPicture(TerminalOptions(width: 90))
            #expect(
                text.utf8.allSatisfy { $0 < 0x7f && ($0 >= 0x20 || $0 == 0x0a) }, "TEST_SEED=\(Seeded.seed)")
            #expect(
                text.split(separator: "\n").map(\.count)
                    == other.split(separator: "\n").map(\.unicodeScalars.count),
                "round \(round), TEST_SEED=\(Seeded.seed)")
        }
    }

    @Test func `every SVG file is well-formed XML`() {
        var random = RandomNode(Seeded(11))
        for round in 0..<25 {
            let node = random.make()
            let fault = XMLCheck.fault(in: node.svg())
            #expect(fault == nil, "round \(round), TEST_SEED=\(Seeded.seed)")
        }
    }

    @Test func `JSON is valid and has no control characters`() throws {
        var random = RandomNode(Seeded(12))
        for _ in 0..<25 {
            let node = random.make()
            let text = JSON(Cluster([node])).serialized()
            let isClean = text.unicodeScalars.allSatisfy {
                $0.value >= 0x20 && !(0x7f..<0xa0).contains($0.value)
            }
            #expect(isClean, "TEST_SEED=\(Seeded.seed)")
            let parsed = try JSON(parsing: Array(text.utf8))
            let namespaces = parsed["nodes"]?.array?.first?["namespaces"]?.array
            #expect(namespaces?.count == node.namespaces.count, "TEST_SEED=\(Seeded.seed)")
        }
    }

    @Test(arguments: [
        ("\u{1b}[31mred", "\u{fffd}[31mred"), ("a\u{202e}b", "a\u{fffd}b"), ("e\u{301}", "e\u{fffd}"),
        ("tab\t\u{7f}\u{9b}", "tab\u{fffd}\u{fffd}\u{fffd}"), ("Grüße", "Grüße"), ("\u{fffe}", "\u{fffd}"),
    ])
    func `a text is made printable`(_ text: String, _ expected: String) {
        #expect(Array(text.printable.unicodeScalars) == Array(expected.unicodeScalars))
    }

    @Test func `a long name keeps its ends, a long hexadecimal number its beginning`() {
        #expect("abcdefghij".shortened(to: 10) == "abcdefghij")
        #expect("abcdefghijk".shortened(to: 10) == "abcde…hijk")
        #expect(String(repeating: "0123456789abcdef", count: 4).shortened(to: 28) == "0123456789ab")
        #expect("abc".cut(to: 2) == "a…")
    }

    @Test func `numbers in names are sorted by their values`() {
        let names = ["pod10", "pod2", "pod", "pod02b", "a", "pod1"].sorted { $0.isNaturallyBefore($1) }
        #expect(names == ["a", "pod", "pod1", "pod2", "pod02b", "pod10"])
    }
}

/// As much of an XML parser as it takes to tell that a file of ours is no file of somebody else's.
enum XMLCheck {
    static func fault(in text: String) -> String? {
        guard text.hasPrefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") else { return "no declaration" }
        var rest = text.drop { $0 != "\n" }
        var open: [Substring] = []
        while let start = rest.firstIndex(of: "<") {
            if let fault = faultOfText(rest[..<start]) { return fault }
            guard let end = rest[start...].firstIndex(of: ">") else { return "tag without end" }
            let tag = rest[rest.index(after: start)..<end]
            rest = rest[rest.index(after: end)...]
            if tag.hasPrefix("/") {
                guard open.popLast() == tag.dropFirst() else { return "\(tag) ends something else" }
            } else {
                if tag.split(separator: "\"", omittingEmptySubsequences: false).count % 2 == 0 {
                    return "quotes: \(tag)"
                }
                if let fault = faultOfText(tag) { return fault }
                if !tag.hasSuffix("/") { open.append(tag.prefix { $0 != " " }) }
            }
        }
        return open.isEmpty ? faultOfText(rest) : "\(open) is open"
    }

    private static func faultOfText(_ text: Substring) -> String? {
        let isClean = text.unicodeScalars.allSatisfy { $0.isPrintable || $0 == "\n" }
        if !isClean { return "control characters" }
        for part in text.split(separator: "&", omittingEmptySubsequences: false).dropFirst()
        where !["amp;", "lt;", "gt;", "quot;", "#39;"].contains(where: { part.hasPrefix($0) }) {
            return "&\(part)"
        }
        return nil
    }
}
