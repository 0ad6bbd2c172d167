// SPDX-License-Identifier: Apache-2.0

package import Addressing
internal import LinuxCore

/// What the index knows of one lease: a line of an index file.
package struct LeaseRecord: Hashable, Sendable {
    package var owner: LeaseOwner
    package var address: IPAddress
    /// The lease file's inode.
    ///
    /// With ``modified`` it tells the file from a later one of the same name. The device number would not
    /// outlive a reboot.
    package var inode: UInt64
    /// The lease file's time of modification, nanoseconds since 1970.
    package var modified: Int64
    /// The boot in which we made the lease; empty if we did not, or if the boot was not known beyond doubt.
    package var boot: String

    package init(
        owner: LeaseOwner, address: IPAddress, inode: UInt64, modified: Int64, boot: String
    ) {
        self.owner = owner
        self.address = address
        self.inode = inode
        self.modified = modified
        self.boot = boot
    }

    init(owner: LeaseOwner, address: IPAddress, file: FileStatus, boot: String) {
        self.init(
            owner: owner, address: address, inode: file.identity.inode, modified: file.modified, boot: boot)
    }

    /// Whether both are about the same lease, not just about the same address and owner.
    func isSameLease(as other: LeaseRecord) -> Bool {
        address == other.address && inode == other.inode && modified == other.modified && owner == other.owner
    }
}

extension LeaseRecord {
    /// Parses `<address> <inode> <modified> <boot> <container ID>[ <interface>]`, words percent-encoded.
    package init?(line: some Collection<UInt8>) {
        let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard 5...6 ~= words.count, let address = IPAddress(words[0]), let inode = UInt64(words[1]),
            let modified = Int64(words[2]), let boot = PercentEncoding.decoded(words[3]),
            let containerID = PercentEncoding.decoded(words[4])
        else { return nil }
        var interface: String?
        if words.count == 6 {
            guard let decoded = PercentEncoding.decoded(words[5]) else { return nil }
            interface = decoded
        }
        self.init(
            owner: LeaseOwner(containerID: containerID, interface: interface),
            address: address, inode: inode, modified: modified, boot: boot)
    }

    /// The line that parses to this.
    package var line: String {
        let start =
            "\(address) \(inode) \(modified) \(PercentEncoding.encoded(boot)) \(PercentEncoding.encoded(owner.containerID))"
        return owner.interface.map { "\(start) \(PercentEncoding.encoded($0))" } ?? start
    }
}
