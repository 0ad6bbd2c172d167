// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LinuxCore

/// The files that tell which addresses an attachment holds, so that nobody has to search all leases.
///
/// A cache beside the leases: `<dataDir>/.attachments/<network>/<hash of the owner>`, one line a lease,
/// and `stamp`, which says for which state of the leases the rest is right. The leases' own folder must
/// not hold it, since the reference plugin reads every file there. No network's name begins with a dot.
package struct AttachmentIndex: Sendable {
    let folder: String

    package init(dataDirectory: String, network: String) {
        folder = "\(dataDirectory)/.attachments/\(network)"
    }

    /// All lines of the file in which the owner's leases are; another owner's may be among them.
    func records(beside owner: LeaseOwner) throws(SystemError) -> [LeaseRecord] {
        try read(owner.fileName) ?? []
    }

    /// Makes the file in which the owner's leases are say this.
    func write(_ records: [LeaseRecord], beside owner: LeaseOwner) throws(SystemError) {
        try write(records, to: owner.fileName)
    }

    /// Every record there is, and whether all files could be read.
    ///
    /// A damaged file counts as empty: there is nothing to be had of it another time either.
    func everything() -> (records: [LeaseRecord], isComplete: Bool) {
        var records: [LeaseRecord] = []
        var isComplete = true
        func attempt(_ body: () throws(SystemError) -> Void) {
            do throws(SystemError) {
                try body()
            } catch {
                isComplete = isComplete && [ENOENT, EBADMSG, EISDIR, EFBIG].contains(error.errno)
            }
        }
        var names: [String] = []
        attempt { () throws(SystemError) in names = try Directory.names(in: folder) }
        for name in names where name != Self.stamp {
            attempt { () throws(SystemError) in records += try read(name) ?? [] }
        }
        return (records, isComplete)
    }

    /// Makes the index consist of these records.
    ///
    /// Each file goes from old to new in one step, so that what it says of boots survives a crash.
    func replaceAll(with records: [LeaseRecord]) throws(SystemError) {
        try Directory.create(folder, mode: 0o700)
        let files = [String: [LeaseRecord]](grouping: records) { $0.owner.fileName }
        for name in try Directory.names(in: folder) where files[name] == nil && name != Self.stamp {
            try File.remove("\(folder)/\(name)")
        }
        for (name, records) in files {
            if let present = try? read(name), present == records { continue }
            try write(records, to: name)
        }
    }

    private func read(_ name: String) throws(SystemError) -> [LeaseRecord]? {
        let path = "\(folder)/\(name)"
        guard let content = try File.contents(of: path) else { return nil }
        var records: [LeaseRecord] = []
        for line in content.split(separator: UInt8(ascii: "\n")) {
            guard let record = LeaseRecord(line: line) else {
                throw SystemError(operation: "decode \(path)", errno: EBADMSG)
            }
            records.append(record)
        }
        // One without leases would not be there.
        if records.isEmpty { throw SystemError(operation: "decode \(path)", errno: EBADMSG) }
        return records
    }

    private func write(_ records: [LeaseRecord], to name: String) throws(SystemError) {
        let path = "\(folder)/\(name)"
        if records.isEmpty {
            try File.remove(path)
        } else {
            var lines: [UInt8] = []
            for record in records { lines += "\(record.line)\n".utf8 }
            try File.replace(path, lines, mode: 0o600)
        }
    }
}

extension AttachmentIndex {
    private static let stamp = "stamp"

    /// The state of the leases for which the index is right.
    struct Stamp: Hashable, Sendable {
        /// The time of modification of the folder of leases.
        var modified: Int64
        var boot: String
    }

    /// The stamp, or nil if there is none that can be read.
    func stamp() -> Stamp? {
        guard let content = try? File.contents(of: "\(folder)/\(Self.stamp)") else { return nil }
        let words = content.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 2, let modified = Int64(String(decoding: words[0], as: UTF8.self)),
            words[1].last == UInt8(ascii: "\n")
        else { return nil }
        return Stamp(modified: modified, boot: String(decoding: words[1].dropLast(), as: UTF8.self))
    }

    func write(_ stamp: Stamp) throws(SystemError) {
        try File.replace(
            "\(folder)/\(Self.stamp)", Array("\(stamp.modified) \(stamp.boot)\n".utf8), mode: 0o600)
    }
}

extension File {
    /// The content of a file, or nil if there is none.
    static func contents(of path: String, limit: Int = 1 << 20) throws(SystemError) -> [UInt8]? {
        do throws(SystemError) {
            return try read(path, limit: limit)
        } catch {
            if error.errno == ENOENT { return nil }
            throw error
        }
    }

    /// Whether there is a file or folder of that name.
    static func exists(_ path: String) throws(SystemError) -> Bool {
        do throws(SystemError) {
            _ = try FileStatus(of: path)
            return true
        } catch {
            if error.errno == ENOENT { return false }
            if error.errno == ELOOP { return true }  // a symbolic link to itself
            throw error
        }
    }
}
