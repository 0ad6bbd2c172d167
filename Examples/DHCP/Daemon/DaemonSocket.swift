// SPDX-License-Identifier: Apache-2.0

internal import CLinuxShims
internal import Glibc
internal import LinuxCore

/// Where plugins connect: only root's, and those of the daemon's own user.
final class DaemonSocket {
    private let file: OwnedFileDescriptor
    /// Where it is.
    let path: String

    /// The first descriptor that systemd hands over, sd_listen_fds(3).
    private static let firstInherited: CInt = 3

    /// Takes the socket that systemd has opened; nil if it has not.
    static func inherited() throws(SystemError) -> DaemonSocket? {
        guard variable("LISTEN_PID") == String(getpid()), let count = variable("LISTEN_FDS"), count != "0"
        else { return nil }
        guard count == "1" else {
            throw SystemError(operation: "take one socket of systemd's, not \(count)", errno: EINVAL)
        }
        _ = fcntl(firstInherited, F_SETFD, FD_CLOEXEC)
        _ = fcntl(firstInherited, F_SETFL, fcntl(firstInherited, F_GETFL) | O_NONBLOCK)
        var address = sockaddr_un()
        var size = socklen_t(MemoryLayout<sockaddr_un>.size)
        try systemCall("look at the socket of systemd's") {
            withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    getsockname(firstInherited, $0, &size)
                }
            }
        }
        let path = withUnsafeBytes(of: &address.sun_path) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        guard address.sun_family == sa_family_t(AF_UNIX), path.hasPrefix("/") else {
            throw SystemError(operation: "listen on a socket of systemd's without a path", errno: EINVAL)
        }
        return DaemonSocket(file: OwnedFileDescriptor(adopting: firstInherited), path: path)
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Binds a socket; one that is left of an earlier run is replaced, for whoever has the folder's lock is the only daemon.
    static func bound(at path: String) throws(SystemError) -> DaemonSocket {
        if let status = try? FileStatus(ofLink: path, named: path), status.mode & S_IFMT != S_IFSOCK {
            throw SystemError(operation: "replace \(path), which is no socket,", errno: EEXIST)
        }
        _ = unlink(path)
        let descriptor = try systemCall("socket \(path)") {
            socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        }
        let file = OwnedFileDescriptor(adopting: descriptor)
        try LocalSocket(path: path).bind(descriptor)
        // Before listen(2), so that nobody gets in meanwhile.
        try systemCall("chmod \(path)") { chmod(path, 0o600) }
        return DaemonSocket(file: file, path: path)
    }

    private init(file: consuming OwnedFileDescriptor, path: String) {
        self.file = file
        self.path = path
    }

    /// Lets plugins in.
    func listen() throws(SystemError) {
        try systemCall("listen \(path)") { Glibc.listen(file.rawValue, 128) }
    }

    var descriptor: CInt { file.rawValue }

    /// The next connection of somebody who may ask; nil if there is none now.
    func accept(until deadline: Int64) throws(SystemError) -> ClientConnection? {
        while true {
            let descriptor: CInt
            do throws(SystemError) {
                descriptor = try systemCall("accept") { swift_cni_accept(file.rawValue) }
            } catch  where error.errno == EAGAIN || error.errno == ECONNABORTED {
                return nil
            }
            let other = OwnedFileDescriptor(adopting: descriptor)
            var user: UInt32 = .max
            try systemCall("ask who connects") { swift_cni_peer_user(other.rawValue, &user) }
            if user == 0 || user == geteuid() { return ClientConnection(other, until: deadline) }
        }
    }
}
