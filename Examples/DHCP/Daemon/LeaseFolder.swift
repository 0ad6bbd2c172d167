// SPDX-License-Identifier: Apache-2.0

internal import Addressing
public import CNITypes
internal import DHCPClient
public import LinuxCore

/// The leases on disk, a file for each: `SOCKET.leases/NETWORK:CONTAINER:INTERFACE`, and `:6` behind it for one of IPv6.
///
/// The folder goes with the socket, so that plugin and daemon find the same one without being told.
public struct LeaseFolder: Sendable {
    private let folder: Folder

    /// The folder of a socket.
    static func path(of socket: String) -> String { "\(socket).leases" }

    /// Opens the folder of a socket; makes it where it is to be made.
    ///
    /// - Throws: EPERM for one that somebody else can write, ENOENT for one that is not there.
    public init(of socket: String, creating: Bool = false) throws(SystemError) {
        let path = Self.path(of: socket)
        if creating { try Directory.create(path, mode: 0o700) }
        folder = try Folder(opening: path)
        guard try folder.status.isOurs else {
            throw SystemError(operation: "open \(path): writable by others", errno: 1)  // EPERM
        }
    }

    private static func name(of key: String, _ family: IPAddress.Family = .v4) -> String {
        let name = String(
            decoding: key.utf8.map { $0 == UInt8(ascii: "/") ? UInt8(ascii: ":") : $0 }, as: UTF8.self)
        return family == .v4 ? name : "\(name):6"
    }

    /// Takes the folder for this process alone, as long as the lock is held.
    ///
    /// - Throws: EWOULDBLOCK if another daemon has it.
    func lock(of socket: String) throws(SystemError) -> FileLock {
        try FileLock(path: "\(Self.path(of: socket))/.lock", creating: 0o600, waits: false)
    }

    /// Writes a lease: at any moment the file is the one before or the new one, whole.
    func save(_ record: LeaseRecord) throws(SystemError) {
        try folder.replace(
            Self.name(of: record.attachment.key, record.client.family), record.text, mode: 0o600)
    }

    /// Removes an attachment's leases, and returns whether there was one.
    @discardableResult
    public func remove(_ attachment: Attachment) throws(SystemError) -> Bool {
        let one = try remove(attachment, .v4)
        let other = try remove(attachment, .v6)
        return one || other
    }

    /// Removes an attachment's lease of a family, and returns whether there was one.
    @discardableResult
    func remove(_ attachment: Attachment, _ family: IPAddress.Family) throws(SystemError) -> Bool {
        try folder.remove(Self.name(of: attachment.key, family))
    }

    /// Removes the leases of a network's attachments other than these.
    public func removeAll(of network: NetworkName, but valid: [AttachmentReference]) throws(SystemError) {
        let prefix = Self.name(of: network.keyPrefix)
        let kept = Set(
            valid.flatMap { [Self.name(of: $0.key(in: network)), Self.name(of: $0.key(in: network), .v6)] })
        for name in try folder.names where name.hasPrefix(prefix) && !kept.contains(name) {
            try folder.remove(name)
        }
    }

    /// Every lease that can be read, and what is wrong with each other file.
    func records() throws(SystemError) -> (leases: [LeaseRecord], faults: [String]) {
        var leases: [LeaseRecord] = []
        var faults: [String] = []
        for name in try folder.names where !name.hasPrefix(".") {
            do throws(SystemError) {
                guard let text = try folder.read(name, limit: 1 << 18) else { continue }
                do throws(CNIError) {
                    let record = try LeaseRecord(parsing: text)
                    if Self.name(of: record.attachment.key, record.client.family) == name {
                        leases.append(record)
                    } else {
                        faults.append("\(folder.path)/\(name) is the lease of \(record.attachment.key)")
                    }
                } catch {
                    faults.append("\(folder.path)/\(name): \(error.message)")
                }
            } catch {
                faults.append(error.description)
            }
        }
        return (leases, faults)
    }

    /// Throws what would keep a lease from being written.
    func requireRoom() throws(SystemError) {
        try folder.requireRoom(for: [UInt8](repeating: UInt8(ascii: " "), count: 2048))
    }
}
