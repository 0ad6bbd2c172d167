// SPDX-License-Identifier: Apache-2.0

public import CNITypes
internal import LinuxCore

extension HostLocal {
    /// Leases an address of each range set to an attachment, all or none.
    ///
    /// - Throws: ``CNIError/Code/addressesExhausted``, ``CNIError/Code/addressNotAvailable``,
    ///   ``CNIError/Code/duplicateAllocation``, ``CNIError/Code/ioFailure``, and as ``validate()``.
    public func add(_ attachment: Attachment) throws(CNIError) -> CNIResult {
        let configuration = try configuration()
        let dns = try Self.dns(configuration.resolvConf)
        let addresses = try lease(to: Self.owner(attachment), configuration)
        return Self.result(of: addresses, configuration, dns)
    }

    /// What ``add(_:)`` would give as things are now, without leasing it.
    ///
    /// - Throws: as ``add(_:)``.
    public func preview(_ attachment: Attachment) throws(CNIError) -> CNIResult {
        let configuration = try configuration()
        let held = try held(by: attachment).map { address in
            LeaseRecord(owner: LeaseOwner(attachment), address: address, inode: 0, modified: 0, boot: "")
        }
        var allocation = Allocation(
            configuration: configuration, owner: try Self.owner(attachment), held: held,
            search: AddressSearch(leases))
        return Self.result(
            of: try allocation.choose(), configuration, try Self.dns(configuration.resolvConf))
    }

    /// The addresses that an attachment holds, by its leases.
    ///
    /// Looks through all leases, since bringing the index up to date would be a change.
    ///
    /// - Throws: ``CNIError/Code/ioFailure``.
    public func held(by attachment: Attachment) throws(CNIError) -> [IPAddress] {
        try inputOutput { () throws(SystemError) in
            guard try File.exists(leases.path) else { return [] }
            let owner = LeaseOwner(attachment)
            var held: [IPAddress] = []
            for address in try leases.taken() {
                let holder = try leases.owner(of: address)
                if holder == owner || holder == owner.withoutInterface { held.append(address) }
            }
            return held.sorted()
        }
    }

    /// Who gets a lease: one whose file DEL and GC would not read could never be released.
    private static func owner(_ attachment: Attachment) throws(CNIError) -> LeaseOwner {
        let owner = LeaseOwner(attachment)
        let size = owner.leaseContent.count
        guard size <= LeaseFolder.limit else {
            throw CNIError(
                .invalidEnvironment, "the container ID is too long for a lease",
                details:
                    "CNI_CONTAINERID and CNI_IFNAME take \(size) bytes, a lease has at most \(LeaseFolder.limit)"
            )
        }
        return owner
    }

    private static func result(
        of addresses: [IPAddress], _ configuration: HostLocalConfiguration, _ dns: DNS
    ) -> CNIResult {
        let ips = zip(configuration.sets, addresses).compactMap { set, address in
            set.range(of: address)?.configuration(of: address)
        }
        return CNIResult(ips: ips, routes: configuration.routes, dns: dns)
    }

    private func lease(
        to owner: LeaseOwner, _ configuration: HostLocalConfiguration
    ) throws(CNIError) -> [IPAddress] {
        var store = try inputOutput { () throws(SystemError) in
            try LeaseStore(creating: leases, index, boot: boot)
        }
        let held = try inputOutput { () throws(SystemError) in
            try store.refresh()
            return try store.leases(of: owner) + store.leases(of: owner.withoutInterface)
        }
        var allocation = Allocation(
            configuration: configuration, owner: owner, held: held, search: AddressSearch(leases))
        while true {
            let chosen = try allocation.choose()
            let taken = try inputOutput { () throws(SystemError) in try store.lease(chosen, to: owner) }
            if let taken {
                allocation.search.avoid(taken)
                continue
            }
            for (index, address) in chosen.enumerated() { store.remember(address, asLastOf: index) }
            store.commit()
            return chosen
        }
    }

    private static func dns(_ path: String?) throws(CNIError) -> DNS {
        guard let path else { return DNS() }
        do throws(SystemError) {
            return DNS(resolvConf: try File.read(path))
        } catch {
            throw CNIError(.ioFailure, at: "ipam.resolvConf", "\(error)")
        }
    }
}
