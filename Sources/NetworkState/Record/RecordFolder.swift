// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LinuxCore

/// The records of one host's network namespace: a folder below /run, which is as short-lived as what it is about.
struct RecordFolder {
    /// Where the records of all namespaces are.
    static let usualPath = "/run/swift-cni"

    /// A namespace's number is in its path: on a machine with several hosts of containers each has its own.
    let path: String

    /// The folder for the calling thread's namespace.
    init(in folder: String) throws(SystemError) {
        let inode = try FileStatus(of: "/proc/thread-self/ns/net").identity.inode
        path = "\(folder)/\(inode)"
    }

    /// The record of an owner; nil if there is none.
    ///
    /// What is not understood in it is passed over: a record must not keep an attachment from being removed.
    func record(of owner: String) throws(SystemError) -> AttachmentRecord? {
        guard let content = try content(of: Self.name(of: owner)) else { return nil }
        return AttachmentRecord(owner: owner, steps: Self.steps(in: content))
    }

    /// All records.
    func all() throws(SystemError) -> [AttachmentRecord] {
        let names: [String]
        do throws(SystemError) {
            names = try Directory.names(in: path)
        } catch  where error.errno == ENOENT {
            return []
        }
        var records: [AttachmentRecord] = []
        for name in names where !File.isUnfinished(name) {
            guard let content = try content(of: name) else { continue }
            records.append(AttachmentRecord(owner: Self.owner(name), steps: Self.steps(in: content)))
        }
        return records
    }

    /// Who has a record, or part of one that a crash has left half written.
    func owners() throws(SystemError) -> [String] {
        let names: [String]
        do throws(SystemError) {
            names = try Directory.names(in: path)
        } catch  where error.errno == ENOENT {
            return []
        }
        return names.map { Self.owner(File.isUnfinished($0) ? String($0.dropFirst().dropLast(4)) : $0) }
    }

    /// Writes an owner's record, in place of the one that is there.
    func write(_ record: AttachmentRecord) throws(SystemError) {
        try Directory.create(path, mode: 0o700)
        var text = ""
        for step in record.steps {
            if let line = RecordText.line(step) { text += line + "\n" }
        }
        try File.replace("\(path)/\(Self.name(of: record.owner))", Array(text.utf8), mode: 0o600)
    }

    /// Removes an owner's record, if there is one, and what a crash has left of writing it.
    func remove(_ owner: String) throws(SystemError) {
        let file = "\(path)/\(Self.name(of: owner))"
        try File.remove(file)
        try File.remove(File.unfinished(file))
    }

    /// A name for a file: keys have no colon, and a file's name no slash.
    private static func name(of owner: String) -> String { replacing("/", by: ":", in: owner) }
    private static func owner(_ name: String) -> String { replacing(":", by: "/", in: name) }

    private static func replacing(_ old: Unicode.Scalar, by new: Unicode.Scalar, in text: String) -> String {
        let (old, new) = (UInt8(ascii: old), UInt8(ascii: new))
        return String(decoding: text.utf8.map { $0 == old ? new : $0 }, as: UTF8.self)
    }

    private static func steps(in content: [UInt8]) -> [Change] {
        String(decoding: content, as: UTF8.self).split(separator: "\n").compactMap {
            RecordText.step(String($0))
        }
    }

    /// A record's content; nil if there is none.
    ///
    /// Only a plain file of our own that nobody else may write is believed.
    private func content(of name: String) throws(SystemError) -> [UInt8]? {
        let file = "\(path)/\(name)"
        do throws(SystemError) {
            let opened = try OwnedFileDescriptor(opening: file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
            let status = try FileStatus(of: opened.rawValue, named: file)
            guard status.isRegularFile, status.owner == geteuid(), status.mode & 0o022 == 0 else {
                return nil
            }
            return try File.read(opened.rawValue, named: file, limit: 1 << 20)
        } catch  where error.errno == ENOENT || error.errno == ENOTDIR || error.errno == ELOOP {
            return nil
        }
    }
}
