// SPDX-License-Identifier: Apache-2.0

internal import CLinuxShims
package import Glibc

/// Locks on ranges of one file, held until they are released, their owner goes away or the process dies.
///
/// As fcntl(2) F_OFD_SETLKW: they belong to this open file, so two owners exclude each other in one process as
/// in two, and any thread may release them. A range needs no content: one file has room for a lock for
/// everything that has a number.
package struct RangeLock: ~Copyable, Sendable {
    package enum Mode: Sendable {
        case shared, exclusive
    }

    private let file: OwnedFileDescriptor
    private let path: String

    /// Opens a file, creating an empty one if there is none; locks nothing yet.
    package init(path: String, creating permissions: mode_t = 0o600) throws(SystemError) {
        file = try OwnedFileDescriptor(
            openingRegular: path, O_RDWR | O_CREAT, mode: permissions, follows: false, named: path)
        self.path = path
    }

    /// Waits for a lock on the byte at `offset`; one that is held already is converted.
    package borrowing func lock(_ offset: Int64, _ mode: Mode) throws(SystemError) {
        try set(Int16(mode == .shared ? F_RDLCK : F_WRLCK), offset)
    }

    /// Takes a lock on the byte at `offset` if it can be had at once; returns whether it could.
    package borrowing func tryLock(_ offset: Int64, _ mode: Mode) throws(SystemError) -> Bool {
        do throws(SystemError) {
            try set(Int16(mode == .shared ? F_RDLCK : F_WRLCK), offset, waits: false)
            return true
        } catch  where error.errno == EAGAIN || error.errno == EACCES {
            return false
        }
    }

    /// Releases the lock on the byte at `offset`.
    package borrowing func unlock(_ offset: Int64) throws(SystemError) {
        try set(Int16(F_UNLCK), offset)
    }

    private borrowing func set(_ kind: Int16, _ offset: Int64, waits: Bool = true) throws(SystemError) {
        let descriptor = file.rawValue
        try systemCall("lock \(path)") { swift_cni_lock_range(descriptor, kind, offset, 1, waits) }
    }
}
