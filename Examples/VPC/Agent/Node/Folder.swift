// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import Glibc
package import LinuxCore

/// Folders of the agent's.
package enum Folder {
    /// Makes a folder for its owner only, and the ones above it; no error if it is there.
    package static func create(_ path: String) throws(SystemError) {
        do throws(SystemError) {
            try systemCall("mkdir \(path)") { mkdir(path, 0o700) }
        } catch  where error.errno == EEXIST {
            return
        } catch  where error.errno == ENOENT && path.contains("/") && parent(of: path) != path {
            try create(parent(of: path))
            do throws(SystemError) { try systemCall("mkdir \(path)") { mkdir(path, 0o700) } } catch
                where error.errno == EEXIST
            {
                return
            }
        }
    }

    /// Whether there is something at a path.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The folder that a path is in.
    package static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
