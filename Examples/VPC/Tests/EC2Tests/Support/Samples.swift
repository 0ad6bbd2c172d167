// SPDX-License-Identifier: Apache-2.0

import EC2
import Logging
import Synchronization

extension EC2Client {
    /// A client of a server that a test has started.
    static func of(
        _ url: String, credentials: CredentialsCache? = nil, time: Timekeeper = .quick,
        logger: Logger = .silent, _ change: (inout Configuration) -> Void = { _ in }
    ) throws -> EC2Client {
        guard let endpoint = Endpoint(url: url) else { throw TestFailure("not a URL: \(url)") }
        var configuration = Configuration(region: "us-east-1", endpoint: endpoint)
        change(&configuration)
        return EC2Client(
            configuration, credentials: credentials ?? CredentialsCache(.sample, logger: logger),
            connections: try AWSConnections(), time: time, logger: logger)
    }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension Credentials {
    static let sample = Credentials(
        accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
}

extension Timekeeper {
    /// The system's clocks, with pauses of a thousandth of their length.
    static var quick: Timekeeper {
        var time = Timekeeper.system
        time.sleep = { try await Task.sleep(for: $0 / 1000) }
        return time
    }
}

/// Clocks that a test sets; a pause only moves them.
final class FakeClock: Sendable {
    private let state: Mutex<(uptime: Duration, now: Timestamp, pauses: [Duration])>

    init(now: Timestamp = Timestamp(seconds: 1_750_000_000)) { state = Mutex((.zero, now, [])) }

    /// How long was waited, each time.
    var pauses: [Duration] { state.withLock { $0.pauses } }

    func advance(_ time: Duration) {
        state.withLock {
            $0.uptime += time
            $0.now = $0.now + time
        }
    }

    var time: Timekeeper {
        Timekeeper(
            uptime: { self.state.withLock { $0.uptime } }, now: { self.state.withLock { $0.now } },
            sleep: { pause in
                self.state.withLock { $0.pauses.append(pause) }
                self.advance(pause)
            }, chance: { 1 })
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    /// A logger whose lines a test reads.
    static func into(_ lines: LogLines) -> Logger { Logger(label: "test") { _ in lines.handler } }
}

/// What was logged.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    fileprivate var handler: Handler { Handler(lines: self) }

    fileprivate struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.lines.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
        }
    }
}

/// EC2's answers.
enum Answer {
    static let namespace = "http://ec2.amazonaws.com/doc/2016-11-15/"

    static func success(_ action: String, _ body: String = "<return>true</return>") -> FakeServer.Reply {
        .text(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <\(action)Response xmlns="\(namespace)">
                <requestId>59dbff89-35bd-4eac-99ed-be587EXAMPLE</requestId>
                \(body)
            </\(action)Response>
            """)
    }

    static func failure(
        _ code: String, _ message: String = "no", status: Int = 400, date: String? = nil
    ) -> FakeServer.Reply {
        .answer(
            status, date.map { [("date", $0)] } ?? [],
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <Response><Errors><Error><Code>\(code)</Code><Message>\(message)</Message></Error></Errors>\
            <RequestID>ea966190-f9aa-478e-9ede-example</RequestID></Response>
            """)
    }
}
