// SPDX-License-Identifier: Apache-2.0

public import CNITesting
public import Glibc
public import Testing

/// A program that a test runs: found, started, waited for.
public final class Program: Sendable {
    /// What a program that did not succeed said.
    public struct Failure: Error, CustomStringConvertible {
        /// What it said.
        public let description: String

        /// Creates a failure.
        public init(description: String) { self.description = description }
    }

    /// The process.
    public let process: pid_t

    /// Starts a program; its output goes to a file.
    public init(_ words: [String], output: String, environment: [String] = []) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var arguments = words.map { strdup($0) } + [nil]
        var variables = (environment + ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]).map { strdup($0) } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var process = pid_t()
        let code = posix_spawnp(&process, words[0], &actions, nil, &arguments, &variables)
        guard code == 0 else {
            throw Failure(description: "\(words[0]): \(String(cString: strerror(code)))")
        }
        self.process = process
    }

    /// Ends the program with a signal, and waits for its end.
    public func end(_ signal: CInt = SIGKILL) {
        kill(process, signal)
        _ = wait()
    }

    /// Waits for the program's end, and returns its status.
    public func wait() -> CInt {
        var status: CInt = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status
    }

    /// Runs a program to its end; throws if it does not succeed.
    @discardableResult
    public static func run(_ words: [String], in folder: TemporaryFolder, environment: [String] = []) throws
        -> String
    {
        let output = "\(folder.path)/output\(UInt64.random(in: 0 ... .max))"
        let status = try Program(words, output: output, environment: environment).wait()
        let text = try TemporaryFolder.read(output)
        guard status == 0 else { throw Failure(description: "\(words.joined(separator: " ")): \(text)") }
        return text
    }
}

extension TemporaryFolder {
    /// The whole content of a file.
    public static func read(_ path: String) throws -> String {
        guard let file = fopen(path, "r") else { throw Program.Failure(description: "open \(path)") }
        defer { fclose(file) }
        var text: [UInt8] = []
        while true {
            let byte = fgetc(file)
            if byte == EOF { return String(decoding: text, as: UTF8.self) }
            text.append(UInt8(truncatingIfNeeded: byte))
        }
    }

    /// Writes a file in the folder, and returns its path.
    @discardableResult
    public func write(_ name: String, _ text: String) throws -> String {
        let path = "\(path)/\(name)"
        guard let file = fopen(path, "w") else { throw Program.Failure(description: "open \(path)") }
        defer { fclose(file) }
        fputs(text, file)
        return path
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips where a program is not installed.
    public static func needsProgram(_ path: String) -> Self {
        .enabled("needs \(path)") { access(path, X_OK) == 0 }
    }
}
