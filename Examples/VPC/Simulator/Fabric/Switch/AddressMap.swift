// SPDX-License-Identifier: Apache-2.0

internal import Addressing

/// Which ENI owns an address: a look-up for the addresses and one for each length of a delegated prefix.
struct AddressMap: Sendable {
    private var hosts: [IPAddress: String] = [:]
    private var prefixes: [Length: [IPAddress: String]] = [:]

    private struct Length: Hashable, Sendable {
        var family: IPAddress.Family
        var length: Int
    }

    init(_ interfaces: [ENI]) {
        for eni in interfaces {
            for address in eni.addresses + (eni.primary.map { [$0] } ?? []) { hosts[address] = eni.id }
            for prefix in eni.prefixes {
                let length = Length(family: prefix.family, length: prefix.length)
                prefixes[length, default: [:]][prefix.first] = eni.id
            }
        }
    }

    /// The id of the address's owner.
    func owner(of address: IPAddress) -> String? {
        if let owner = hosts[address] { return owner }
        for (length, owners) in prefixes where length.family == address.family {
            let prefix = IPPrefix(address, length: length.length)
            if let owner = prefix.flatMap({ owners[$0.first] }) { return owner }
        }
        return nil
    }
}
