// SPDX-License-Identifier: Apache-2.0

internal import CLinuxShims
package import Glibc

/// A folder that is held open: what is done in it happens there, even if its path changes meanwhile.
///
/// For folders that others may be able to write: no symbolic link in it is followed, only regular files are read, nothing
/// is waited for, and nothing is written to a file that was there.
package final class Folder: Sendable {
    /// The path, for messages.
    package let path: String
    private let file: OwnedFileDescriptor

    /// Opens a folder whose path is trusted, also by symbolic links.
    package init(opening path: String) throws(SystemError) {
        self.path = path
        file = try OwnedFileDescriptor(opening: path, O_RDONLY | O_DIRECTORY)
    }

    /// Opens a folder in another one; ELOOP or ENOTDIR for a symbolic link.
    package init(_ name: String, in parent: Folder) throws(SystemError) {
        let path = "\(parent.path)/\(name)"
        self.path = path
        file = try OwnedFileDescriptor(
            opening: name, in: parent.descriptor, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, named: path)
    }

    private var descriptor: CInt { file.rawValue }

    private func path(of name: String) -> String { "\(path)/\(name)" }

    /// What the folder itself is.
    package var status: FileStatus {
        get throws(SystemError) { try FileStatus(of: descriptor, named: path) }
    }

    /// What there is of a name: a symbolic link is one, wherever it leads; nil for nothing.
    package func status(of name: String) throws(SystemError) -> FileStatus? {
        do throws(SystemError) {
            return try FileStatus(ofLink: name, in: descriptor, named: path(of: name))
        } catch  where error.errno == ENOENT {
            return nil
        }
    }

    /// The names in it, in the order of their bytes.
    package var names: [String] {
        get throws(SystemError) {
            try Directory.names(
                of: OwnedFileDescriptor(
                    opening: ".", in: descriptor, O_RDONLY | O_DIRECTORY, named: path), at: path)
        }
    }

    /// The content of a regular file; nil if there is none of that name.
    package func read(_ name: String, limit: Int = 1 << 20) throws(SystemError) -> [UInt8]? {
        do throws(SystemError) {
            let file = try OwnedFileDescriptor(
                openingRegular: name, in: descriptor, O_RDONLY, follows: false, named: path(of: name))
            return try File.read(file.rawValue, named: path(of: name), limit: limit)
        } catch  where error.errno == ENOENT {
            return nil
        }
    }

    /// As ``File/create(_:_:mode:)``.
    package func create(_ name: String, _ content: [UInt8], mode: mode_t) throws(SystemError) {
        try File.create(name, in: descriptor, content, mode: mode, named: path(of: name))
    }

    /// As ``File/replace(_:_:mode:durably:)``.
    package func replace(_ name: String, _ content: [UInt8], mode: mode_t) throws(SystemError) {
        let place = (folder: descriptor, new: ".\(name).new")
        try File.replace(name, place, content, mode: mode, durably: false, named: path(of: name))
    }

    /// Removes a file, and returns whether there was one.
    @discardableResult
    package func remove(_ name: String) throws(SystemError) -> Bool {
        try File.remove(name, in: descriptor, named: path(of: name))
    }

    /// Makes a folder in it; no error if there is something of that name.
    package func createFolder(_ name: String, mode: mode_t) throws(SystemError) {
        do throws(SystemError) {
            try systemCall("mkdir \(path(of: name))") { mkdirat(descriptor, name, mode) }
        } catch  where error.errno == EEXIST {
            return
        }
    }

    /// Waits for the lock that a file in it is for, which is made if it is not there.
    ///
    /// - Throws: EPERM for one that is somebody else's, who could keep it for ever.
    package func lock(_ name: String, mode: mode_t) throws(SystemError) -> FileLock {
        let file = try openLock(name, O_RDWR | O_CREAT, mode: mode)
        return try FileLock(file, named: path(of: name))
    }

    private func openLock(
        _ name: String, _ flags: CInt, mode: mode_t
    ) throws(SystemError) -> OwnedFileDescriptor {
        let path = path(of: name)
        let file = try OwnedFileDescriptor(
            opening: name, in: descriptor, flags | O_NONBLOCK | O_NOFOLLOW, mode: mode, named: path)
        let status = try FileStatus(of: file.rawValue, named: path)
        guard status.isRegularFile else {
            throw SystemError(operation: "open \(path): not a regular file", errno: EINVAL)
        }
        guard status.owner == 0 || status.owner == geteuid() else {
            throw SystemError(operation: "lock \(path): it belongs to user \(status.owner)", errno: EPERM)
        }
        return file
    }

    /// Throws what would keep a lock from being taken, but for who has it just now; makes nothing and waits for nobody.
    package func requireLock(_ name: String) throws(SystemError) {
        do throws(SystemError) {
            _ = try openLock(name, O_RDWR, mode: 0)
        } catch  where error.errno == ENOENT {
            return
        }
    }

    /// Throws if no file with this content could be made here, such as on a full or read-only file system; leaves nothing.
    ///
    /// Where there are no unnamed files that is unknown.
    package func requireRoom(for content: [UInt8]) throws(SystemError) {
        do throws(SystemError) {
            let file = OwnedFileDescriptor(
                adopting: try systemCall("create a file in \(path)") {
                    swift_cni_open_unnamed(descriptor, ".", 0o600)
                })
            try File.write(content, to: file.rawValue, named: "a file in \(path)")
        } catch  where error.errno == EOPNOTSUPP || error.errno == EISDIR {
            return
        }
    }

    /// Sets the folder's time of modification, nanoseconds since 1970.
    package func setModified(_ time: timespec) throws(SystemError) {
        try systemCall("set the time of \(path)") { futimens(descriptor, [time, time]) }
    }
}
