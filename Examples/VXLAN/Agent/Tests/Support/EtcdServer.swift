// SPDX-License-Identifier: Apache-2.0

internal import NodeAgentTesting
package import CNITesting
import Glibc
package import LeaseStores
import Synchronization

/// A real etcd on loopback, with its data in a folder of its own.
package final class EtcdServer: Sendable {
    package let folder: TemporaryFolder
    private let ports: Mutex<(client: UInt16, other: UInt16)>
    private let peerPort: UInt16
    private let options: [String]
    private let scheme: String
    private let clientFlags: [String]
    private let host: String
    /// The network that it and its clients are in; nil for the test's own.
    private let network: TestNetwork?
    private let program = Mutex<Program?>(nil)

    package var url: String { "\(scheme)://\(host):\(ports.withLock { $0.client })" }

    /// Starts etcd, and waits until it answers.
    ///
    /// - Parameters:
    ///   - options: Further ones, for example for TLS.
    ///   - clientFlags: What etcdctl needs with them.
    ///   - host: The address to listen at.
    ///   - network: The network that it and etcdctl are in; nil for the test's own.
    package init(
        in folder: TemporaryFolder? = nil, options: [String] = [], scheme: String = "http",
        clientFlags: [String] = [],
        host: String = "127.0.0.1", network: TestNetwork? = nil
    ) throws {
        self.host = host
        self.network = network
        self.folder = try folder ?? TemporaryFolder()
        self.options = options
        self.scheme = scheme
        self.clientFlags = clientFlags
        ports = Mutex((try Self.freePort(), try Self.freePort()))
        peerPort = try Self.freePort()
        try start()
    }

    deinit { stop() }

    package func start() throws {
        let peer = "http://127.0.0.1:\(peerPort)"
        let words =
            [
                "/usr/bin/etcd", "--data-dir", "\(folder.path)/data", "--listen-client-urls", url,
                "--advertise-client-urls", url, "--listen-peer-urls", peer,
                "--initial-advertise-peer-urls", peer, "--initial-cluster", "default=\(peer)",
            ] + options
        let started = try within { try Program(words, output: "\(folder.path)/log") }
        program.withLock { $0 = started }
        for _ in 0..<300 {
            if (try? control("endpoint", "health")) != nil { return }
            usleep(100_000)
        }
        throw Program.Failure(
            description: "etcd: \(try TemporaryFolder.read("\(folder.path)/log").suffix(2000))")
    }

    package func stop(_ signal: CInt = SIGKILL) {
        program.withLock { program in
            program?.end(signal)
            program = nil
        }
    }

    /// Sends it a signal: SIGSTOP makes it hang with its connections, until SIGCONT.
    package func signal(_ number: CInt) {
        program.withLock { program in
            if let program { kill(program.process, number) }
        }
    }

    /// Runs it with the same data where its clients do not find it.
    package func elsewhere(_ body: () throws -> Void) throws {
        func exchange() { ports.withLock { $0 = ($0.other, $0.client) } }
        exchange()
        defer { exchange() }
        try start()
        try body()
        stop()
    }

    /// Asks etcdctl.
    @discardableResult
    package func control(_ words: String...) throws -> String {
        try within {
            try Program.run(
                ["/usr/bin/etcdctl", "--endpoints", url] + clientFlags + words, in: folder,
                environment: ["ETCDCTL_API=3"])
        }
    }

    private func within<Value>(_ body: () throws -> Value) throws -> Value {
        guard let network else { return try body() }
        return try network.run(body)
    }

    package func store(_ change: (inout EtcdOptions) -> Void = { _ in }) throws -> EtcdStore {
        var options = EtcdOptions(endpoints: [url])
        options.timeToLive = 60
        change(&options)
        return try EtcdStore(options)
    }

    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard code == 0 else { throw Program.Failure(description: "no free port") }
        return UInt16(bigEndian: address.sin_port)
    }
}
