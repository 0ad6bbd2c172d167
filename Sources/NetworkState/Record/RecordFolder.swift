// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LinuxCore

/// The records of one host's network namespace: a folder below /run, which is as short-lived as what it is about.
struct RecordFolder {
    /// Where the records of all namespaces are.
    static let usualPath = "/run/swift-cni"

    /// A namespace's numbers are in its path: on a machine with several hosts of containers each has its own.
    let path: String

    /// The folder for the calling thread's namespace.
    ///
    /// - Parameter cookie: The namespace's SO_NETNS_COOKIE, which no other has in this boot; nil before Linux 5.14, where the
    ///   inode alone names the namespace, which a later one may get.
    init(in folder: String, cookie: UInt64?) throws(SystemError) {
        let inode = try FileStatus(of: "/proc/thread-self/ns/net").identity.inode
        path = cookie.map { "\(folder)/\(inode)-\($0)" } ?? "\(folder)/\(inode)"
    }

    /// The record of an owner, and of a plugin of its chain; nil if there is none.
    ///
    /// What is not understood in it is passed over: a record must not keep an attachment from being removed.
    func record(of owner: String, by plugin: String?) throws(SystemError) -> AttachmentRecord? {
        let name = Self.name(of: owner, plugin)
        return try content(of: name).map { Self.record(named: name, $0.lines) }
    }

    /// All records, the newest first: what a later plugin of a chain has done is taken back before what it stands on.
    func all() throws(SystemError) -> [AttachmentRecord] {
        var records: [(record: AttachmentRecord, modified: Int64)] = []
        for name in try names() where !File.isUnfinished(name) {
            guard let content = try content(of: name) else { continue }
            records.append((Self.record(named: name, content.lines), content.modified))
        }
        return records.sorted { $0.modified > $1.modified }.map(\.record)
    }

    /// Removes the records of attachments whose key `isGoing` accepts, of all plugins, and what a crash has left of
    /// writing them.
    func removeAll(where isGoing: (String) -> Bool) throws(SystemError) {
        for name in try names() {
            let whole = File.isUnfinished(name) ? String(name.dropFirst().dropLast(4)) : name
            let record = Self.record(named: whole, [])
            if !record.isOfNetwork, isGoing(record.owner) { try File.remove("\(path)/\(name)") }
        }
    }

    private func names() throws(SystemError) -> [String] {
        do throws(SystemError) {
            return try Directory.names(in: path)
        } catch  where error.errno == ENOENT {
            return []
        }
    }

    /// Writes an owner's record, in place of the one that is there.
    func write(_ record: AttachmentRecord) throws(SystemError) {
        try Directory.create(path, mode: 0o700)
        var text = record.container.map { RecordText.container($0) + "\n" } ?? ""
        for step in record.steps {
            if let line = RecordText.line(step) { text += line + "\n" }
        }
        let name = Self.name(of: record.owner, record.plugin)
        try File.replace("\(path)/\(name)", Array(text.utf8), mode: 0o600)
    }

    /// Removes an owner's record, if there is one, and what a crash has left of writing it.
    func remove(_ owner: String, by plugin: String?) throws(SystemError) {
        let file = "\(path)/\(Self.name(of: owner, plugin))"
        try File.remove(file)
        try File.remove(File.unfinished(file))
    }

    /// A name for a file, `NETWORK:CONTAINER:INTERFACE:PLUGIN`: keys have no colon, and a file's name no slash.
    private static func name(of owner: String, _ plugin: String?) -> String {
        replacing("/", by: ":", in: plugin.map { "\(owner)/\(PercentEncoding.encoded($0))" } ?? owner)
    }

    private static func record(named name: String, _ lines: [String]) -> AttachmentRecord {
        let parts = name.split(separator: ":", omittingEmptySubsequences: false)
        let plugin = parts.count > 3 ? parts.dropFirst(3).joined(separator: ":") : nil
        return AttachmentRecord(
            owner: parts.prefix(3).joined(separator: "/"),
            plugin: plugin.map { PercentEncoding.decoded($0) ?? $0 },
            steps: lines.compactMap { RecordText.step($0) },
            container: lines.lazy.compactMap { RecordText.container(line: $0) }.first)
    }

    private static func replacing(_ old: Unicode.Scalar, by new: Unicode.Scalar, in text: String) -> String {
        let (old, new) = (UInt8(ascii: old), UInt8(ascii: new))
        return String(decoding: text.utf8.map { $0 == old ? new : $0 }, as: UTF8.self)
    }

    /// A record's lines, and when it was written; nil if there is none.
    ///
    /// Only a plain file of our own that nobody else may write is believed.
    private func content(of name: String) throws(SystemError) -> (lines: [String], modified: Int64)? {
        let file = "\(path)/\(name)"
        do throws(SystemError) {
            let opened = try OwnedFileDescriptor(opening: file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
            let status = try FileStatus(of: opened.rawValue, named: file)
            guard status.isRegularFile, status.owner == geteuid(), status.mode & 0o022 == 0 else {
                return nil
            }
            let content = try File.read(opened.rawValue, named: file, limit: 1 << 20)
            let lines = String(decoding: content, as: UTF8.self).split(separator: "\n").map(String.init)
            return (lines, status.modified)
        } catch  where error.meansNoFile || error.errno == ENOTDIR || error.errno == ENAMETOOLONG {
            return nil
        }
    }
}
