// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Logging
import NodeAgent
import Synchronization
import Testing

/// Log lines as an operator and a collector of logs read them.
@Suite struct LogTests {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
        var last: String { all.withLock { $0.last ?? "" } }
    }

    private func logger(_ format: LogFormat, _ level: Logger.Level = .info) -> (Logger, Lines) {
        let lines = Lines()
        let logger = Logger(label: "vpc-agent") { label in
            AgentLogHandler(label: label, level: level, format: format) { line in
                lines.all.withLock { $0.append(line) }
            }
        }
        return (logger, lines)
    }

    @Test func `the message comes first, then what goes with it, sorted`() throws {
        var (logger, lines) = logger(.text)
        logger[metadataKey: "node"] = "node1"
        logger.warning(
            "store does not answer", metadata: ["reason": "no answer within 10 s", "attempt": "3"])
        let line = lines.last
        #expect(line.wholeMatch(of: /20[0-9-]+T[0-9:]+Z warning .*\n/) != nil, "\(line)")
        #expect(
            line.hasSuffix(
                " warning store does not answer attempt=3 node=node1 reason=\"no answer within 10 s\"\n"))
    }

    @Test func `what others send makes no line of its own`() {
        let (logger, lines) = logger(.text)
        logger.error("bad\nlevel\u{1b}[31m", metadata: ["said": "a\n2026 error \"x\"", "none": ""])
        #expect(lines.last.filter(\.isNewline).count == 1)
        #expect(
            lines.last.contains(#" error bad\nlevel [31m none="" said="a\n2026 error \"x\"""#),
            "\(lines.last)")
    }

    @Test func `JSON has the message, and each value under its key`() throws {
        let (logger, lines) = logger(.json)
        logger.notice(
            "attached",
            metadata: ["eni": "eni-1", "message": "other", "list": ["a", "b"], "map": ["k": "v"]])
        let json = try JSON(parsing: lines.last)
        #expect(json["message"] == "attached" && json["level"] == "notice" && json["logger"] == "vpc-agent")
        #expect(json["eni"] == "eni-1" && json["message_"] == "other")
        #expect(json["list"] == ["a", "b"] && json["map"] == ["k": "v"])
        #expect(json["time"]?.string?.hasSuffix("Z") == true)
    }

    @Test func `what is below the level is not written`() {
        let (logger, lines) = logger(.text, .warning)
        logger.info("nothing")
        #expect(lines.last.isEmpty)
        logger.warning("something")
        #expect(lines.last.hasSuffix(" warning something\n"))
    }
}
