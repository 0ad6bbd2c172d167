// SPDX-License-Identifier: Apache-2.0

internal import CLinuxShims
package import Glibc

/// Whole-file operations, each atomic to a reader and to a crash of this process.
package enum File {
    /// The whole content of a file of at most `limit` bytes; EFBIG past it.
    package static func read(_ path: String, limit: Int = 1 << 20) throws(SystemError) -> [UInt8] {
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
    /// As open(2) O_TMPFILE and linkat(2); on a file system without O_TMPFILE (NFS, some overlays) as
    /// O_EXCL and write(2), where a crash in between leaves an empty file.
    package static func create(_ path: String, _ content: [UInt8], mode: mode_t) throws(SystemError) {
        let directory = parent(of: path)
        do throws(SystemError) {
            let file = OwnedFileDescriptor(
                adopting: try systemCall("create \(path)") { swift_cni_open_unnamed(directory, mode) })
            try write(content, to: file.rawValue, named: path)
            try systemCall("link \(path)") { swift_cni_link_unnamed(file.rawValue, path) }
        } catch  where error.errno == EOPNOTSUPP || error.errno == EISDIR {
            let file = try OwnedFileDescriptor(opening: path, O_WRONLY | O_CREAT | O_EXCL, mode: mode)
            do throws(SystemError) {
                try write(content, to: file.rawValue, named: path)
            } catch {
                _ = try? remove(path)
                throw error
            }
        }
    }

    /// The neighbour, `.<name>.new`, as which ``replace(_:_:mode:durably:)`` writes a file.
    ///
    /// A crash can leave it. It may be removed at any moment: who is just writing it begins anew.
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
        var attempts = 4
        while try !rename(over: path, content, mode: mode, durably: durably) {
            attempts -= 1
            if attempts == 0 { throw SystemError(operation: "replace \(path)", errno: ENOENT) }
        }
        guard durably else { return }
        let directory = parent(of: path)
        let folder = try OwnedFileDescriptor(opening: directory, O_RDONLY | O_DIRECTORY)
        try systemCall("fsync \(directory)") { fsync(folder.rawValue) }
    }

    /// Returns whether the new file could be renamed; if not, a sweep has removed it.
    private static func rename(
        over path: String, _ content: [UInt8], mode: mode_t, durably: Bool
    ) throws(SystemError) -> Bool {
        let new = unfinished(path)
        let file = try OwnedFileDescriptor(opening: new, O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
        do throws(SystemError) {
            try write(content, to: file.rawValue, named: new)
            if durably { try systemCall("fsync \(new)") { fsync(file.rawValue) } }
            try systemCall("rename \(new) \(path)") { Glibc.rename(new, path) }
            return true
        } catch  where error.errno == ENOENT {
            return false
        } catch {
            // Through the gate: a process that died would not have removed it either.
            _ = try? remove(new)
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
        do throws(SystemError) {
            try systemCall("remove \(path)") { unlink(path) }
            return true
        } catch  where error.errno == ENOENT {
            return false
        }
    }

    /// The path of the folder that holds `path`.
    package static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
