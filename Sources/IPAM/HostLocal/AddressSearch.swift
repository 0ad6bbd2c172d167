// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import LinuxCore

/// Looks for addresses that are not taken, without changing anything.
struct AddressSearch {
    /// How many candidates to look at one by one, with one system call each, before listing all leases.
    ///
    /// The candidate after the last one given out is nearly always free. Where 64 in a row are not, the
    /// pool is so full that one listing is cheaper than going on.
    static let probes = 64

    let leases: LeaseFolder
    /// Addresses to take for taken.
    private(set) var avoided: Set<IPAddress> = []
    private var probed = 0
    private var taken: Set<IPAddress>?

    init(_ leases: LeaseFolder) {
        self.leases = leases
    }

    /// Passes over an address from now on.
    mutating func avoid(_ address: IPAddress) { avoided.insert(address) }

    mutating func isFree(_ address: IPAddress) throws(SystemError) -> Bool {
        if avoided.contains(address) { return false }
        if let taken { return !taken.contains(address) }
        if probed < Self.probes {
            probed += 1
            return !(try leases.isTaken(address))
        }
        let listed = try leases.taken()
        taken = listed
        return !listed.contains(address)
    }

    /// The first free address of a range set after the one last given out.
    mutating func firstFree(in set: RangeSet, index: Int) throws(SystemError) -> IPAddress? {
        for address in set.candidates(after: leases.lastReserved(index)) where try isFree(address) {
            return address
        }
        return nil
    }
}
