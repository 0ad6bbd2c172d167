// SPDX-License-Identifier: Apache-2.0

internal import CLinuxShims
internal import Glibc

/// A flock(2) lock, held until its owner goes away or the process dies.
public struct FileLock: ~Copyable, Sendable {
    /// Who else may have it meanwhile.
    public enum Mode: Sendable {
        /// Others who share it.
        case shared
        /// Nobody.
        case exclusive

        fileprivate var operation: CInt { self == .shared ? LOCK_SH : LOCK_EX }
    }

    private let file: OwnedFileDescriptor

    /// Opens `path`, creating a plain file if `permissions` are given, and takes the lock.
    ///
    /// - Parameter waits: Whether to wait for those who stand in the way.
    /// - Throws: EWOULDBLOCK if somebody stands in the way and is not waited for.
    public init(
        path: String, _ mode: Mode = .exclusive, creating permissions: UInt32? = nil, waits: Bool = true
    ) throws(SystemError) {
        let opened: OwnedFileDescriptor
        if let permissions {
            opened = try OwnedFileDescriptor(
                openingRegular: path, O_RDWR | O_CREAT, mode: permissions, follows: false, named: path)
        } else {
            opened = try OwnedFileDescriptor(opening: path, O_RDONLY)
        }
        try Self.lock(opened.rawValue, path, mode.operation | (waits ? 0 : LOCK_NB))
        file = opened
    }

    /// Unlocks by word, since a close(2) is not enough while a child has the open file: from its fork to its exec.
    deinit { _ = swift_cni_flock(file.rawValue, LOCK_UN) }

    /// Waits for the exclusive lock on an open file.
    init(_ opened: consuming OwnedFileDescriptor, named path: String) throws(SystemError) {
        try Self.lock(opened.rawValue, path, FileLock.Mode.exclusive.operation)
        file = opened
    }

    /// Turns the lock into another kind, and waits for those who stand in the way.
    ///
    /// flock(2) converts by releasing first: somebody else may have had the lock in between.
    package borrowing func convert(to mode: Mode) throws(SystemError) {
        try Self.lock(file.rawValue, "again", mode.operation)
    }

    /// Turns the lock into another kind if nobody stands in the way, and returns whether it did.
    ///
    /// flock(2) converts by releasing first: past a false, nothing is held.
    package borrowing func tryConvert(to mode: Mode) throws(SystemError) -> Bool {
        do throws(SystemError) {
            try Self.lock(file.rawValue, "again", mode.operation | LOCK_NB)
            return true
        } catch  where error.errno == EWOULDBLOCK {
            return false
        }
    }

    private static func lock(
        _ descriptor: CInt, _ name: String, _ operation: CInt
    ) throws(SystemError) {
        try systemCall("flock \(name)") { swift_cni_flock(descriptor, operation) }
    }
}
