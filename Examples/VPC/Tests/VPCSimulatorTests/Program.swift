// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

/// A program that a test runs; what it writes is collected.
final class Program: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let process: pid_t
    private let output: String

    init(_ words: [String], environment: [String: String] = [:]) throws {
        let (output, file) = try Self.temporaryFile()
        self.output = output
        close(file)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_APPEND, 0)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var arguments = words.map { strdup($0) } + [nil]
        var variables =
            Self.environment.merging(environment) { $1 }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var process = pid_t()
        let code = posix_spawnp(&process, words[0], &actions, nil, &arguments, &variables)
        guard code == 0 else { throw Failure(description: "\(words[0]): \(String(cString: strerror(code)))") }
        self.process = process
    }

    deinit { unlink(output) }

    /// What it has written so far.
    var text: String { Self.read(output) }

    /// Waits for its end, and returns its status.
    @discardableResult func wait() -> CInt {
        var status: CInt = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status
    }

    /// Runs a program to its end; throws if it does not succeed.
    @discardableResult
    static func run(_ words: [String], environment: [String: String] = [:]) throws -> String {
        let program = try Program(words, environment: environment)
        let status = program.wait()
        guard status == 0 else {
            throw Failure(description: "\(words.joined(separator: " ")): \(program.text)")
        }
        return program.text
    }

    /// Whether a program succeeds.
    static func succeeds(_ words: String...) -> Bool { (try? run(words)) != nil }

    /// A path in a new file's place, with a content.
    static func file(_ content: String) throws -> String {
        let (path, file) = try temporaryFile()
        defer { close(file) }
        guard write(file, content, content.utf8.count) == content.utf8.count else {
            throw Failure(description: "write \(path)")
        }
        return path
    }

    static func read(_ path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }

    private static func temporaryFile() throws -> (path: String, descriptor: CInt) {
        var template = Array("/tmp/vpc-simulator-test.XXXXXX".utf8CString)
        let file = mkstemp(&template)
        guard file >= 0 else { throw Failure(description: "mkstemp: \(String(cString: strerror(errno)))") }
        _ = fcntl(file, F_SETFD, FD_CLOEXEC)
        return (String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self), file)
    }

    /// The test's own environment without what would point clients elsewhere.
    private static let environment: [String: String] = {
        var variables: [String: String] = [:]
        for name in ["PATH", "HOME", "PYENV_ROOT", "PYENV_VERSION", "PYTHONPATH", "LD_LIBRARY_PATH"] {
            if let value = getenv(name) { variables[name] = String(cString: value) }
        }
        variables["LC_ALL"] = "C.UTF-8"
        variables["AWS_EC2_METADATA_DISABLED"] = "true"
        variables["AWS_CONFIG_FILE"] = "/dev/null"
        variables["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null"
        return variables
    }()
}
