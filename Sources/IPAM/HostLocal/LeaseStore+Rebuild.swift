// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Glibc
package import LinuxCore

extension LeaseStore {
    /// Releases every lease whose owner is not wanted any more, and returns what could not be removed.
    package mutating func collect(
        where isUnwanted: (LeaseOwner) -> Bool
    ) throws(SystemError) -> [SystemError] {
        try rebuild(releasing: isUnwanted)
    }

    /// Reads all leases and rebuilds the index.
    ///
    /// On the way goes what is of no use: files without content (see ``LeaseOwner``), leases that we made in a
    /// former boot (see ``Boot/isLater(than:)``), leases whose owner is not wanted, and what a crash left of
    /// File.replace. Returns what could not be read or removed. Costs as much as there are leases.
    mutating func rebuild(releasing isUnwanted: (LeaseOwner) -> Bool) throws(SystemError) -> [SystemError] {
        // The stamp may fit, if the index is damaged; with half of the index re-created it must not.
        _ = try touch()
        isChanged = true
        unreadable = nil
        let (old, isComplete) = indexFiles?.everything() ?? ([], !hasHiddenIndex)
        let known = [IPAddress: [LeaseRecord]](grouping: old) { $0.address }
        var records: [LeaseRecord] = []
        var failures: [SystemError] = []
        for name in try folder.names {
            do throws(SystemError) {
                if let record = try examine(name, known, isUnwanted) { records.append(record) }
            } catch {
                failures.append(error)
                if let address = IPAddress(name), let old = known[address] {
                    records += old
                } else {
                    unreadable = error
                }
            }
        }
        rebuilt = [String: [LeaseRecord]](grouping: records) { $0.owner.fileName }
        do throws(SystemError) {
            // What the index says of boots must not get lost where it could not be read for now. And only
            // without a stamp does the next operation try again what failed in this one.
            if isComplete {
                if indexFiles == nil { indexFiles = try index.create() }
                try indexFiles?.replaceAll(with: records)
            }
            isIndexed = isComplete && failures.isEmpty
        } catch {
            isIndexed = false
        }
        return failures
    }

    /// Returns the lease that a file is, or nil if it is none or not any longer.
    private func examine(
        _ name: String, _ known: [IPAddress: [LeaseRecord]], _ isUnwanted: (LeaseOwner) -> Bool
    ) throws(SystemError) -> LeaseRecord? {
        if File.isUnfinished(name) {
            // What is none of ours, such as a folder of that name, is in nobody's way.
            if try folder.status(of: name)?.isRegularFile == true { try folder.remove(name) }
            return nil
        }
        guard let address = IPAddress(name), address.description == name else { return nil }
        guard let status = try folder.status(of: name), status.isRegularFile else { return nil }
        guard let owner = try owner(of: address) else {
            if status.size <= LeaseFolder.limit { try folder.remove(name) }
            return nil
        }
        // Without a record of ours nobody knows when it was made, or by whom.
        var record = LeaseRecord(owner: owner, address: address, file: status, boot: "")
        if let old = known[address]?.first(where: { $0.isSameLease(as: record) }) { record.boot = old.boot }
        if !boot.isLater(than: record) && !isUnwanted(owner) { return record }
        try folder.remove(name)
        return nil
    }
}
