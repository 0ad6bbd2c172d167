// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A folder whose files are waited for: written, replaced by another one, or removed.
///
/// See inotify(7). A watch on a file itself would stay with the old one when it is replaced.
package struct FolderWatch: ~Copyable, Sendable {
    private let notifications: OwnedFileDescriptor
    private let path: String

    /// Watches a folder from now on.
    package init(_ path: String) throws(SystemError) {
        let opened = OwnedFileDescriptor(
            adopting: try systemCall("inotify_init") { inotify_init1(CInt(IN_CLOEXEC)) })
        // A file that is still being written is not looked at before it is closed.
        let mask = UInt32(IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_ONLYDIR)
        let descriptor = opened.rawValue
        try systemCall("watch \(path)") { inotify_add_watch(descriptor, path, mask) }
        notifications = opened
        self.path = path
    }

    /// Waits until something has happened, and returns the names of the files; none when the time is up.
    ///
    /// The name is empty for the folder itself, and if events were lost.
    package borrowing func names(within milliseconds: CInt) throws(SystemError) -> [String] {
        var wait = pollfd(fd: notifications.rawValue, events: Int16(POLLIN), revents: 0)
        let count = try systemCall("wait for \(path)") { poll(&wait, 1, milliseconds) }
        if count == 0 { return [] }
        var buffer = [UInt8](repeating: 0, count: 16384)
        let length = try systemCall("read changes of \(path)") {
            read(notifications.rawValue, &buffer, buffer.count)
        }
        return Self.names(in: buffer[..<length])
    }

    private static func names(in events: ArraySlice<UInt8>) -> [String] {
        let header = MemoryLayout<inotify_event>.size
        var names: [String] = []
        var rest = events
        while rest.count >= header {
            let length = Int(rest.withUnsafeBytes { $0.loadUnaligned(as: inotify_event.self).len })
            guard rest.count >= header + length else { break }
            rest.removeFirst(header)
            names.append(String(decoding: rest.prefix(length).prefix { $0 != 0 }, as: UTF8.self))
            rest.removeFirst(length)
        }
        return names
    }
}
