// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import DHCPPlugin
import Glibc
import LinuxCore
import Synchronization
import TestSupport
import Testing

/// A host with a bridge, a DHCP server behind it, and the daemon as a program.
final class LeasedHost: Sendable {
    let network: TestNetwork
    let server: TestServer
    private let folder: TemporaryFolder
    private let options: [String]
    private let process = Mutex<pid_t>(0)

    init(_ options: String...) throws {
        var siblings = Siblings()
        siblings.add(DHCPPlugin.self)
        network = try TestNetwork(siblings: siblings)
        folder = try TemporaryFolder()
        self.options = options
        try network.ip("link set lo up")
        try network.ip("link add br0 type bridge")
        try network.ip("address add 10.7.0.1/24 dev br0")
        try network.ip("link set br0 up")
        server = try TestServer(on: network, bridge: "br0")
        try start()
    }

    deinit {
        kill()
        server.stop()
    }

    var socket: String { "\(folder.path)/s/dhcp.sock" }
    var log: String {
        String(decoding: (try? File.read("\(folder.path)/log")) ?? [], as: UTF8.self)
    }

    /// The leases on disk.
    var leases: [String] {
        get throws { try Directory.names(in: "\(socket).leases").filter { !$0.hasPrefix(".") } }
    }

    /// Starts the daemon, and waits until it listens.
    func start() throws {
        let words = [Executables.path("cni-plugins"), "dhcp", "daemon", "-socketpath", socket] + options
        let started = try network.run { Self.spawn(words, log: "\(folder.path)/log") }
        try #require(started > 0)
        process.withLock { $0 = started }
        try wait(for: "the daemon to listen") {
            try network.call(DHCPPlugin.self, .status, configuration()).status == 0
        }
    }

    /// Kills the daemon, which gets no time for anything.
    func kill() {
        process.withLock { process in
            guard process > 0 else { return }
            Glibc.kill(process, SIGKILL)
            waitpid(process, nil, 0)
            process = 0
        }
    }

    /// Whether the daemon runs.
    var isAlive: Bool {
        process.withLock { process in process > 0 && waitpid(process, nil, WNOHANG) == 0 }
    }

    func configuration(_ ipam: JSON = [:]) -> JSON {
        var ipam = ipam
        ipam["type"] = "dhcp"
        ipam["daemonSocketPath"] = .string(socket)
        return ["cniVersion": "1.1.0", "name": "lan", "type": "bridge", "bridge": "br0", "ipam": ipam]
    }

    /// What an attachment's result has for its address.
    func address(_ result: JSON) -> String? { result["ips"]?.array?.first?["address"]?.string }

    /// What ip(8) says of an interface's IPv4 addresses in a container.
    func addresses(_ container: TestContainer, _ interface: String = "eth0") throws -> String {
        try container.ip("-4 -o address show dev \(interface)")
    }

    private static func spawn(_ words: [String], log: String) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        // Not ours: who waits for the tests' output waits for all who could write to it.
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        var arguments = words.map { strdup($0) } + [nil]
        var process = pid_t()
        let code = posix_spawn(&process, words[0], &actions, nil, &arguments, environ)
        for argument in arguments { free(argument) }
        return code == 0 ? process : -1
    }
}
