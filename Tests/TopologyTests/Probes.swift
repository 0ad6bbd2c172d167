// SPDX-License-Identifier: Apache-2.0

import CNITesting
import Glibc
import LinuxCore
import Netlink

/// A process in the namespace of the thread that starts it, for as long as this lives.
final class Sleeper {
    let pid: pid_t

    init() throws {
        let words = ["sleep", "3600"]
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process = pid_t()
        let code = posix_spawn(&process, "/bin/sleep", nil, nil, &arguments, environ)
        guard code == 0 else { throw SystemError(operation: "execute /bin/sleep", errno: code) }
        pid = process
    }

    deinit {
        kill(pid, SIGKILL)
        var status: CInt = 0
        waitpid(pid, &status, 0)
    }
}

extension World {
    /// A container with a veth pair to the host and nothing else.
    mutating func attachBare(_ id: String) throws {
        let container = try network.container(id)
        let namespace = try container.namespace()
        let number = containers.count
        try network.run {
            try RoutingSocket().perform {
                $0.addLink("veth\(number)", .veth(Veth(peer: Veth.Peer(name: "eth0", in: namespace))))
            }
        }
        containers.append(container)
    }
}
