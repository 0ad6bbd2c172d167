// SPDX-License-Identifier: Apache-2.0

package import Addressing

/// Which addresses or prefixes of one family a call asks for: at most one of four ways.
package struct AddressRequest: Hashable, Sendable {
    /// These addresses.
    package var addresses: [IPAddress] = []
    /// So many addresses.
    package var count: Int?
    /// These prefixes.
    package var prefixes: [IPPrefix] = []
    /// So many prefixes.
    package var prefixCount: Int?

    package init(
        addresses: [IPAddress] = [], count: Int? = nil, prefixes: [IPPrefix] = [], prefixCount: Int? = nil
    ) {
        self.addresses = addresses
        self.count = count
        self.prefixes = prefixes
        self.prefixCount = prefixCount
    }

    /// How many places of the interface it needs.
    var slots: Int { addresses.count + (count ?? 0) + prefixes.count + (prefixCount ?? 0) }
    /// Whether it asks for prefixes.
    var wantsPrefixes: Bool { !prefixes.isEmpty || (prefixCount ?? 0) > 0 }

    /// Refuses what is asked for in two ways, and numbers below `minimum`.
    func check(minimum: Int) throws(EC2Error) {
        let ways = [!addresses.isEmpty, count ?? 0 != 0, !prefixes.isEmpty, prefixCount ?? 0 != 0].filter {
            $0
        }.count
        guard ways <= 1 else {
            throw .invalidCombination("Addresses, their count, prefixes and their count exclude each other")
        }
        for number in [count, prefixCount].compactMap({ $0 }) where number < minimum || number > 65_536 {
            throw .invalidValue("Value (\(number)) for parameter count is invalid.")
        }
        guard Set(addresses).count == addresses.count, Set(prefixes).count == prefixes.count else {
            throw .invalidValue("An address or prefix is asked for twice")
        }
    }
}

/// What a call has got.
package struct AssignedAddresses: Hashable, Sendable {
    /// Single addresses.
    package var addresses: [IPAddress] = []
    /// Prefixes.
    package var prefixes: [IPPrefix] = []
}

extension AddressPlan {
    /// Takes everything that is asked for; the caller restores the plan if it throws.
    mutating func take(
        _ request: AddressRequest, inUse: String, using random: inout Randomness
    ) throws(EC2Error) -> AssignedAddresses {
        var taken = AssignedAddresses()
        for address in request.addresses {
            try check(address)
            guard !isTaken(address) else { throw Self.alreadyTaken(address, code: inUse) }
            take(address)
            taken.addresses.append(address)
        }
        for prefix in request.prefixes {
            guard prefix.length == prefixLength, prefix.isNetwork, cidr.contains(prefix) else {
                throw .invalidValue("Prefix \(prefix) is not a /\(prefixLength) of the subnet's range")
            }
            guard isFree(prefix) else {
                throw EC2Error("InsufficientCidrBlocks", Self.noFreeBlocks)
            }
            take(prefix)
            taken.prefixes.append(prefix)
        }
        if cidr.family == .v4, request.count ?? 0 > available {
            throw EC2Error(
                "InsufficientFreeAddressesInSubnet",
                "The specified subnet does not have enough free addresses to satisfy the request.")
        }
        for _ in 0..<(request.count ?? 0) {
            guard let address = takeAddress(using: &random) else {
                throw EC2Error(
                    "InsufficientFreeAddressesInSubnet",
                    "The specified subnet does not have enough free addresses to satisfy the request.")
            }
            taken.addresses.append(address)
        }
        // Two answers for the same thing: a full subnet, and one that has room but no whole block.
        if cidr.family == .v4, (request.prefixCount ?? 0) * 16 > available {
            throw .invalidValue("There aren't sufficient free Ipv4 addresses or prefixes")
        }
        for _ in 0..<(request.prefixCount ?? 0) {
            guard let prefix = takePrefix(using: &random) else {
                throw EC2Error("InsufficientCidrBlocks", Self.noFreeBlocks)
            }
            taken.prefixes.append(prefix)
        }
        return taken
    }

    /// Refuses an address that no interface of the subnet can have.
    func check(_ address: IPAddress) throws(EC2Error) {
        guard cidr.contains(address) else {
            throw .invalidValue("Address \(address) does not fall within the subnet's address range")
        }
        guard !isReserved(address) else {
            throw .invalidValue("Address \(address) is in subnet's reserved address range")
        }
    }

    private static let noFreeBlocks =
        "The specified subnet does not have enough free cidr blocks to satisfy the request."

    private static func alreadyTaken(_ address: IPAddress, code: String) -> EC2Error {
        code == "InvalidIPAddress.InUse"
            ? EC2Error(code, "Address \(address) is in use.")
            : EC2Error(
                code,
                "The specified private IP address \(address) is already assigned to a resource. Unassign the private IP "
                    + "first, or use a different private IP address.")
    }
}
