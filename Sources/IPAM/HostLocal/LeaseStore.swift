// SPDX-License-Identifier: Apache-2.0

package import Addressing
internal import Glibc
package import LinuxCore

/// The leases of one network with their index, locked for one operation.
///
/// The lease files are the truth and the index a cache of them. The index is right as long as its stamp
/// names the time of modification of the leases' folder, which the kernel changes with every file made or
/// removed there, by us or by anybody. So the order of steps is: leases, index, folder's time, stamp. A
/// crash anywhere in between leaves a stamp that does not fit, and the next operation rebuilds the index.
/// For the same reason failing to write the index is no failure of the operation: it costs the next one
/// a rebuild.
package struct LeaseStore: ~Copyable {
    package let leases: LeaseFolder
    /// The leases' folder, in which all is done.
    let folder: Folder
    package let index: AttachmentIndex
    /// The index's files; nil if there are none, or none that we may use.
    var indexFiles: IndexFiles?
    /// Whether there may be an index that could not be opened.
    let hasHiddenIndex: Bool
    let boot: Boot
    private let lock: FileLock
    /// The files of the index that this session has read or written: one or two.
    private var files: [IndexFile] = []
    /// All files of the index by name, once this session had to rebuild it.
    var rebuilt: [String: [LeaseRecord]]?
    /// Whether the index on disk fits the leases on disk.
    var isIndexed = true
    /// Whether the stamp has to be written again.
    var isChanged = false
    /// Why a lease could not be read, if this session had to read them all and one could not.
    var unreadable: SystemError?

    /// Waits for the lock in an existing folder.
    private init(
        in folder: Folder, _ leases: LeaseFolder, _ index: AttachmentIndex, boot: BootSource
    ) throws(SystemError) {
        lock = try folder.lock("lock", mode: 0o600)
        self.folder = folder
        self.leases = leases
        self.index = index
        do throws(SystemError) {
            indexFiles = try index.open()
            hasHiddenIndex = false
        } catch {
            hasHiddenIndex = true
        }
        self.boot = boot.boot(ofLeasesIn: leases.path)
    }

    /// Locks a network's leases, making their folder if there is none yet.
    package init(
        creating leases: LeaseFolder, _ index: AttachmentIndex, boot: BootSource
    ) throws(SystemError) {
        if let folder = try leases.open() {
            try self.init(in: folder, leases, index, boot: boot)
            return
        }
        try Directory.create(leases.path)
        guard let folder = try leases.open() else {
            throw SystemError(operation: "open \(leases.path)", errno: ENOENT)
        }
        try self.init(in: folder, leases, index, boot: boot)
    }

    /// Locks a network's leases, or returns nil if there are none.
    ///
    /// Where somebody removed the folder but not its index, the folder is made again: its lock is needed
    /// to clean up the index.
    package static func existing(
        _ leases: LeaseFolder, _ index: AttachmentIndex, boot: BootSource
    ) throws(SystemError) -> LeaseStore? {
        if let folder = try leases.open() {
            return try LeaseStore(in: folder, leases, index, boot: boot)
        }
        // One that is not ours is nothing to clean up.
        do throws(SystemError) {
            if try index.open() == nil { return nil }
        } catch {
            return nil
        }
        return try LeaseStore(creating: leases, index, boot: boot)
    }

    /// Makes the index right if it is not: somebody else changed leases, or we crashed, or it is the first
    /// operation in this boot.
    package mutating func refresh() throws(SystemError) {
        let modified = try folder.status.modified
        let now = IndexFiles.Stamp(modified: modified, boot: boot.identifier)
        if let stamp = indexFiles?.stamp(), stamp == now { return }
        // What could not be removed stays, and so does the need to rebuild.
        _ = try rebuild { _ in false }
    }

    /// Stamps the index as right for the leases as they are now, as the last step of an operation.
    package mutating func commit() {
        guard isChanged, isIndexed else { return }
        do throws(SystemError) {
            let modified = try touch()
            try indexFiles?.write(IndexFiles.Stamp(modified: modified, boot: boot.identifier))
        } catch {
            // The stamp does not fit now, which is safe.
        }
    }

    /// Gives the leases' folder a time of modification that no other change gives it.
    ///
    /// Left alone, two changes within one tick of the kernel's clock (4 ms before Linux 6.13) would leave
    /// the same time, and a stamp written between the two would seem to fit.
    func touch() throws(SystemError) -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        try folder.setModified(now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}

/// What a file of the index says.
private struct IndexFile {
    let name: String
    let records: [LeaseRecord]
}

// MARK: The leases of one owner

extension LeaseStore {
    /// The leases that an owner holds.
    package mutating func leases(of owner: LeaseOwner) throws(SystemError) -> [LeaseRecord] {
        var held: [LeaseRecord] = []
        for record in try records(beside: owner) where record.owner == owner {
            // The index may know more than there is, for instance of a lease that an operator removed. One that was
            // rewritten in place as those before version 0.7 is its container's all the same.
            let holder = try self.owner(of: record.address)
            if holder == owner || holder == owner.withoutInterface { held.append(record) }
        }
        return held
    }

    /// Whom a lease is for; nil if there is none, or nothing readable as one.
    func owner(of address: IPAddress) throws(SystemError) -> LeaseOwner? {
        do throws(SystemError) {
            return try folder.read("\(address)", limit: LeaseFolder.limit).flatMap {
                LeaseOwner(leaseContent: $0)
            }
        } catch {
            if error.meansNoFile { return nil }
            throw error
        }
    }

    /// Leases all of the addresses or none, and returns nil.
    ///
    /// Returns the address that turned out to be taken, by somebody who does not use the lock.
    package mutating func lease(
        _ addresses: [IPAddress], to owner: LeaseOwner
    ) throws(SystemError) -> IPAddress? {
        var made: [LeaseRecord] = []
        var files: [String] = []
        for address in addresses {
            let name = "\(address)"
            do throws(SystemError) {
                try folder.create(name, owner.leaseContent, mode: 0o600)
                files.append(name)
                guard let file = try folder.status(of: name) else {
                    throw SystemError(operation: "stat \(leases.path)/\(name)", errno: ENOENT)
                }
                made.append(
                    LeaseRecord(owner: owner, address: address, file: file, boot: boot.identifier))
            } catch {
                isIndexed = false
                for file in files { _ = try? folder.remove(file) }
                guard error.errno == EEXIST else { throw error }
                return address
            }
        }
        let others = try records(beside: owner).filter { !addresses.contains($0.address) }
        write(others + made, beside: owner)
        return nil
    }

    /// Releases what an owner holds, or else what its container held before leases named interfaces.
    package mutating func release(_ owner: LeaseOwner) throws(SystemError) {
        for owner in [owner, owner.withoutInterface] {
            let held = try leases(of: owner)
            var failure: SystemError?
            for record in held {
                do throws(SystemError) {
                    try folder.remove("\(record.address)")
                } catch {
                    failure = failure ?? error
                }
            }
            if let failure { throw failure }
            let records = try records(beside: owner)
            let others = records.filter { $0.owner != owner }
            if others.count < records.count { write(others, beside: owner) }
            if !held.isEmpty { break }
        }
        // Whose the unreadable lease is nobody knows. The caller must not take it for released.
        if let unreadable { throw unreadable }
    }

    /// The lines of the index file in which an owner's are; a damaged one is reason to rebuild.
    private mutating func records(beside owner: LeaseOwner) throws(SystemError) -> [LeaseRecord] {
        let name = owner.fileName
        if let rebuilt { return rebuilt[name] ?? [] }
        if let known = files.first(where: { $0.name == name }) { return known.records }
        do throws(SystemError) {
            let read = try indexFiles?.records(beside: owner) ?? []
            files.append(IndexFile(name: name, records: read))
            return read
        } catch {
            _ = try rebuild { _ in false }
            return rebuilt?[name] ?? []
        }
    }

    private mutating func write(_ records: [LeaseRecord], beside owner: LeaseOwner) {
        isChanged = true
        note(records, in: owner.fileName)
        guard isIndexed else { return }
        do throws(SystemError) {
            try indexFiles?.write(records, beside: owner)
        } catch {
            isIndexed = false
        }
    }

    private mutating func note(_ records: [LeaseRecord], in name: String) {
        if rebuilt != nil {
            rebuilt?[name] = records
        } else {
            files.removeAll { $0.name == name }
            files.append(IndexFile(name: name, records: records))
        }
    }

    /// Remembers where the round robin of a range set has come to.
    package func remember(_ address: IPAddress, asLastOf index: Int) {
        // As its loss costs fairness only, it is no reason to refuse an address.
        _ = try? folder.replace(LeaseFolder.lastReserved(index), Array("\(address)".utf8), mode: 0o600)
    }
}
