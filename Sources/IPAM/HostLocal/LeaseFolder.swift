// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Glibc
internal import LinuxCore

/// The leases of one network on disk, in the reference plugin's format: a file named by each address.
///
/// What is here changes nothing and needs no lock.
package struct LeaseFolder: Hashable, Sendable {
    package let path: String

    /// The size in bytes above which a file is certainly no lease.
    static let limit = 4096

    package init(dataDirectory: String, network: String) {
        path = "\(dataDirectory)/\(network)"
    }

    func path(of address: IPAddress) -> String { "\(path)/\(address)" }

    /// Whether there is a file of that name, whatever it holds.
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
            return LeaseOwner(leaseContent: try File.read(path(of: address), limit: Self.limit))
        } catch {
            if [ENOENT, EISDIR, EFBIG, ELOOP].contains(error.errno) { return nil }
            throw error
        }
    }

    /// The address last given out of the range set of that index: the memory of the round robin.
    ///
    /// Nil if there is none or it is damaged. That costs fairness, not correctness.
    func lastReserved(_ index: Int) -> IPAddress? {
        guard let content = try? File.read(pathOfLastReserved(index), limit: 256) else { return nil }
        return IPAddress(String(decoding: content.filter { $0 > 0x20 }, as: UTF8.self))
    }

    func pathOfLastReserved(_ index: Int) -> String { "\(path)/last_reserved_ip.\(index)" }
}
