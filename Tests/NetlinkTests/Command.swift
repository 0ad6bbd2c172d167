// SPDX-License-Identifier: Apache-2.0

import Glibc
import Namespaces
import Testing

/// Other programs, to compare ourselves with.
enum Command {
    /// Runs a program in a namespace; returns what it printed, errors included.
    static func run(
        _ path: String, _ arguments: [String], in namespace: borrowing NetworkNamespace
    ) throws -> String {
        try namespace.run { () throws(NamespaceError) in spawn(path, arguments) }
    }

    private static func spawn(_ path: String, _ arguments: [String]) -> String {
        var ends: [CInt] = [0, 0]
        guard pipe(&ends) == 0 else { return "pipe: error \(errno)" }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        let words = ([path] + arguments).map { strdup($0) }
        var process: pid_t = 0
        // The child has the network namespace of the thread that makes it.
        let code = posix_spawn(&process, path, &actions, nil, words + [nil], environ)
        for word in words { free(word) }
        posix_spawn_file_actions_destroy(&actions)
        close(ends[1])
        defer { close(ends[0]) }
        guard code == 0 else { return "posix_spawn: error \(code)" }
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(ends[0], &buffer, buffer.count)
            if count <= 0 { break }
            output += buffer.prefix(count)
        }
        var status: CInt = 0
        waitpid(process, &status, 0)
        return String(decoding: output, as: UTF8.self)
    }
}
