// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The settings below /proc/sys/net of the namespace that the thread is in.
///
/// Each link has over a hundred, and tests look at them hundreds of times: each is read by as few system calls as there can
/// be, from its folder on, and into a buffer of a page, since the kernel clears as much memory as is asked for.
enum SettingsSnapshot {
    /// Every setting that can be read, one a line, but for those of modules, which appear with these: loading one changes no
    /// network.
    static func lines() -> [String] {
        var lines: [String] = []
        for family in ["core", "ipv4", "ipv6"] {
            let folder = open("/proc/sys/net/\(family)", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            if folder >= 0 { append(folder, "sysctl net/\(family)", to: &lines) }
        }
        return lines.sorted()
    }

    /// Appends what is in an open folder, and closes it.
    private static func append(_ folder: CInt, _ prefix: String, to lines: inout [String]) {
        guard let stream = fdopendir(folder) else {
            _ = close(folder)
            return
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let isFolder = entry.pointee.d_type == UInt8(DT_DIR)
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." || isCounter(name) { continue }
            let opened = openat(folder, name, O_RDONLY | O_CLOEXEC | (isFolder ? O_DIRECTORY : 0))
            if opened < 0 { continue }
            if isFolder {
                append(opened, "\(prefix)/\(name)", to: &lines)
            } else {
                if let value = value(of: opened) { lines.append("\(prefix)/\(name)=\(value)") }
                _ = close(opened)
            }
        }
    }

    /// The first line of a setting.
    private static func value(of setting: CInt) -> String? {
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            let count = read(setting, buffer.baseAddress, buffer.count)
            return count < 0 ? nil : String(decoding: buffer[..<count].prefix { $0 != 10 }, as: UTF8.self)
        }
    }

    /// What changes without anybody's doing: numbers of connections, and the machine's memory.
    private static func isCounter(_ name: String) -> Bool {
        name == "tcp_fastopen_key" || name.utf8.suffix(6).elementsEqual("_count".utf8)
            || name.utf8.suffix(4).elementsEqual("_mem".utf8)
    }
}
