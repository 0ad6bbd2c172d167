// SPDX-License-Identifier: Apache-2.0

import CNITesting
import Glibc
import Testing

/// Python, where AWS's own client is a referee, and moto a server.
final class Python: Sendable {
    private let process: pid_t

    /// Starts a program; its output goes to a file.
    init(_ words: [String], output: String, environment: [String] = []) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        let inherited = ["PATH", "HOME"].compactMap { (name: String) -> String? in
            getenv(name).map { "\(name)=\(String(cString: $0))" }
        }
        let allWords = ["python3"] + words
        let allVariables = inherited + environment
        var arguments = allWords.map { strdup($0) } + [nil]
        var variables = allVariables.map { strdup($0) } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var process = pid_t()
        let code = posix_spawnp(&process, "python3", &actions, nil, &arguments, &variables)
        guard code == 0 else { throw TestFailure("python3: \(String(cString: strerror(code)))") }
        self.process = process
    }

    func end() {
        kill(process, SIGKILL)
        _ = wait()
    }

    func wait() -> CInt {
        var status: CInt = 0
        // Interrupted at most by a signal with a handler, of which the tests have none.
        return waitpid(process, &status, 0) == process ? status : -1
    }

    /// Runs a script, and returns what it prints.
    static func run(_ script: String, _ words: [String] = []) throws -> String {
        let folder = try TemporaryFolder()
        let output = "\(folder.path)/output"
        let status = try Python(["-c", script] + words, output: output).wait()
        let text = try TestFile.read(output)
        guard status == 0 else { throw TestFailure("python3: \(text.suffix(2000))") }
        return text
    }

    /// Whether a module can be imported.
    static func has(_ module: String) -> Bool { (try? run("import \(module)")) != nil }

    static let hasBotocore = has("botocore")
    static let hasMoto = has("moto.server")
}

/// Files of a test's own.
enum TestFile {
    static func read(_ path: String) throws -> String {
        guard let file = fopen(path, "r") else { throw TestFailure("open \(path)") }
        defer { fclose(file) }
        var text: [UInt8] = []
        while true {
            let byte = fgetc(file)
            if byte == EOF { return String(decoding: text, as: UTF8.self) }
            text.append(UInt8(truncatingIfNeeded: byte))
        }
    }
}

extension TemporaryFolder {
    /// Writes a file in the folder, and returns its path.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let path = "\(path)/\(name)"
        guard let file = fopen(path, "w") else { throw TestFailure("open \(path)") }
        defer { fclose(file) }
        fputs(text, file)
        return path
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips where AWS's Python library is not installed.
    static var needsBotocore: Self { .enabled("needs python3 with botocore") { Python.hasBotocore } }

    /// Skips where moto's server is not installed.
    static var needsMoto: Self { .enabled("needs python3 with moto") { Python.hasMoto } }
}
