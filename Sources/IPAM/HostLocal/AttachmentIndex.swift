// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LinuxCore

/// The files that tell which addresses an attachment holds, so that nobody has to search all leases.
///
/// A cache beside the leases: `<dataDir>/.attachments/<network>/<hash of the owner>`, one line a lease,
/// and `stamp`, which says for which state of the leases the rest is right. The leases' own folder must
/// not hold it, since the reference plugin reads every file there. No network's name begins with a dot.
///
/// Only a folder of our own that nobody else can write is believed and written: in a data directory that others can write
/// one may have been put there, or a link. Without an index each operation reads all leases.
package struct AttachmentIndex: Sendable {
    /// The folder that the configuration names.
    private let dataDirectory: String
    private let network: String

    private static let name = ".attachments"

    package init(dataDirectory: String, network: String) {
        self.dataDirectory = dataDirectory
        self.network = network
    }

    /// The index, open; nil if there is none.
    ///
    /// - Throws: EPERM, ELOOP or ENOTDIR for what is not ours.
    func open() throws(SystemError) -> IndexFiles? {
        do throws(SystemError) {
            return try files(in: Folder(opening: dataDirectory))
        } catch  where error.errno == ENOENT {
            return nil
        }
    }

    /// The index, open, which is made if it is not there.
    func create() throws(SystemError) -> IndexFiles {
        if let files = try open() { return files }
        let parent = try Folder(opening: dataDirectory)
        try parent.createFolder(Self.name, mode: 0o700)
        try Folder(Self.name, in: parent).createFolder(network, mode: 0o700)
        return try files(in: parent)
    }

    private func files(in parent: Folder) throws(SystemError) -> IndexFiles {
        let folder = try Folder(network, in: Folder(Self.name, in: parent))
        guard try folder.status.isOurs else {
            throw SystemError(operation: "open \(folder.path): writable by others", errno: EPERM)
        }
        return IndexFiles(folder: folder)
    }
}

/// The files of an index that is open.
struct IndexFiles: Sendable {
    let folder: Folder

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
                isComplete = isComplete && (error.errno == EBADMSG || error.meansNoFile)
            }
        }
        var names: [String] = []
        attempt { () throws(SystemError) in names = try folder.names }
        for name in names where name != Self.stamp {
            attempt { () throws(SystemError) in records += try read(name) ?? [] }
        }
        return (records, isComplete)
    }

    /// Makes the index consist of these records.
    ///
    /// Each file goes from old to new in one step, so that what it says of boots survives a crash.
    func replaceAll(with records: [LeaseRecord]) throws(SystemError) {
        let files = [String: [LeaseRecord]](grouping: records) { $0.owner.fileName }
        for name in try folder.names where files[name] == nil && name != Self.stamp {
            try folder.remove(name)
        }
        for (name, records) in files {
            if let present = try? read(name), present == records { continue }
            try write(records, to: name)
        }
    }

    private func read(_ name: String) throws(SystemError) -> [LeaseRecord]? {
        guard let content = try folder.read(name) else { return nil }
        func damage() -> SystemError {
            SystemError(operation: "decode \(folder.path)/\(name)", errno: EBADMSG)
        }
        var records: [LeaseRecord] = []
        for line in content.split(separator: UInt8(ascii: "\n")) {
            guard let record = LeaseRecord(line: line) else { throw damage() }
            records.append(record)
        }
        // One without leases would not be there.
        if records.isEmpty { throw damage() }
        return records
    }

    private func write(_ records: [LeaseRecord], to name: String) throws(SystemError) {
        if records.isEmpty {
            try folder.remove(name)
        } else {
            var lines: [UInt8] = []
            for record in records { lines += "\(record.line)\n".utf8 }
            try folder.replace(name, lines, mode: 0o600)
        }
    }
}

extension IndexFiles {
    private static let stamp = "stamp"

    /// The state of the leases for which the index is right.
    struct Stamp: Hashable, Sendable {
        /// The time of modification of the folder of leases.
        var modified: Int64
        var boot: String
    }

    /// The stamp, or nil if there is none that can be read.
    func stamp() -> Stamp? {
        guard let content = try? folder.read(Self.stamp) else { return nil }
        let words = content.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 2, let modified = Int64(String(decoding: words[0], as: UTF8.self)),
            words[1].last == UInt8(ascii: "\n")
        else { return nil }
        return Stamp(modified: modified, boot: String(decoding: words[1].dropLast(), as: UTF8.self))
    }

    func write(_ stamp: Stamp) throws(SystemError) {
        try folder.replace(Self.stamp, Array("\(stamp.modified) \(stamp.boot)\n".utf8), mode: 0o600)
    }
}

extension File {
    /// Whether there is something of that name, be it a symbolic link that leads nowhere.
    static func exists(_ path: String) throws(SystemError) -> Bool {
        do throws(SystemError) {
            _ = try FileStatus(ofLink: path, named: path)
            return true
        } catch {
            if error.errno == ENOENT { return false }
            throw error
        }
    }
}
