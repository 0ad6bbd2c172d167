// SPDX-License-Identifier: Apache-2.0

package import CNITesting
import Glibc
import NodeAgentTesting

/// A TCP proxy to an etcd, which can be made to hang with its connections open.
package final class EtcdGateway: Sendable {
    /// Where it listens.
    package let url: String
    private let program: Program

    /// Starts `etcd gateway`, and waits until it listens.
    ///
    /// - Parameter server: The URL of an etcd without TLS.
    package init(to server: String, in folder: TemporaryFolder) throws {
        let port = try EtcdServer.freePort()
        let target = String(server.dropFirst("http://".count))
        url = "http://127.0.0.1:\(port)"
        program = try Program(
            [
                "/usr/bin/etcd", "gateway", "start", "--listen-addr", "127.0.0.1:\(port)", "--endpoints",
                target,
            ], output: "\(folder.path)/gateway-log")
        for _ in 0..<300 {
            let check = ["/usr/bin/etcdctl", "--endpoints", url, "endpoint", "health"]
            if (try? Program.run(check, in: folder, environment: ["ETCDCTL_API=3"])) != nil { return }
            usleep(100_000)
        }
        throw Program.Failure(description: "etcd gateway does not listen at \(url)")
    }

    deinit { program.end() }

    /// Makes it hang: its connections stand, and nothing comes on them.
    package func hang() { kill(program.process, SIGSTOP) }
}
