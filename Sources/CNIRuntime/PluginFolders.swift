// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore

/// The plugins in a list of folders, as they were when these were read.
public struct PluginFolders: Sendable {
    /// A plugin and where it is.
    public struct File: Hashable, Sendable {
        /// The plugin's type.
        public let name: String
        /// The executable.
        public let path: String
    }

    /// The executables that can be called, in the order of their names.
    ///
    /// Of those of one name the first counts.
    public let files: [File]
    /// The folders that cannot be read.
    public let problems: [Problem]

    /// Reads folders, in the order in which they are looked in for a plugin.
    public init(reading folders: [String] = ["/opt/cni/bin"]) {
        var files: [File] = []
        var problems: [Problem] = []
        for folder in folders {
            let names: [String]
            do throws(SystemError) {
                names = try Directory.names(in: folder)
            } catch {
                problems.append(Problem(path: folder, reason: error.description))
                continue
            }
            for name in names where !files.contains(where: { $0.name == name }) {
                let path = "\(folder)/\(name)"
                guard let status = try? FileStatus(of: path), status.isRegularFile, status.mode & 0o111 != 0
                else { continue }
                files.append(File(name: name, path: path))
            }
        }
        self.files = files.sorted { $0.name < $1.name }
        self.problems = problems
    }
}
