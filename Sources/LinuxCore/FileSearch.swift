// SPDX-License-Identifier: Apache-2.0

/// Looks for files by name in a list of folders, as runtimes look for plugins (CNI specification 1.1.0, section 2, CNI_PATH).
package enum FileSearch {
    /// The first regular file of a name; a folder that is not there, or cannot be looked into, is passed over.
    package static func first(
        _ name: String, in folders: [String]
    ) -> (path: String, status: FileStatus)? {
        for folder in folders {
            let path = "\(folder)/\(name)"
            do throws(SystemError) {
                let status = try FileStatus(of: path)
                if status.isRegularFile { return (path, status) }
            } catch {
                continue
            }
        }
        return nil
    }
}
