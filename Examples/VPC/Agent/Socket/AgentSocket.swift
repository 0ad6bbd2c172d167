// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import Glibc
internal import LinuxCore

/// The agent's listening socket, which only its owner may connect to.
enum AgentSocket {
    /// Listens at a path; a socket that is left of an agent before is replaced.
    ///
    /// Whoever has the journal's lock is the only agent, so nobody listens there any more.
    ///
    /// - Returns: The descriptor of a socket that is bound, and that nobody can connect to before listen(2).
    static func bound(at path: String) throws(SystemError) -> CInt {
        try Folder.create(Folder.parent(of: path))
        _ = unlink(path)
        let descriptor = try systemCall("socket \(path)") {
            socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        }
        do throws(SystemError) {
            try LocalSocket(path: path).bind(descriptor)
            // Before listen(2), so that nobody gets in meanwhile.
            try systemCall("chmod \(path)") { chmod(path, 0o600) }
        } catch {
            _ = close(descriptor)
            throw error
        }
        return descriptor
    }
}
