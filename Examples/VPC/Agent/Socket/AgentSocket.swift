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
        let bytes = Array(path.utf8)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: address.sun_path), !bytes.contains(0)
        else {
            throw SystemError(operation: "bind \(path)", errno: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        try Folder.create(Folder.parent(of: path))
        _ = unlink(path)
        let descriptor = try systemCall("socket \(path)") {
            socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        }
        do throws(SystemError) {
            try systemCall("bind \(path)") {
                withUnsafePointer(to: &address) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                    }
                }
            }
            // Before listen(2), so that nobody gets in meanwhile.
            try systemCall("chmod \(path)") { chmod(path, 0o600) }
        } catch {
            _ = close(descriptor)
            throw error
        }
        return descriptor
    }
}
