// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxCore

/// A socket on which somebody listens, in the place of a daemon or an agent.
final class Listener {
    let path: String
    private var descriptor: CInt

    init(at path: String) throws {
        self.path = path
        descriptor = try systemCall("socket") {
            socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        }
        try LocalSocket(path: path).bind(descriptor)
        try systemCall("listen") { listen(descriptor, 8) }
    }

    deinit { stop() }

    /// Ends as a process that dies does: the socket's file stays.
    func stop() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }
}
