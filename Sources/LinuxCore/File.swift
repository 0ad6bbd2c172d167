// SPDX-License-Identifier: Apache-2.0

internal import CLinuxShims
package import Glibc

/// Whole-file operations, each atomic to a reader and to a crash of this process.
package enum File {
    /// The whole content of a regular file of at most `limit` bytes; EFBIG past it, EINVAL for what is none, which is
    /// neither waited for nor read.
    ///
    /// - Parameter follows: Whether also by a symbolic link; ELOOP if not.
    package static func read(
        _ path: String, limit: Int = 1 << 20, follows: Bool = true
    ) throws(SystemError) -> [UInt8] {
        let file = try OwnedFileDescriptor(openingRegular: path, O_RDONLY, follows: follows, named: path)
        return try read(file.rawValue, named: path, limit: limit)
    }

    /// The whole content of a file, or of what a pipe or a terminal gives until it ends: for paths that a person has
    /// given to a program that a person has started.
    package static func readStream(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
        let file = try OwnedFileDescriptor(opening: path, O_RDONLY)
        return try read(file.rawValue, named: path, limit: limit)
    }

    /// What is left to read of an open descriptor, at most `limit` bytes; EFBIG past it.
    package static func read(
        _ descriptor: CInt, named name: String, limit: Int
    ) throws(SystemError) -> [UInt8] {
        var content: [UInt8] = []
        var room = 4096
        while true {
            var chunk: [UInt8] = []
            var failure: SystemError?
            chunk = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                do throws(SystemError) {
                    count = try systemCall("read \(name)") {
                        Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                    }
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            if chunk.isEmpty { return content }
            content += chunk
            if content.count > limit { throw SystemError(operation: "read \(name)", errno: EFBIG) }
            if chunk.count == room { room = min(room * 4, 1 << 18) }
        }
    }

    /// Creates a file that appears with its whole content or not at all; EEXIST if there is one.
    ///
    /// As open(2) O_TMPFILE and linkat(2); on a file system without O_TMPFILE (NFS, some overlays), and without /proc, as
    /// O_EXCL and write(2), where a crash in between leaves an empty file.
    package static func create(_ path: String, _ content: [UInt8], mode: mode_t) throws(SystemError) {
        try create(path, in: AT_FDCWD, content, mode: mode, named: path)
    }

    static func create(
        _ name: String, in folder: CInt, _ content: [UInt8], mode: mode_t, named path: String
    ) throws(SystemError) {
        do throws(SystemError) {
            let parent = folder == AT_FDCWD ? parent(of: name) : "."
            let file = OwnedFileDescriptor(
                adopting: try systemCall("create \(path)") { swift_cni_open_unnamed(folder, parent, mode) })
            try write(content, to: file.rawValue, named: path)
            try systemCall("link \(path)") { swift_cni_link_unnamed(file.rawValue, folder, name) }
        } catch  where [EOPNOTSUPP, EISDIR, ENOENT].contains(error.errno) {
            let file = try OwnedFileDescriptor(
                opening: name, in: folder, O_WRONLY | O_CREAT | O_EXCL, mode: mode, named: path)
            do throws(SystemError) {
                try write(content, to: file.rawValue, named: path)
            } catch {
                _ = try? remove(name, in: folder, named: path)
                throw error
            }
        }
    }

    /// The neighbour, `.<name>.new`, as which ``replace(_:_:mode:durably:)`` writes a file.
    ///
    /// A crash can leave it. It may be removed at any moment: its writer starts over.
    package static func unfinished(_ path: String) -> String {
        let directory = parent(of: path)
        let name = path.dropFirst(directory == "/" ? 1 : directory.utf8.count + 1)
        return "\(directory)/.\(name).new"
    }

    /// Whether a name is one of ``unfinished(_:)``.
    package static func isUnfinished(_ name: String) -> Bool { name.hasPrefix(".") && name.hasSuffix(".new") }

    /// Creates or replaces a file, as rename(2) over it of its ``unfinished(_:)`` neighbour.
    ///
    /// - Parameter durably: With fsync(2) of the content before and of the folder after it, so that past the
    ///   return a power cut leaves the new content, and at any moment the old or the new.
    package static func replace(
        _ path: String, _ content: [UInt8], mode: mode_t, durably: Bool = false
    ) throws(SystemError) {
        let place = (folder: AT_FDCWD, new: unfinished(path))
        try replace(path, place, content, mode: mode, durably: durably, named: path)
        guard durably else { return }
        let directory = parent(of: path)
        let folder = try OwnedFileDescriptor(opening: directory, O_RDONLY | O_DIRECTORY)
        try systemCall("fsync \(directory)") { fsync(folder.rawValue) }
    }

    static func replace(
        _ name: String, _ place: (folder: CInt, new: String), _ content: [UInt8], mode: mode_t, durably: Bool,
        named path: String
    ) throws(SystemError) {
        var attempts = 4
        while try !rename(over: name, place, content, mode: mode, durably: durably, named: path) {
            attempts -= 1
            if attempts == 0 { throw SystemError(operation: "replace \(path)", errno: ENOENT) }
        }
    }

    /// Returns whether the new file could be renamed; if not, somebody has removed it, or one was there.
    ///
    /// The new file is made by us: who can write the folder could have put a link of that name there, to a file that
    /// we can write and he cannot.
    private static func rename(
        over name: String, _ place: (folder: CInt, new: String), _ content: [UInt8], mode: mode_t,
        durably: Bool,
        named path: String
    ) throws(SystemError) -> Bool {
        let (folder, new) = place
        do throws(SystemError) {
            let file = try OwnedFileDescriptor(
                opening: new, in: folder, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode,
                named: unfinished(path))
            try write(content, to: file.rawValue, named: unfinished(path))
            if durably { try systemCall("fsync \(unfinished(path))") { fsync(file.rawValue) } }
            try systemCall("rename \(unfinished(path)) \(path)") { renameat(folder, new, folder, name) }
            return true
        } catch  where error.errno == ENOENT {
            return false
        } catch  where error.errno == EEXIST {
            // What a process that died has left, or one that starts over.
            try remove(new, in: folder, named: unfinished(path))
            return false
        } catch {
            // Through the gate: a process that died would not have removed it either.
            _ = try? remove(new, in: folder, named: unfinished(path))
            throw error
        }
    }

    /// Writes into a file that exists, such as one below /proc/sys, in one write(2).
    package static func write(_ content: String, into path: String) throws(SystemError) {
        let file = try OwnedFileDescriptor(opening: path, O_WRONLY)
        try write(Array(content.utf8), to: file.rawValue, named: path)
    }

    /// Writes all of `content` to an open descriptor.
    package static func write(
        _ content: [UInt8], to descriptor: CInt, named name: String
    ) throws(SystemError) {
        var rest = content[...]
        repeat {
            let written = try systemCall("write \(name)") {
                rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            }
            rest = rest.dropFirst(written)
        } while !rest.isEmpty
    }

    /// Removes a file.
    ///
    /// Returns whether there was one.
    @discardableResult
    package static func remove(_ path: String) throws(SystemError) -> Bool {
        try remove(path, in: AT_FDCWD, named: path)
    }

    @discardableResult
    static func remove(
        _ name: String, in folder: CInt, named path: @autoclosure () -> String
    ) throws(SystemError) -> Bool {
        do throws(SystemError) {
            try systemCall("remove \(path())") { unlinkat(folder, name, 0) }
            return true
        } catch  where error.errno == ENOENT || error.errno == ENAMETOOLONG {
            // No file can have a name that is too long for one.
            return false
        }
    }

    /// The path of the folder that holds `path`.
    package static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
