// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

/// The choice of an address from each range set for one ADD.
///
/// It changes nothing.
struct Allocation {
    let configuration: HostLocalConfiguration
    let owner: LeaseOwner
    /// What the owner holds already.
    let held: [LeaseRecord]
    var search: AddressSearch

    /// One address for each range set, in their order.
    mutating func choose() throws(CNIError) -> [IPAddress] {
        var requested = configuration.requested
        var chosen: [IPAddress] = []
        for (index, set) in configuration.sets.enumerated() {
            do throws(CNIError) {
                chosen.append(try choose(from: set, index: index, &requested))
            } catch {
                throw error.during("failed to allocate for range \(index)")
            }
        }
        guard requested.isEmpty else {
            let list = requested.map(\.description).joined(separator: " ")
            throw CNIError(.addressNotAvailable, "failed to allocate all requested IPs: \(list)")
        }
        return chosen
    }

    private mutating func choose(
        from set: RangeSet, index: Int, _ requested: inout [IPAddress]
    ) throws(CNIError) -> IPAddress {
        if let record = held.first(where: { set.range(of: $0.address) != nil }) {
            throw CNIError(
                .duplicateAllocation,
                "\(record.address) has been allocated to \(owner.containerID), "
                    + "duplicate allocation is not allowed")
        }
        if let position = requested.firstIndex(where: { set.range(of: $0) != nil }) {
            let address = requested.remove(at: position)
            try check(address, in: set)
            return address
        }
        guard let address = try nextFree(in: set, index: index) else {
            throw CNIError(.addressesExhausted, "no IP addresses available in range set: \(set)")
        }
        return address
    }

    /// Checks that a requested address can be given out.
    private mutating func check(_ address: IPAddress, in set: RangeSet) throws(CNIError) {
        if set.range(of: address)?.gateway == address {
            throw CNIError(.addressNotAvailable, "requested ip \(address) is subnet's gateway")
        }
        if set.reserved.contains(address) {
            throw CNIError(
                .addressNotAvailable, "requested ip \(address) is reserved",
                details: "it is a gateway's, or the first or the broadcast address of a subnet")
        }
        if try !isFree(address) {
            throw CNIError(
                .addressNotAvailable, "requested IP address \(address) is not available in range set \(set)")
        }
    }

    private mutating func nextFree(in set: RangeSet, index: Int) throws(CNIError) -> IPAddress? {
        do { return try search.firstFree(in: set, index: index) } catch { throw CNIError(error) }
    }

    private mutating func isFree(_ address: IPAddress) throws(CNIError) -> Bool {
        do { return try search.isFree(address) } catch { throw CNIError(error) }
    }
}
