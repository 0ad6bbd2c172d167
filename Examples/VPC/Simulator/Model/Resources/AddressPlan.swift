// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// Which addresses and prefixes of a subnet's range are taken.
///
/// The first four addresses and the last are nobody's (the network, the VPC's router, its DNS, one for later, broadcast).
public struct AddressPlan: Sendable {
    /// The subnet's range.
    public let cidr: IPPrefix
    /// Single addresses that interfaces have.
    public private(set) var addresses: Set<IPAddress> = []
    /// Delegated prefixes that interfaces have: /28 or /80.
    public private(set) var prefixes: Set<IPPrefix> = []

    init(cidr: IPPrefix) { self.cidr = cidr }

    /// The length of delegated prefixes: 28 or 80.
    public var prefixLength: Int { cidr.family == .v4 ? 28 : 80 }

    /// Whether an address is reserved: the first four of the range and the last.
    public func isReserved(_ address: IPAddress) -> Bool {
        address.bits - cidr.first.bits < 4 || address == cidr.last
    }

    /// How many addresses nobody has; a /28 prefix takes 16.
    public var available: Int {
        let blockSize = 1 << min(62, cidr.family.bitWidth - prefixLength)
        let size = Int(exactly: min(cidr.range.count, UInt128(Int64.max))) ?? .max
        let taken = addresses.count + (cidr.family == .v4 ? prefixes.count * blockSize : prefixes.count)
        return max(0, size - 5 - taken)
    }

    /// Whether an interface has the address, by itself or by a prefix.
    public func isTaken(_ address: IPAddress) -> Bool {
        addresses.contains(address) || prefixes.contains(block(around: address))
    }

    /// Whether a whole prefix can be delegated.
    public func isFree(_ prefix: IPPrefix) -> Bool {
        guard prefix.length == prefixLength, prefix.isNetwork, cidr.contains(prefix),
            !prefixes.contains(prefix),
            !isReserved(prefix.first), !isReserved(prefix.last)
        else { return false }
        if cidr.family == .v6 { return !addresses.contains { prefix.contains($0) } }
        var address = prefix.first
        while address < prefix.last {
            if addresses.contains(address) { return false }
            address = IPAddress(address.family, bits: address.bits + 1)
        }
        return !addresses.contains(prefix.last)
    }

    mutating func take(_ address: IPAddress) { addresses.insert(address) }
    mutating func take(_ prefix: IPPrefix) { prefixes.insert(prefix) }
    mutating func release(_ address: IPAddress) { addresses.remove(address) }
    mutating func release(_ prefix: IPPrefix) { prefixes.remove(prefix) }

    /// Takes any free address; EC2 promises no order, and that scatter is what fragments subnets.
    mutating func takeAddress(using random: inout Randomness) -> IPAddress? {
        guard available > 0 else { return nil }
        let count = min(cidr.range.count, 1 << 64)
        let start = UInt128(random.next()) % count
        for distance in 0..<count {
            let address = IPAddress(cidr.family, bits: cidr.first.bits + (start + distance) % count)
            if !isReserved(address), !isTaken(address) {
                take(address)
                return address
            }
        }
        return nil
    }

    /// Takes any free prefix, or none if no aligned block is whole.
    mutating func takePrefix(using random: inout Randomness) -> IPPrefix? {
        guard prefixLength >= cidr.length else { return nil }
        let shift = UInt128(cidr.family.bitWidth - prefixLength)
        let count = UInt128(1) << UInt128(min(64, prefixLength - cidr.length))
        let start = UInt128(random.next()) % count
        for distance in 0..<count {
            let first = IPAddress(cidr.family, bits: cidr.first.bits + ((start + distance) % count) << shift)
            guard let prefix = IPPrefix(first, length: prefixLength), isFree(prefix) else { continue }
            take(prefix)
            return prefix
        }
        return nil
    }

    private func block(around address: IPAddress) -> IPPrefix {
        (IPPrefix(address, length: prefixLength) ?? IPPrefix(host: address)).network
    }
}
