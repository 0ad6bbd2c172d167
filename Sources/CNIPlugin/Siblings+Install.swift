// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LinuxCore

extension Siblings {
    /// Puts a copy of the running executable into a folder once, and links every plugin's name to it.
    ///
    /// For container images without a shell, and `make install`. Each name is replaced in one step by rename(2): a
    /// runtime that starts a plugin just now finds the old or the new one, and a running one is never written to
    /// (ETXTBSY). Other files of the folder are left alone.
    ///
    /// - Parameter wanted: The plugins whose names it gets; none for all.
    /// - Returns: What it did, a line for people.
    func install(_ wanted: [String] = [], into folder: String) throws(SystemError) -> String {
        let names = wanted.isEmpty ? names : wanted
        guard let first = names.first else { return "" }
        let content = try File.read("/proc/self/exe", limit: Self.largestExecutable)
        try Directory.create(folder)
        // A fresh file for every installation: 0755 regardless of the umask, since kubelet's runtime may be another user.
        let copy = File.unfinished("\(folder)/cni-plugins")
        try File.remove(copy)
        let file = try OwnedFileDescriptor(
            opening: copy, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o700)
        do throws(SystemError) {
            try File.write(content, to: file.rawValue, named: copy)
            try systemCall("chmod \(copy)") { fchmod(file.rawValue, 0o755) }
            for name in names { try link(copy, as: "\(folder)/\(name)") }
        } catch {
            _ = try? File.remove(copy)
            throw error
        }
        try File.remove(copy)
        return names.count == 1 ? "\(folder)/\(first)\n" : "\(folder): \(names.joined(separator: " "))\n"
    }

    /// Gives a file a second name, replacing what had it.
    private func link(_ file: String, as name: String) throws(SystemError) {
        let new = File.unfinished(name)
        try File.remove(new)
        try systemCall("link \(new)") { Glibc.link(file, new) }
        do throws(SystemError) {
            try systemCall("rename \(new) \(name)") { rename(new, name) }
        } catch {
            _ = try? File.remove(new)
            throw error
        }
    }

    /// 256 MiB: a debug build of all plugins has 100.
    private static var largestExecutable: Int { 1 << 28 }
}
