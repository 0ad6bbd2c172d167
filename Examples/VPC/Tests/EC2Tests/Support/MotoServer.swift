// SPDX-License-Identifier: Apache-2.0

import CNITesting
import Glibc
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
        let port = try Self.freePort()
        let log = "\(folder.path)/log"
        let server = try Python(
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
                throw TestFailure("moto: \(error): \(try TestFile.read(log).suffix(2000))")
            }
        }
        try await Self.$url.withValue(url) { try await function() }
    }

    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard code == 0 else { throw TestFailure("no free port") }
        return UInt16(bigEndian: address.sin_port)
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
