// SPDX-License-Identifier: Apache-2.0

public import CNITypes
internal import LinuxCore

extension HostLocal {
    /// Checks that an attachment holds the addresses of its previous result, or any if there is none.
    ///
    /// Only addresses in the configured ranges count: others are another plugin's business, or were given
    /// out before the ranges changed.
    ///
    /// - Throws: ``CNIError/Code/addressMissing``, ``CNIError/Code/ioFailure``, and as ``validate()``.
    public func check(_ attachment: Attachment, previous: CNIResult?) throws(CNIError) {
        let sets = try configuration().sets
        let owner = LeaseOwner(attachment)
        let expected = (previous?.ips ?? []).map(\.address.address)
            .filter { address in sets.contains { $0.range(of: address) != nil } }
        for address in expected {
            let holder = try inputOutput { () throws(SystemError) in try leases.owner(of: address) }
            if holder != owner && holder != owner.withoutInterface {
                throw missing(attachment, "\(address) is \(holder.map { "leased to \($0)" } ?? "not leased")")
            }
        }
        if expected.isEmpty, try !holdsAny(owner) { throw missing(attachment, nil) }
    }

    private func holdsAny(_ owner: LeaseOwner) throws(CNIError) -> Bool {
        try inputOutput { () throws(SystemError) in
            guard var store = try LeaseStore.existing(leases, index, boot: boot) else { return false }
            try store.refresh()
            let held = try store.leases(of: owner) + store.leases(of: owner.withoutInterface)
            store.commit()
            return !held.isEmpty
        }
    }

    private func missing(_ attachment: Attachment, _ details: String?) -> CNIError {
        CNIError(
            .addressMissing,
            "host-local: Failed to find address added by container \(attachment.containerID)",
            details: details)
    }
}

extension HostLocal {
    /// Checks that an ADD would find an address in each range set (STATUS).
    ///
    /// Takes no lock as long as there are free addresses, and costs as much as ADD's search.
    ///
    /// - Throws: ``CNIError/Code/pluginNotAvailable`` if a range set is exhausted or no lease can be written,
    ///   ``CNIError/Code/ioFailure``, and as ``validate()``.
    public func status() throws(CNIError) {
        let sets = try configuration().sets
        do throws(SystemError) {
            try leases.requireRoom()
        } catch {
            throw CNIError(
                .pluginNotAvailable, "no address can be leased: \(error)", details: "ipam.dataDir")
        }
        guard try !exhausted(sets).isEmpty else { return }
        // Full, it seems: of leases of a former boot, perhaps, which nothing but an operation with the
        // lock removes. There may be no ADD before STATUS is well.
        try inputOutput { () throws(SystemError) in
            guard var store = try LeaseStore.existing(leases, index, boot: boot) else { return }
            try store.refresh()
            store.commit()
        }
        let exhausted = try exhausted(sets)
        guard !exhausted.isEmpty else { return }
        throw CNIError(
            .pluginNotAvailable,
            exhausted.map { "no IP addresses available in range set: \(sets[$0])" }.joined(separator: "; "),
            details: "no address is free in range set "
                + exhausted.map(String.init).joined(separator: ", "))
    }

    /// The indexes of the range sets without a free address.
    private func exhausted(_ sets: [RangeSet]) throws(CNIError) -> [Int] {
        try inputOutput { () throws(SystemError) in
            guard try File.exists(leases.path) else { return sets.indices.filter { sets[$0].isEmpty } }
            var search = AddressSearch(leases)
            var exhausted: [Int] = []
            for (index, set) in sets.enumerated() where try search.firstFree(in: set, index: index) == nil {
                exhausted.append(index)
            }
            return exhausted
        }
    }
}

extension RangeSet {
    /// Whether there is no address to give out at all.
    fileprivate var isEmpty: Bool {
        var candidates = candidates(after: nil)
        return candidates.next() == nil
    }
}

extension LeaseOwner: CustomStringConvertible {
    /// The container, and the interface if the lease names one.
    package var description: String {
        interface.map { "\(containerID) \($0)" } ?? containerID
    }
}
