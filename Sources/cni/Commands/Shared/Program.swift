// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A program of the machine that a command runs for its user.
enum Program {
    /// Runs a program that PATH finds, with our standard error, and waits for it; returns its exit status, or 128 and the
    /// number of the signal that ended it.
    ///
    /// - Parameter isQuiet: Whether nobody sees what it prints.
    static func run(_ words: [String], isQuiet: Bool = false) throws(Failure) -> CInt {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for stream in isQuiet ? [STDOUT_FILENO, STDERR_FILENO] : [STDOUT_FILENO] {
            posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0)
        }
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process = pid_t()
        let code = posix_spawnp(&process, words[0], &actions, nil, &arguments, environ)
        if code != 0 {
            throw Failure("cannot execute \(words[0]): \(String(cString: strerror(code)))")
        }
        var status: CInt = 0
        try systemCall("cannot wait for \(words[0])") { waitpid(process, &status, 0) }
        return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f)
    }
}
