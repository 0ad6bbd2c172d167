// SPDX-License-Identifier: Apache-2.0

package import Addressing

/// One slot of an ENI: a secondary address, or a delegated prefix (/28 or /80).
package struct Block: Hashable, Sendable {
    package let prefix: IPPrefix
    /// Whether it stays out of the pool: an operator has marked its address as his own.
    package let isForeign: Bool
    /// When it was first seen; the answer of a Describe may be older than it.
    package var seen: Moment
    /// How many looks in a row have not shown it.
    package var absences = 0
    /// Whether it is about to be given back to EC2: nothing of it is handed out.
    package var isWithdrawn = false

    /// Free addresses, the one that has been free for longest first; IPv4 only.
    private var free: [IPAddress] = []
    /// How many of ``free``'s first have been taken already.
    private var head = 0
    /// Where the next IPv6 address is looked for, counted from the prefix's first.
    private var cursor: UInt64

    /// Creates a block whose addresses are free, but for those in use.
    package init(
        _ prefix: IPPrefix, isForeign: Bool = false, seen: Moment, cursor: UInt64 = 1,
        isUsed: (IPAddress) -> Bool
    ) {
        self.prefix = prefix
        self.isForeign = isForeign
        self.seen = seen
        self.cursor = cursor
        guard !isForeign, prefix.family == .v4 else { return }
        for offset in 0..<Self.size(of: prefix) {
            if let address = prefix.first.advanced(by: offset), !isUsed(address) { free.append(address) }
        }
    }

    /// Whether this is a delegated prefix and not one address.
    package var isPrefix: Bool { prefix.length < prefix.family.bitWidth }

    /// How many addresses there are; of an IPv6 prefix, which has more than anybody needs, 0.
    package var size: Int { prefix.family == .v4 ? Self.size(of: prefix) : 0 }

    /// How many IPv4 addresses are free.
    package var freeCount: Int { free.count - head }

    /// All IPv4 addresses.
    package var addresses: [IPAddress] {
        (0..<size).compactMap { prefix.first.advanced(by: $0) }
    }

    package var freeAddresses: ArraySlice<IPAddress> { free[head...] }

    /// Takes the address that has been free for longest.
    mutating func take() -> IPAddress? {
        guard head < free.count else { return nil }
        let address = free[head]
        head += 1
        // Most of it is past: move the rest to the front, which costs each address one move.
        if head > 32, head * 2 > free.count {
            free.removeFirst(head)
            head = 0
        }
        return address
    }

    /// Takes a certain address out of the free ones; returns whether it was there.
    mutating func take(_ address: IPAddress) -> Bool {
        guard let index = free[head...].firstIndex(of: address) else { return false }
        free.remove(at: index)
        return true
    }

    /// Takes the next IPv6 address that is not in use.
    mutating func takeIPv6(isUsed: (IPAddress) -> Bool) -> IPAddress? {
        // Interface identifier 0 is the subnet routers' anycast address (RFC 4291, 2.6.1).
        let mask = UInt64(1) << UInt64(min(prefix.family.bitWidth - prefix.length, 48)) - 1
        for _ in 0..<(1 << 16) {
            let offset = cursor & mask
            cursor = cursor &+ 1
            let address = IPAddress(.v6, bits: prefix.first.bits + UInt128(offset))
            if offset != 0, !isUsed(address) { return address }
        }
        return nil
    }

    /// Makes an address free again.
    mutating func giveBack(_ address: IPAddress) {
        if prefix.family == .v4, !isForeign { free.append(address) }
    }

    private static func size(of prefix: IPPrefix) -> Int {
        1 << min(prefix.family.bitWidth - prefix.length, 12)
    }
}
