// SPDX-License-Identifier: Apache-2.0

import CNITesting
import NodeAgentTesting
import Testing

@testable import EC2

/// moto's EC2 on loopback, as long as a suite runs: somebody else's understanding of the Query protocol.
struct MotoServer: SuiteTrait, TestScoping {
    @TaskLocal static var url = ""

    func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        let port = try ReservedPort.free()
        let log = "\(folder.path)/log"
        let server = try Python.start(
            ["-m", "moto.server", "-H", "127.0.0.1", "-p", "\(port)"], output: log,
            environment: ["PYTHONDONTWRITEBYTECODE=1"])
        defer { server.end() }
        let url = "http://127.0.0.1:\(port)"
        let client = try EC2Client.of(url) { $0.retries.attempts = 1 }
        for attempt in 0... {
            do {
                _ = try await client.describeSubnets(.matching([]))
                break
            } catch  where attempt < 600 {
                try await Task.sleep(for: .milliseconds(100))
            } catch {
                throw TestFailure("moto: \(error): \(try TemporaryFolder.read(log).suffix(2000))")
            }
        }
        try await Self.$url.withValue(url) { try await function() }
    }
}

extension Trait where Self == MotoServer {
    /// Starts moto before the suite, and ends it afterwards.
    static var moto: Self { Self() }
}

extension EC2Client {
    /// Makes a call by its name, which the agent does not need and its tests do; returns the answer's root element.
    func call(_ action: String, _ parameters: [(String, String)]) async throws -> XMLElement {
        var form = QueryParameters(action: action, version: Self.version)
        for (name, value) in parameters { form.set(name, value) }
        let keys = try await credentials.credentials()
        let answer = try await send(
            action, Array(form.body.utf8), keys, at: time.now(), until: time.uptime() + .seconds(60))
        guard answer.status == 200 else { throw EC2Error(action: action, answer) }
        return try XMLElement(parsing: answer.body)
    }
}
