// SPDX-License-Identifier: Apache-2.0

import CNITesting
import Glibc
import Testing

/// A program of the machine, to look at the network from outside.
enum Program {
    /// Runs a program in the network namespace of the calling thread; returns its exit status and what it printed.
    ///
    /// - Parameter input: A file for its standard input.
    static func run(_ words: [String], input: String? = nil) -> (status: CInt, output: String) {
        var ends: [CInt] = [0, 0]
        guard pipe(&ends) == 0 else { return (-1, "pipe: error \(errno)") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        if let input { posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        var arguments = words.map { strdup($0) } + [nil]
        var process = pid_t()
        var code = posix_spawn(&process, words[0], &actions, nil, &arguments, environ)
        // Another test's child has a file open that was just written, from its fork to its exec.
        let end = ContinuousClock.now + .seconds(10)
        while code == ETXTBSY && ContinuousClock.now < end {
            code = posix_spawn(&process, words[0], &actions, nil, &arguments, environ)
        }
        for argument in arguments { free(argument) }
        posix_spawn_file_actions_destroy(&actions)
        close(ends[1])
        defer { close(ends[0]) }
        guard code == 0 else { return (-1, "posix_spawn: error \(code)") }
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while case let size = read(ends[0], &buffer, buffer.count), size > 0 { output += buffer[..<size] }
        var status: CInt = 0
        waitpid(process, &status, 0)
        return (status >> 8 & 0xff, String(decoding: output, as: UTF8.self))
    }
}

extension TestContainer {
    /// Runs `ip` in the container; fails the test if it fails.
    @discardableResult
    func ip(_ words: String) throws -> String { try run { Program.succeed("/usr/sbin/ip", words) }.get() }

    /// Runs `bridge` in the container; fails the test if it fails.
    @discardableResult
    func bridge(_ words: String) throws -> String {
        try run { Program.succeed("/usr/sbin/bridge", words) }.get()
    }

    /// Whether a ping is answered: they go on for a minute and a half, one a second.
    func canPing(_ address: String) throws -> Bool {
        try run { Program.run(["/usr/bin/ping", "-n", "-c", "1", "-w", "90", address]) }.status == 0
    }

    /// Whether none of three pings, each of which waits for a second, is answered.
    func isSilent(_ address: String) throws -> Bool {
        try run { Program.run(["/usr/bin/ping", "-n", "-c", "1", "-w", "3", address]) }.status != 0
    }
}

extension TestNetwork {
    /// Runs `ip` on the host; fails the test if it fails.
    @discardableResult
    func ip(_ words: String) throws -> String { try run { Program.succeed("/usr/sbin/ip", words) }.get() }

    /// Runs `bridge` on the host; fails the test if it fails.
    @discardableResult
    func bridge(_ words: String) throws -> String {
        try run { Program.succeed("/usr/sbin/bridge", words) }.get()
    }

    /// Runs `nft` on the host; fails the test if it fails.
    @discardableResult
    func nft(_ words: String) throws -> String { try run { Program.succeed("/usr/sbin/nft", words) }.get() }
}

extension Program {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static func succeed(_ path: String, _ words: String) -> Result<String, Failure> {
        let (status, output) = run([path] + words.split(separator: " ").map(String.init))
        return status == 0 ? .success(output) : .failure(Failure(description: "\(path) \(words): \(output)"))
    }
}
