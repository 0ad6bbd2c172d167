// SPDX-License-Identifier: Apache-2.0

internal import CLinuxShims
package import Glibc

/// Operations on folders.
package enum Directory {
    /// Creates a folder and the ones above it; no error if it is there.
    ///
    /// As `mkdir -p`.
    package static func create(_ path: String, mode: mode_t = 0o755) throws(SystemError) {
        do throws(SystemError) {
            try systemCall("mkdir \(path)") { mkdir(path, mode) }
        } catch  where error.errno == EEXIST {
            return
        } catch  where error.errno == ENOENT && path != "/" && path != "." {
            try create(File.parent(of: path), mode: mode)
            do throws(SystemError) {
                try systemCall("mkdir \(path)") { mkdir(path, mode) }
            } catch  where error.errno == EEXIST {
                return  // another process made it meanwhile
            }
        }
    }

    /// The names in a folder except `.` and `..`, in the order of their bytes.
    package static func names(in path: String) throws(SystemError) -> [String] {
        do throws(SystemError) {
            return try names(of: OwnedFileDescriptor(opening: path, O_RDONLY | O_DIRECTORY), at: path)
        } catch {
            throw SystemError(operation: "list \(path)", errno: error.errno)
        }
    }

    /// The first names in a folder, in no order, until one of them is wanted: not all of a large one are read.
    ///
    /// - Returns: Whether one was wanted.
    package static func contains(
        in path: String, where isWanted: (String) throws(SystemError) -> Bool
    ) throws(SystemError) -> Bool {
        var isFound = false
        let folder = try OwnedFileDescriptor(opening: path, O_RDONLY | O_DIRECTORY)
        try forEachName(of: folder, at: path) { name throws(SystemError) in
            isFound = try isWanted(name)
            return !isFound
        }
        return isFound
    }

    /// The names in an open folder, likewise; nothing else may read it.
    static func names(
        of folder: consuming OwnedFileDescriptor, at path: @autoclosure () -> String
    ) throws(SystemError) -> [String] {
        var names: [String] = []
        try forEachName(of: folder, at: path()) { name throws(SystemError) in
            names.append(name)
            return true
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Calls `body` with each name in an open folder, as long as it returns true.
    private static func forEachName(
        of folder: consuming OwnedFileDescriptor, at path: @autoclosure () -> String,
        _ body: (String) throws(SystemError) -> Bool
    ) throws(SystemError) {
        try Operations.admit("list \(path())")
        // readdir(3) would have the kernel look up a thousand entries for the first.
        var buffer = [UInt8](repeating: 0, count: 1024)
        while true {
            let count = buffer.withUnsafeMutableBytes {
                swift_cni_getdents(folder.rawValue, $0.baseAddress, UInt($0.count))
            }
            if count < 0 { throw SystemError(operation: "list \(path())", errno: errno) }
            if count == 0 { return }
            var start = 0
            while start < count {
                // struct linux_dirent64 of getdents64(2): inode, offset, length, type, name.
                let length = Int(buffer[start + 16]) | Int(buffer[start + 17]) << 8
                let name = String(
                    decoding: buffer[start + 19..<start + length].prefix { $0 != 0 }, as: UTF8.self)
                start += length
                if name != ".", name != "..", try !body(name) { return }
            }
            if buffer.count < 1 << 15 { buffer = [UInt8](repeating: 0, count: buffer.count * 4) }
        }
    }

    /// Removes an empty folder.
    ///
    /// Returns whether there was one.
    @discardableResult
    package static func remove(_ path: String) throws(SystemError) -> Bool {
        do throws(SystemError) {
            try systemCall("rmdir \(path)") { rmdir(path) }
            return true
        } catch  where error.errno == ENOENT {
            return false
        }
    }
}
