// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The address of a socket in the file system (unix(7)).
public struct LocalSocket: Sendable {
    /// The socket's file.
    public let path: String

    /// Names a socket, which need not be there yet.
    public init(path: String) { self.path = path }

    /// Connects a socket to this one.
    ///
    /// - Throws: ENAMETOOLONG for a path that no socket can have; EAGAIN, of a socket that does not block, if the other's
    ///   queue is full.
    public func connect(_ descriptor: CInt) throws(SystemError) {
        try withAddress("connect \(path)") { Glibc.connect(descriptor, $0, $1) }
    }

    /// Gives a socket this address.
    ///
    /// - Throws: ENAMETOOLONG for a path that no socket can have.
    public func bind(_ descriptor: CInt) throws(SystemError) {
        try withAddress("bind \(path)") { Glibc.bind(descriptor, $0, $1) }
    }

    private func withAddress(
        _ operation: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) throws(SystemError) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        // The last byte is a zero.
        guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: address.sun_path), !bytes.contains(0)
        else {
            throw SystemError(operation: operation, errno: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        try systemCall(operation) {
            withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        }
    }
}
