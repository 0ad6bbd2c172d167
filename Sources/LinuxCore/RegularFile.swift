// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Small regular files, read and replaced whole; for programs outside of this package.
public enum RegularFile {
    /// Whose files are read.
    public enum Owner: Hashable, Sendable {
        /// Anybody's, also by a symbolic link, such as those of Kubernetes' secrets: an operator named the path.
        case anybody
        /// Only root's and the process's own user's that nobody else can write, and no symbolic link: what a program
        /// wrote for itself and will act on.
        case ourselves
    }

    /// The whole content of a regular file.
    ///
    /// Neither a device nor a FIFO is opened in a way that waits, and the file that is judged is the one that is read.
    ///
    /// - Parameter limit: The largest content in bytes.
    /// - Throws: ENOENT if there is none, EFBIG past the limit, EINVAL for what is no regular file, ELOOP for a symbolic
    ///   link and EPERM for somebody else's file where only our own are read.
    public static func read(
        _ path: String, limit: Int = 1 << 20, of owner: Owner = .anybody
    ) throws(SystemError) -> [UInt8] {
        let file = try OwnedFileDescriptor(
            openingRegular: path, O_RDONLY, follows: owner == .anybody, named: path)
        if owner == .ourselves {
            guard try FileStatus(of: file.rawValue, named: path).isOurs else {
                throw SystemError(operation: "open \(path): writable by others", errno: EPERM)
            }
        }
        return try File.read(file.rawValue, named: path, limit: limit)
    }

    /// Creates or replaces a file so that a reader finds the old one or the new one, whole.
    ///
    /// - Parameters:
    ///   - mode: The permissions: 0o600.
    ///   - durably: Whether the new one is on the disk on return, and at any moment the old or the new is.
    public static func replace(
        _ path: String, _ content: [UInt8], mode: UInt32 = 0o600, durably: Bool = true
    ) throws(SystemError) {
        try Directory.create(File.parent(of: path), mode: 0o755)
        try File.replace(path, content, mode: mode, durably: durably)
    }

    /// Removes a file, and returns whether there was one.
    @discardableResult
    public static func remove(_ path: String) throws(SystemError) -> Bool { try File.remove(path) }
}
