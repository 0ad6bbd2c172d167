// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import Glibc
import NodeAgentCore
import NodeAgentTesting
import Testing

/// Files that agents keep, and files that they are given.
@Suite struct FileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func `a record is what was written last, and makes its folder`() throws {
        let record = RecordFile(path: "\(folder.path)/a/b/record.json")
        #expect(try record.read() == nil)
        #expect(try !record.remove())
        try record.write(Array(#"{"a":1}"#.utf8))
        try record.write(Array(#"{"a":2}"#.utf8), mode: 0o644, durably: false)
        #expect(try record.json() == ["a": 2])
        #expect(try record.remove())
        #expect(try record.json() == nil)
        #expect(folder.files().isEmpty)
    }

    @Test func `a record that somebody else can have written is not read`() throws {
        let path = try folder.write("record", "{}")
        let record = RecordFile(path: path)
        chmod(path, 0o600)
        #expect(try record.read() == Array("{}".utf8))
        for mode: mode_t in [0o620, 0o602] {
            chmod(path, mode)
            let error = #expect(throws: AgentError.self) { try record.read() }
            #expect(error?.code == .refused)
        }
        let link = "\(folder.path)/link"
        symlink(path, link)
        #expect(throws: AgentError.self) { try RecordFile(path: link).read() }
        let fifo = "\(folder.path)/fifo"
        mkfifo(fifo, 0o600)
        #expect(throws: AgentError.self) { try RecordFile(path: fifo).read() }
    }

    @Test func `a record that is no JSON is refused with its path`() throws {
        let record = RecordFile(path: "\(folder.path)/record")
        try record.write(Array("{".utf8))
        let error = #expect(throws: AgentError.self) { try record.json() }
        #expect(error?.code == .malformed)
        #expect(error?.message.hasPrefix("\(folder.path)/record: ") == true)
    }

    @Test func `an input may be a link, as those of Kubernetes' secrets are, and is no device`() throws {
        let path = try folder.write("password", "secret \r\nnext\n")
        let link = "\(folder.path)/link"
        symlink(path, link)
        #expect(try InputFile.firstLine(of: link) == "secret")
        let fifo = "\(folder.path)/fifo"
        mkfifo(fifo, 0o600)
        // Without waiting for somebody who writes.
        #expect(throws: AgentError.self) { try InputFile.content(of: fifo) }
        let error = #expect(throws: AgentError.self) { try InputFile.content(of: "/nowhere/x") }
        #expect(error == AgentError(.notConfigured, "/nowhere/x: cannot be read: No such file or directory"))
        #expect(throws: AgentError.self) { try InputFile.content(of: "/dev/zero") }
    }

    @Test func `pauses grow, and start over`() {
        var backoff = Backoff(from: .milliseconds(100), to: .milliseconds(300))
        for expected in [100, 200, 300, 300] {
            let delay = backoff.delay()
            #expect(delay >= .milliseconds(expected) * 0.75 && delay <= .milliseconds(expected) * 1.25)
        }
        backoff.reset()
        #expect(backoff.delay() <= .milliseconds(125))
    }
}
