// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import LinuxCore
import ReferencePlugins
import Testing

/// Documentation/ReferencePlugins.md against the keys that the plugins read.
@Suite struct ReferenceKeyTests {
    /// The project's own plugins, which have no counterpart.
    private static let own = ["vxlan", "vpc-eni"]
    private static let words = ["same", "better", "other", "more", "absent"]

    /// The page's sections by their titles, each with its rows: a key and the word beside it.
    private static func sections() throws -> [(name: String, rows: [(key: String, word: String)])] {
        let source = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let page = try File.read("/\(source)/Documentation/ReferencePlugins.md")
        return String(decoding: page, as: UTF8.self).split(separator: "\n## ").dropFirst().map { section in
            let lines = section.split(separator: "\n")
            let rows = lines.filter { $0.hasPrefix("| `") }.map { line in
                let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
                    $0.trimmingPrefix { $0 == " " }.prefix { $0 != " " }
                }
                return (key: String(cells[1].dropFirst().dropLast()), word: String(cells[2]))
            }
            return (String(lines.first ?? ""), rows)
        }
    }

    private static func covers(_ row: String, _ key: String) -> Bool {
        key == row || key.hasPrefix(row + ".") || key.hasPrefix(row + "[")
    }

    @Test(arguments: ReferencePlugins.all.names.filter { !own.contains($0) })
    func `every key that a plugin reads is in the comparison, and no other`(name: String) throws {
        let section = try #require(try Self.sections().first { $0.name == name }, "no section for \(name)")
        let plugin = try #require(ReferencePlugins.all.all.first { $0.name == name })
        let keys = plugin.keys ?? []
        for key in keys {
            #expect(section.rows.contains { Self.covers($0.key, key) }, "\(key) is not compared")
        }
        for row in section.rows {
            #expect(Self.words.contains(row.word), "\(row.key): \"\(row.word)\"")
            #expect(keys.contains { Self.covers(row.key, $0) }, "\(row.key) is read by nobody")
        }
    }
}
