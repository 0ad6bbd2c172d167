// SPDX-License-Identifier: Apache-2.0

internal import Addressing
package import LinuxCore

extension LeaseStore {
    /// Releases every lease whose owner is not wanted any more, and returns what could not be removed.
    package mutating func collect(
        where isUnwanted: (LeaseOwner) -> Bool
    ) throws(SystemError) -> [SystemError] {
        try rebuild(releasing: isUnwanted)
    }

    /// Reads all leases and makes the index of them anew.
    ///
    /// Costs as much as there are leases.
    ///
    /// On the way goes what is of no use: files without content (see ``LeaseOwner``), leases of another
    /// boot, leases whose owner is not wanted, and what a crash left of File.replace. Returns which of
    /// them could not be removed.
    mutating func rebuild(releasing isUnwanted: (LeaseOwner) -> Bool) throws(SystemError) -> [SystemError] {
        // The stamp may fit, if the index is damaged; with half of the index made anew it must not.
        _ = try touch()
        isChanged = true
        isIndexed = true
        let known = [IPAddress: [LeaseRecord]](grouping: index.everything()) { $0.address }
        var records: [LeaseRecord] = []
        var failures: [SystemError] = []
        for name in try Directory.names(in: leases.path) {
            do throws(SystemError) {
                if name.utf8.first == UInt8(ascii: "."), name.hasSuffix(".new") {
                    try File.remove("\(leases.path)/\(name)")
                } else if let record = try readLease(name, known) {
                    if !isOfThisBoot(record) || isUnwanted(record.owner) {
                        try remove(record, orKeepIn: &records)
                    } else {
                        records.append(record)
                    }
                }
            } catch {
                failures.append(error)
            }
        }
        lines = [String: [LeaseRecord]](grouping: records) { $0.owner.fileName }
        hasAllLines = true
        do throws(SystemError) {
            try index.replaceAll(with: records)
        } catch {
            isIndexed = false
        }
        return failures
    }

    /// A lease by its file's name, with the boot that the index knows or else this one; nil if it is none.
    private mutating func readLease(
        _ name: String, _ known: [IPAddress: [LeaseRecord]]
    ) throws(SystemError) -> LeaseRecord? {
        guard let address = IPAddress(name), address.description == name else { return nil }
        do throws(SystemError) {
            let status = try FileStatus(of: leases.path(of: address))
            guard status.isRegularFile else { return nil }
            guard let owner = try leases.owner(of: address) else {
                if status.size <= 4096 { try File.remove(leases.path(of: address)) }
                return nil
            }
            var record = LeaseRecord(owner: owner, address: address, file: status, boot: boot)
            if let old = known[address]?.first(where: { $0.isSameLease(as: record) }) {
                record.boot = old.boot
            }
            return record
        } catch {
            // Not knowing whose it is, we must not claim that the index is complete.
            isIndexed = false
            throw error
        }
    }

    private func isOfThisBoot(_ record: LeaseRecord) -> Bool {
        record.boot.isEmpty || boot.isEmpty || record.boot == boot
    }

    private func remove(
        _ record: LeaseRecord, orKeepIn records: inout [LeaseRecord]
    ) throws(SystemError) {
        do throws(SystemError) {
            try File.remove(leases.path(of: record.address))
        } catch {
            records.append(record)
            throw error
        }
    }
}
