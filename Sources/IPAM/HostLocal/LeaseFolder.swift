// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Glibc
internal import LinuxCore

/// The leases of one network on disk, in the reference plugin's format: a file named by each address.
///
/// What is here changes nothing and needs no lock.
package struct LeaseFolder: Hashable, Sendable {
    /// The folder that the configuration names.
    let dataDirectory: String
    /// The name of the network, and of its folder in that one.
    let network: String

    /// The size in bytes above which a file is certainly no lease.
    static let limit = 4096

    package init(dataDirectory: String, network: String) {
        self.dataDirectory = dataDirectory
        self.network = network
    }

    package var path: String { "\(dataDirectory)/\(network)" }

    func path(of address: IPAddress) -> String { "\(path)/\(address)" }

    /// Opens the folder to work in it; nil if there is none.
    ///
    /// A symbolic link in its place is followed where nobody but an operator can have put it.
    func open() throws(SystemError) -> Folder? {
        do throws(SystemError) {
            let parent = try Folder(opening: dataDirectory)
            do throws(SystemError) {
                return try Folder(network, in: parent)
            } catch  where error.errno == ELOOP || error.errno == ENOTDIR {
                let isLink = try parent.status(of: network)?.isSymbolicLink == true
                guard isLink, try parent.status.isOurs else { throw error }
                return try Folder(opening: path)
            }
        } catch  where error.errno == ENOENT {
            return nil
        }
    }

    /// Throws if no lease could be written, such as on a full or read-only file system, or if the lock could not be taken.
    ///
    /// Makes nothing. Where the folder is not there yet, its place is looked at.
    func requireRoom() throws(SystemError) {
        // As long as the longest lease: 255 bytes of an identifier, a line break and 15 of an interface.
        let content = [UInt8](repeating: 0, count: 272)
        if let folder = try open() {
            try folder.requireLock("lock")
            return try folder.requireRoom(for: content)
        }
        var place = dataDirectory
        while place != "/", place != ".", try !File.exists(place) { place = File.parent(of: place) }
        try Folder(opening: place).requireRoom(for: content)
    }

    /// Whether there is a file of that name, regardless of its content.
    func isTaken(_ address: IPAddress) throws(SystemError) -> Bool {
        try File.exists(path(of: address))
    }

    /// Every address of which there is a file.
    func taken() throws(SystemError) -> Set<IPAddress> {
        Set(try Directory.names(in: path).compactMap { IPAddress($0) })
    }

    /// Whom the address is leased to, or nil if there is no lease or nothing readable as one.
    func owner(of address: IPAddress) throws(SystemError) -> LeaseOwner? {
        do throws(SystemError) {
            let content = try File.read(path(of: address), limit: Self.limit, follows: false)
            return LeaseOwner(leaseContent: content)
        } catch {
            if error.meansNoFile { return nil }
            throw error
        }
    }

    /// The address last given out of the range set of that index: the memory of the round robin.
    ///
    /// Nil if there is none or it is damaged. That costs fairness, not correctness.
    func lastReserved(_ index: Int) -> IPAddress? {
        guard let content = try? File.read("\(path)/\(Self.lastReserved(index))", limit: 256, follows: false)
        else { return nil }
        return IPAddress(String(decoding: content.filter { $0 > 0x20 }, as: UTF8.self))
    }

    static func lastReserved(_ index: Int) -> String { "last_reserved_ip.\(index)" }
}
