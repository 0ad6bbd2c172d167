// SPDX-License-Identifier: Apache-2.0

public import CNITypes
internal import Glibc
internal import LinuxCore

/// Notes of attachments that went while no agent listened: files that it reads, and removes, when it starts.
///
/// An agent listens first and then reads the notes; a plugin writes a note and then tries the agent once more. So either
/// of them comes to know of the other.
public struct ReleasedAttachments: Sendable {
    /// Where the notes are by default.
    public static let usualFolder = "/run/swift-cni/vpc/released"

    /// The path of the folder.
    public let folder: String

    /// Creates a view of a folder, which need not be there.
    public init(folder: String = Self.usualFolder) { self.folder = folder }

    /// Notes that an attachment is gone.
    ///
    /// - Throws: ``CNIError/Code/ioFailure``, for a folder that others could write into, too.
    public func add(_ attachment: Attachment) throws(CNIError) {
        do throws(SystemError) {
            try Directory.create(folder, mode: 0o700)
            try requireOwnFolder()
            let note = AgentRequest(.delete(attachment), of: attachment.network)
            try File.replace(path(of: attachment), note.line, mode: 0o600)
        } catch {
            throw CNIError(
                .ioFailure, "cannot note that \(attachment.key) is gone", details: error.description)
        }
    }

    /// All attachments that are noted; what makes no sense is passed over.
    ///
    /// - Throws: ``CNIError/Code/ioFailure``, for a folder that others could write into, too.
    public func all() throws(CNIError) -> [Attachment] {
        do throws(SystemError) {
            try requireOwnFolder()
            var attachments: [Attachment] = []
            for name in try Directory.names(in: folder) where !File.isUnfinished(name) {
                if let attachment = try attachment(noted: name) { attachments.append(attachment) }
            }
            return attachments
        } catch  where error.errno == ENOENT {
            return []
        } catch {
            throw CNIError(.ioFailure, "cannot read which attachments are gone", details: error.description)
        }
    }

    /// Removes the note of an attachment, if there is one.
    ///
    /// - Throws: ``CNIError/Code/ioFailure``.
    public func remove(_ attachment: Attachment) throws(CNIError) {
        do throws(SystemError) {
            try File.remove(path(of: attachment))
        } catch {
            throw CNIError(
                .ioFailure, "cannot remove the note of \(attachment.key)", details: error.description)
        }
    }

    /// Keys have no colon, and a file's name no slash.
    private func path(of attachment: Attachment) -> String {
        let name = attachment.key.utf8.map { $0 == UInt8(ascii: "/") ? UInt8(ascii: ":") : $0 }
        return "\(folder)/\(String(decoding: name, as: UTF8.self))"
    }

    /// Only a plain file of our own is believed.
    private func attachment(noted name: String) throws(SystemError) -> Attachment? {
        let path = "\(folder)/\(name)"
        let content: [UInt8]
        do throws(SystemError) {
            let file = try OwnedFileDescriptor(opening: path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
            let status = try FileStatus(of: file.rawValue, named: path)
            guard status.isRegularFile, status.owner == geteuid(), status.mode & 0o022 == 0 else {
                return nil
            }
            content = try File.read(file.rawValue, named: path, limit: 1 << 16)
        } catch  where error.errno == ENOENT || error.errno == ELOOP || error.errno == EFBIG {
            return nil
        }
        guard let note = try? AgentRequest(parsing: content), case .delete(let attachment) = note.verb else {
            return nil
        }
        return attachment
    }

    private func requireOwnFolder() throws(SystemError) {
        let descriptor = try OwnedFileDescriptor(opening: folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        let status = try FileStatus(of: descriptor.rawValue, named: folder)
        guard status.owner == geteuid(), status.mode & 0o022 == 0 else {
            throw SystemError(operation: "trust \(folder)", errno: EPERM)
        }
    }
}
