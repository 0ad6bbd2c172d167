// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import Foundation
import Glibc
import LinuxCore
import Testing

/// The built command-line tool, and what the package's build has put beside the tests.
enum Tool {
    static let path = getenv("CNI_TOOL").map { String(cString: $0) } ?? ""
    static let products = Bundle.module.bundleURL.deletingLastPathComponent().path()
    static let fixtures = Bundle.module.bundleURL.appending(path: "Fixtures").path()

    /// What came of a command.
    struct Outcome: CustomStringConvertible {
        /// The exit status, or nil if a signal ended it.
        let status: CInt?
        let signal: CInt?
        let output: String
        let errors: String

        /// The document on the standard output.
        var json: JSON { (try? JSON(parsing: output)) ?? .null }

        var lines: [String] { output.split(separator: "\n").map(String.init) }

        var description: String {
            "status \(status.map(String.init) ?? "-"), signal \(signal ?? 0)\n\(output)\n\(errors)"
        }
    }

    /// A command that has been started.
    struct Process {
        fileprivate let id: pid_t
        fileprivate let folder: TemporaryFolder

        func send(_ signal: CInt) { kill(id, signal) }

        func wait() throws -> Outcome {
            var status: CInt = 0
            while waitpid(id, &status, 0) < 0 && errno == EINTR {}
            func text(_ name: String) throws -> String {
                String(decoding: try File.read("\(folder.path)/\(name)", limit: 1 << 26), as: UTF8.self)
            }
            let signal = status & 0x7f
            return Outcome(
                status: signal == 0 ? status >> 8 & 0xff : nil, signal: signal == 0 ? nil : signal,
                output: try text("output"), errors: try text("errors"))
        }
    }

    /// Starts the tool; the standard output or the standard error can be a terminal.
    static func start(
        _ words: [String], _ environment: [String: String], input: String = "", output: String? = nil,
        errors: String? = nil, program: String = path
    ) throws -> Process {
        let folder = try TemporaryFolder()
        for name in ["output", "errors"] { try File.replace("\(folder.path)/\(name)", [], mode: 0o600) }
        try File.replace("\(folder.path)/input", Array(input.utf8), mode: 0o600)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "\(folder.path)/input", O_RDONLY, 0)
        let flags = O_WRONLY | O_NOCTTY
        posix_spawn_file_actions_addopen(&actions, 1, output ?? "\(folder.path)/output", flags, 0)
        posix_spawn_file_actions_addopen(&actions, 2, errors ?? "\(folder.path)/errors", flags, 0)
        // As a shell would: the runner of the tests may have blocked or ignored signals.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        let arguments = ([program] + words).map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var id = pid_t()
        let code = posix_spawn(&id, program, &actions, &attributes, arguments, variables)
        if code != 0 { throw SystemError(operation: "execute \(program)", errno: code) }
        return Process(id: id, folder: folder)
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips a test where the tool was not built.
    static var needsTool: Self {
        .enabled("needs $CNI_TOOL, the path of the cni executable, which `make test` sets") {
            access(Tool.path, X_OK) == 0
        }
    }
}
