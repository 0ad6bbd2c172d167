// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import LinuxCore
import Testing
import Validation

@Suite struct SourceTextTests {
    @Test(arguments: [
        ("{\n  \"name\": []\n}", "  \"name\": []", 10),
        ("{\"ä\": 1, \"name\": []}", "{\"ä\": 1, \"name\": []}", 17),
    ])
    func `a mistake's place is a line and a number of characters`(
        text: String, line: String, offset: Int
    ) throws {
        let source = SourceText(path: "x", bytes: Array(text.utf8))
        let found = try #require(Validator.ours.diagnostics(of: text).first { $0.path == "name" }?.position)
        let (shown, before) = try #require(source.line(at: found))
        #expect(shown == line)
        #expect(before == offset)
    }

    @Test func `of a line that is very long, what is around the place is shown`() throws {
        let filling = String(repeating: "ä", count: 20_000)
        let text = "{\n\"_\": \"\(filling)\", \"name\": [], \"_\": \"\(filling)\"}"
        let source = SourceText(path: "x", bytes: Array(text.utf8))
        let found = try #require(Validator.ours.diagnostics(of: text).first { $0.path == "name" }?.position)
        #expect(found.line == 2)
        let (shown, before) = try #require(source.line(at: found))
        #expect(shown.utf8.count < 10_000 && !shown.unicodeScalars.contains("\u{fffd}"))
        #expect(Array(shown.unicodeScalars)[before] == "[")
    }

    @Test func `a place behind the text has no line`() throws {
        let bytes = Array("a\nb".utf8)
        let far = TextPosition(offset: 6, in: Array("\n\n\n\n\n\n".utf8))
        #expect(SourceText(path: "x", bytes: bytes).line(at: far) == nil)
    }

    @Test func `a file is read, or the reason is reported`() throws {
        let folder = try TemporaryFolder()
        try File.replace("\(folder.path)/a", Array("text".utf8), mode: 0o600)
        #expect(try SourceText(reading: "\(folder.path)/a").bytes == Array("text".utf8))
        #expect(throws: CNIError(.ioFailure, "open \(folder.path)/b: No such file or directory")) {
            try SourceText(reading: "\(folder.path)/b")
        }
    }
}
