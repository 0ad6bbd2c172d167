// SPDX-License-Identifier: Apache-2.0

internal import CLinuxShims
package import Glibc

/// A program that is started, fed and waited for.
package enum ChildProcess {
    /// Runs `path` without arguments; its standard error is ours.
    ///
    /// Input and output are memory files: neither side can block the other. A program that cannot be started
    /// is an error, one that a signal ended has the status 128 and its number, as in sh(1).
    package static func run(
        _ path: String, environment: [String: String], input: [UInt8]
    ) throws(SystemError) -> (status: Int32, output: [UInt8]) {
        let stdin = try memoryFile(input)
        let stdout = OwnedFileDescriptor(
            adopting: try systemCall("create memory file") { swift_cni_memory_file("stdout") })
        let process = try spawn(path, environment, Streams(input: stdin.rawValue, output: stdout.rawValue))
        var status: CInt = 0
        try systemCall("wait for \(path)") { waitpid(process, &status, 0) }
        try systemCall("rewind stdout") { lseek(stdout.rawValue, 0, SEEK_SET) }
        let output = try File.read(stdout.rawValue, named: "output of \(path)", limit: 1 << 22)
        return (status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f), output)
    }

    /// A file in memory, to be read from its start.
    package static func memoryFile(_ content: [UInt8]) throws(SystemError) -> OwnedFileDescriptor {
        let file = OwnedFileDescriptor(
            adopting: try systemCall("create memory file") { swift_cni_memory_file("stdin") })
        try File.write(content, to: file.rawValue, named: "stdin")
        try systemCall("rewind stdin") { lseek(file.rawValue, 0, SEEK_SET) }
        return file
    }

    /// What a new process finds under the descriptors 0, 1 and, if it is not to share ours, 2.
    package struct Streams {
        var input: CInt
        var output: CInt
        var error: CInt?

        package init(input: CInt, output: CInt, error: CInt? = nil) {
            self.input = input
            self.output = output
            self.error = error
        }
    }

    /// Starts a program.
    ///
    /// - Parameter ownGroup: The program leads a process group of its own, has the usual signal handling
    ///   regardless of ours, and it gets no other descriptor of ours.
    package static func spawn(
        _ path: String, _ environment: [String: String], _ streams: Streams, ownGroup: Bool = false
    ) throws(SystemError) -> pid_t {
        try Operations.admit("execute \(path)")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, streams.input, 0)
        posix_spawn_file_actions_adddup2(&actions, streams.output, 1)
        if let error = streams.error { posix_spawn_file_actions_adddup2(&actions, error, 2) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        if ownGroup {
            _ = swift_cni_spawn_close_from(&actions, 3)
            var signals = sigset_t()
            sigfillset(&signals)
            posix_spawnattr_setsigdefault(&attributes, &signals)
            sigemptyset(&signals)
            posix_spawnattr_setsigmask(&attributes, &signals)
            posix_spawnattr_setpgroup(&attributes, 0)
            posix_spawnattr_setflags(
                &attributes,
                Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        }
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(path), nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer {
            for text in arguments + variables { free(text) }
        }
        var process = pid_t()
        let code = posix_spawn(&process, path, &actions, &attributes, &arguments, &variables)
        guard code == 0 else { throw SystemError(operation: "execute \(path)", errno: code) }
        return process
    }
}
