// SPDX-License-Identifier: Apache-2.0

package import Glibc

/// What stat(2) says of a file.
package struct FileStatus: Hashable, Sendable {
    /// The device and inode: which file it is, regardless of its name.
    package struct Identity: Hashable, Sendable {
        package var device: UInt64
        package var inode: UInt64
    }

    package var identity: Identity
    /// The kind and permission bits, st_mode.
    package var mode: mode_t
    /// The user who owns it.
    package var owner: uid_t
    /// Bytes.
    package var size: Int64
    /// Last change of the content, nanoseconds since 1970.
    package var modified: Int64

    package var isRegularFile: Bool { mode & S_IFMT == S_IFREG }
    package var isDirectory: Bool { mode & S_IFMT == S_IFDIR }
    package var isSymbolicLink: Bool { mode & S_IFMT == S_IFLNK }
    /// Whether nobody but root and this process's user can write it: it is as we, or an operator, have left it.
    package var isOurs: Bool { (owner == 0 || owner == geteuid()) && mode & 0o022 == 0 }

    /// Of a path, through symbolic links.
    package init(of path: String) throws(SystemError) {
        var status = stat()
        try systemCall("stat \(path)") { stat(path, &status) }
        self.init(status)
    }

    /// Of a name in an open folder, or of a path if that is AT_FDCWD; a symbolic link is one, wherever it leads.
    package init(
        ofLink name: String, in folder: CInt = AT_FDCWD, named path: @autoclosure () -> String
    ) throws(SystemError) {
        var status = stat()
        try systemCall("stat \(path())") { fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) }
        self.init(status)
    }

    /// Of an open descriptor.
    package init(of descriptor: CInt, named name: String) throws(SystemError) {
        var status = stat()
        try systemCall("stat \(name)") { fstat(descriptor, &status) }
        self.init(status)
    }

    private init(_ status: stat) {
        identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        mode = status.st_mode
        owner = status.st_uid
        size = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    }
}
