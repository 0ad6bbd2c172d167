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
