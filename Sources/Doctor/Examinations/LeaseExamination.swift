// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import Glibc
internal import IPAM
internal import LinuxCore

/// Whether host-local's addresses are leased to containers that are gone.
struct LeaseExamination: Examination {
    let id = "lease-left-over"
    let healthy = "no address is leased to a container that is gone"

    /// How old a lease must be to be judged, in nanoseconds: an attachment that is being made is not yet
    /// remembered.
    private static let grace: Int64 = 600_000_000_000

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        if survey.attachments == nil { return [] }
        var findings: [Finding] = []
        let folders = [survey.machine.leasesFolder] + survey.configurations.leasesFolders
        for folder in Set(folders).sorted() {
            for network in try Self.names(in: folder) where !network.hasPrefix(".") {
                guard let name = try? NetworkName(network) else { continue }
                var stale: [Lease] = []
                for lease in try Self.leases(in: "\(folder)/\(network)") {
                    let (container, interface) = (lease.owner.containerID, lease.owner.interface)
                    switch try survey.standing(of: container, interface: interface, in: name) {
                    case .valid: continue
                    case .dead: stale.append(lease)
                    // Without an interface it may be an operator's reservation, whose text is anything.
                    case .forgotten: if interface != nil { stale.append(lease) }
                    }
                }
                if !stale.isEmpty { findings.append(finding(stale, folder, network)) }
            }
        }
        return findings
    }

    /// A lease file as it was found.
    struct Lease {
        let address: String
        let owner: LeaseOwner
        let modified: Int64
        let inode: UInt64
    }

    private func finding(_ leases: [Lease], _ folder: String, _ network: String) -> Finding {
        let paths = leases.map { "\(folder)/\(network)/\($0.address)" }
        return Finding(
            id, .warning, "\(leases.count) addresses of \(network) are leased to containers that are gone",
            "\(leases.map(\.address).summary), to \(leases.map(\.owner.containerID).summary). Nobody gets "
                + "these addresses until they are released, and the range may run out.",
            remedy: "rm -f " + paths.map(\.quoted).joined(separator: " "),
            repair: { () throws(CNIError) in
                try CNIError.wrapping { () throws(SystemError) in try Self.release(leases, folder, network) }
            })
    }

    /// Releases the leases that are still those that were found, with the store's lock held.
    private static func release(_ leases: [Lease], _ folder: String, _ network: String) throws(SystemError) {
        let store = try LeaseStore.existing(
            LeaseFolder(dataDirectory: folder, network: network),
            AttachmentIndex(dataDirectory: folder, network: network), boot: .kernel)
        guard var store else { return }
        try store.refresh()
        for (owner, found) in [LeaseOwner: [Lease]](grouping: leases, by: \.owner) {
            let held = try store.leases(of: owner)
            let isAsFound = held.allSatisfy { record in
                found.contains { $0.inode == record.inode && $0.modified == record.modified }
            }
            // One that has come since then belongs to a container that lives.
            if !held.isEmpty, isAsFound { try store.release(owner) }
        }
        store.commit()
    }

    /// The leases in a folder that are old enough to be judged.
    private static func leases(in folder: String) throws(Obstacle) -> [Lease] {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let latest = Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec) - grace
        var leases: [Lease] = []
        for name in try names(in: folder) where IPAddress(name) != nil {
            let path = "\(folder)/\(name)"
            // A lease may be released meanwhile.
            let found = try looking { () throws(SystemError) in
                do throws(SystemError) {
                    return (
                        status: try FileStatus(ofLink: path, named: path),
                        content: try File.read(path, limit: 4096, follows: false)
                    )
                } catch  where error.meansNoFile {
                    // Nor is a folder, a link or a FIFO a lease.
                    throw SystemError(operation: error.operation, errno: ENOENT)
                }
            }
            guard let (status, content) = found, status.modified <= latest,
                let owner = LeaseOwner(leaseContent: content), (try? ContainerID(owner.containerID)) != nil
            else { continue }
            leases.append(
                Lease(address: name, owner: owner, modified: status.modified, inode: status.identity.inode))
        }
        return leases
    }

    private static func names(in folder: String) throws(Obstacle) -> [String] {
        try looking { () throws(SystemError) in try Directory.names(in: folder) } ?? []
    }
}
