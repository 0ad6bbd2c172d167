// SPDX-License-Identifier: Apache-2.0

internal import CLinuxShims
package import Glibc

/// A file descriptor that is closed exactly once, when its owner goes away.
public struct OwnedFileDescriptor: ~Copyable, Sendable {
    package let rawValue: CInt

    /// Takes over an open descriptor.
    package init(adopting rawValue: CInt) {
        self.rawValue = rawValue
    }

    /// As open(2), with O_CLOEXEC.
    package init(opening path: String, _ flags: CInt, mode: mode_t = 0) throws(SystemError) {
        rawValue = try systemCall("open \(path)") {
            swift_cni_openat(AT_FDCWD, path, flags | O_CLOEXEC, mode)
        }
    }

    /// As openat(2), with O_CLOEXEC: a name in an open folder, or a path if that is AT_FDCWD.
    package init(
        opening name: String, in folder: CInt, _ flags: CInt, mode: mode_t = 0,
        named path: @autoclosure () -> String
    ) throws(SystemError) {
        rawValue = try systemCall("open \(path())") {
            swift_cni_openat(folder, name, flags | O_CLOEXEC, mode)
        }
    }

    /// Opens a file that may be anybody's and anything, and takes it only if it is a regular one: neither a FIFO nor a
    /// device is waited for.
    ///
    /// - Parameter follows: Whether by a symbolic link, too, as of a file whose path an operator names.
    /// - Throws: EINVAL for what is no regular file, ELOOP for a link that is not followed.
    package init(
        openingRegular name: String, in folder: CInt = AT_FDCWD, _ flags: CInt, mode: mode_t = 0,
        follows: Bool,
        named path: @autoclosure () -> String
    ) throws(SystemError) {
        // A descriptor in `rawValue` would be closed by nobody if this threw afterwards.
        let file = try OwnedFileDescriptor(
            opening: name, in: folder, flags | O_NONBLOCK | O_NOCTTY | (follows ? 0 : O_NOFOLLOW), mode: mode,
            named: path())
        guard try FileStatus(of: file.rawValue, named: path()).isRegularFile else {
            throw SystemError(operation: "open \(path()): not a regular file", errno: EINVAL)
        }
        rawValue = file.relinquish()
    }

    /// Gives the descriptor up without closing it.
    package consuming func relinquish() -> CInt {
        let raw = rawValue
        discard self
        return raw
    }

    deinit {
        // Closing can report an earlier write's failure, which the writers below have already seen.
        _ = close(rawValue)
    }
}
