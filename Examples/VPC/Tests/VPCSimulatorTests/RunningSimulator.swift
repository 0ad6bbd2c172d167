// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

/// The real `vpc-simulator` as a process of its own, on any free port.
final class RunningSimulator: Sendable {
    let program: Program
    let url: String

    init(_ flags: [String] = ["--instances", "2", "--metadata-host", "127.0.0.1"]) async throws {
        program = try Program([Self.executable, "--listen", "127.0.0.1:0"] + flags)
        url = try await Self.url(of: program)
    }

    deinit {
        kill(program.process, SIGKILL)
        program.wait()
    }

    /// Next to the tests.
    static let executable: String = {
        let own = CommandLine.arguments[0]
        let slash = own.lastIndex(of: "/") ?? own.startIndex
        return own[..<slash] + "/vpc-simulator"
    }()

    static let checks: String = {
        let file = #filePath
        let slash = file.lastIndex(of: "/") ?? file.startIndex
        return file[..<slash] + "/Resources/checks.py"
    }()

    /// Asks the script for checks against this simulator.
    func check(_ names: String...) throws {
        let text = try Program.run(["python3", Self.checks, url] + names)
        for name in names { #expect(text.contains("ok \(name)")) }
    }

    private static func url(of program: Program) async throws -> String {
        let line = "listening on "
        for _ in 0..<1200 {
            if let found = program.text.split(separator: "\n").first(where: { $0.hasPrefix(line) }) {
                return String(found.dropFirst(line.count))
            }
            guard waitpid(program.process, nil, WNOHANG) == 0 else { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Program.Failure(description: "vpc-simulator does not start: \(program.text)")
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips where Python or boto3 is not installed.
    static var needsBoto3: Self {
        .enabled("needs python3 with boto3") { Program.succeeds("python3", "-c", "import boto3") }
    }

    /// Skips where the aws command line is not installed.
    static var needsCommandLine: Self {
        .enabled("needs the program aws") { Program.succeeds("aws", "--version") }
    }
}
