// SPDX-License-Identifier: Apache-2.0

internal import Glibc
package import LinuxCore

/// The file in which assignments outlive the agent: records are appended, and from time to time it is written anew.
///
/// An append is one write(2), so its cost does not grow with what the node has. Past its return a kill of the agent loses
/// nothing; a power cut may, and past one no container is left that has an address.
package struct JournalFile: ~Copyable {
    /// What an append survives.
    package enum Durability: String, Sendable, CaseIterable {
        /// The end of the process, however it comes. The file is not waited for to be on disk.
        case process
        /// A power cut, too: fdatasync(2) after each record.
        case power
    }

    private let path: String
    private let boot: String
    private let durability: Durability
    /// Held for as long as the agent lives: two agents would hand out everything twice.
    private let lock: FileLock
    private var file: CInt
    private var length: Int
    /// How many records the file has, and how many it had when it was written anew.
    package private(set) var records: Int
    private var compactRecords: Int

    /// What the file had to say when it was opened.
    package let found: JournalContent

    /// Opens the journal, and reads it if it is there.
    ///
    /// - Parameter boot: Of which boot of the machine it is now: /proc/sys/kernel/random/boot_id.
    /// - Throws: EAGAIN if another agent has it.
    package init(
        _ path: String, boot: String, durability: Durability = .process
    ) throws(SystemError) {
        // Beside the file, since the file itself is replaced.
        let lock = try FileLock(path: "\(path).lock", creating: 0o600, waits: false)
        found = JournalContent(reading: try Self.read(path))
        self.lock = lock
        self.path = path
        self.boot = boot
        self.durability = durability
        file = -1
        length = 0
        records = found.records
        compactRecords = 0
    }

    deinit {
        if file >= 0 { _ = close(file) }
    }

    /// Appends a record; past the return it may be told to others.
    ///
    /// On failure the file is as before, as far as the disk lets it.
    package mutating func append(_ record: JournalRecord) throws(SystemError) {
        guard file >= 0 else {
            throw SystemError(operation: "append to \(path) before it is written", errno: EBADF)
        }
        let line = record.line
        let (file, path) = (file, path)
        do throws(SystemError) {
            let written = try systemCall("write \(path)") {
                line.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            }
            // A part of a record means that the disk is full.
            if written != line.count { throw SystemError(operation: "write \(path)", errno: ENOSPC) }
            if durability == .power { try systemCall("fdatasync \(path)") { fdatasync(file) } }
        } catch {
            _ = ftruncate(file, off_t(length))
            throw error
        }
        length += line.count
        records += 1
    }

    /// Whether most of the file is past; writing it anew then costs each record a constant.
    package var wantsCompaction: Bool { records > 1024 && records > compactRecords * 4 }

    /// Writes the file anew: the old one or the new one is there at any moment, and on disk past the return.
    package mutating func compact(_ content: JournalContent) throws(SystemError) {
        let all = content.compacted(boot: boot)
        let bytes = all.flatMap(\.line)
        let (path, new) = (path, "\(path).new")
        let opened = try systemCall("create \(new)") {
            Glibc.open(new, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
        }
        do throws(SystemError) {
            var rest = bytes[...]
            while !rest.isEmpty {
                rest = rest.dropFirst(
                    try systemCall("write \(new)") {
                        rest.withUnsafeBytes { write(opened, $0.baseAddress, $0.count) }
                    })
            }
            try systemCall("fsync \(new)") { fsync(opened) }
            try systemCall("rename \(new)") { rename(new, path) }
            try Self.synchronizeFolder(of: path)
        } catch {
            _ = close(opened)
            throw error
        }
        if file >= 0 { _ = close(file) }
        file = opened
        length = bytes.count
        records = all.count
        compactRecords = all.count
    }

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    private static func synchronizeFolder(of path: String) throws(SystemError) {
        let folder = folder(of: path)
        let descriptor = try systemCall("open \(folder)") {
            Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        }
        defer { _ = close(descriptor) }
        try systemCall("fsync \(folder)") { fsync(descriptor) }
    }

    private static func read(_ path: String) throws(SystemError) -> [UInt8] {
        let descriptor: CInt
        do throws(SystemError) {
            descriptor = try systemCall("open \(path)") { Glibc.open(path, O_RDONLY | O_CLOEXEC) }
        } catch  where error.errno == ENOENT {
            return []
        }
        defer { _ = close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = try systemCall("read \(path)") { Glibc.read(descriptor, &chunk, chunk.count) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }
}
