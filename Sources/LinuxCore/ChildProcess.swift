// SPDX-License-Identifier: Apache-2.0

internal import CLinuxShims
internal import Glibc

/// A program that is started, fed and waited for.
package enum ChildProcess {
    /// Runs `path` without arguments; its standard error is ours.
    ///
    /// Input and output are memory files: neither side can block the other. A program that cannot be started
    /// is an error, one that a signal ended has the status 128 and its number, as in sh(1).
    package static func run(
        _ path: String, environment: [String: String], input: [UInt8]
    ) throws(SystemError) -> (status: Int32, output: [UInt8]) {
        let stdin = OwnedFileDescriptor(
            adopting: try systemCall("create memory file") { cni_memory_file("stdin") })
        let stdout = OwnedFileDescriptor(
            adopting: try systemCall("create memory file") { cni_memory_file("stdout") })
        try File.write(input, to: stdin.rawValue, named: "stdin")
        try systemCall("rewind stdin") { lseek(stdin.rawValue, 0, SEEK_SET) }
        let process = try spawn(path, environment, stdin.rawValue, stdout.rawValue)
        var status: CInt = 0
        try systemCall("wait for \(path)") { waitpid(process, &status, 0) }
        try systemCall("rewind stdout") { lseek(stdout.rawValue, 0, SEEK_SET) }
        let output = try File.read(stdout.rawValue, named: "output of \(path)", limit: 1 << 22)
        return (status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f), output)
    }

    private static func spawn(
        _ path: String, _ environment: [String: String], _ stdin: CInt, _ stdout: CInt
    ) throws(SystemError) -> pid_t {
        try Operations.admit("execute \(path)")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, stdin, 0)
        posix_spawn_file_actions_adddup2(&actions, stdout, 1)
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(path), nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer {
            for text in arguments + variables { free(text) }
        }
        var process = pid_t()
        let code = posix_spawn(&process, path, &actions, nil, &arguments, &variables)
        guard code == 0 else { throw SystemError(operation: "execute \(path)", errno: code) }
        return process
    }
}
