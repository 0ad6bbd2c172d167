// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing

@Suite("Prefixes")
struct IPPrefixTests {
    @Test(arguments: [
        "", "/", "/24", "10.0.0.0", "10.0.0.0/", "10.0.0.0/+24", "10.0.0.0/-1", "10.0.0.0/024", "10.0.0.0/00",
        "10.0.0.0/33", "10.0.0.0/ 24", "10.0.0.0/24 ", " 10.0.0.0/24", "10.0.0.0 /24", "10.0.0.0/24/24",
        "10.0.0.0//24", "10.0.0.0/255.255.255.0", "10.0.0.0/24a", "10.0.0.0/0x18", "fd00::/129", "fd00::",
        "fd00::/+64", "fe80::1%eth0/64", "10.0.0.0/99999999999999999999", "10.0.0.256/24", "10.0.0.0/٢",
    ])
    func `only an address, a slash and a length are a prefix`(text: String) {
        #expect(IPPrefix(text) == nil)
    }

    @Test(arguments: [
        "0.0.0.0/0", "10.1.0.5/24", "10.1.0.5/32", "255.255.255.255/1", "::/0", "fd00::5/64", "fd00::5/128",
        "::ffff:10.0.0.1/120",
    ])
    func `a prefix is read with its host bits and printed alike`(text: String) {
        #expect(IPPrefix(text)?.description == text)
    }

    @Test func `lengths outside the family are refused`() {
        let v4 = IPAddress.unspecified(.v4)
        #expect(IPPrefix(v4, length: -1) == nil)
        #expect(IPPrefix(v4, length: 33) == nil)
        #expect(IPPrefix(v4, length: 32) == IPPrefix(host: v4))
        #expect(IPPrefix(.unspecified(.v6), length: 129) == nil)
        #expect(IPPrefix(.unspecified(.v6), length: 128) == IPPrefix(host: .unspecified(.v6)))
    }

    @Test(arguments: [
        ("10.1.2.3/24", "10.1.2.0/24", "10.1.2.0", "10.1.2.255"),
        ("10.1.2.3/0", "0.0.0.0/0", "0.0.0.0", "255.255.255.255"),
        ("10.1.2.3/32", "10.1.2.3/32", "10.1.2.3", "10.1.2.3"),
        ("10.1.2.3/31", "10.1.2.2/31", "10.1.2.2", "10.1.2.3"),
        ("10.1.2.3/9", "10.0.0.0/9", "10.0.0.0", "10.127.255.255"),
        ("fd00::1:2/64", "fd00::/64", "fd00::", "fd00::ffff:ffff:ffff:ffff"),
        ("fd00::1/0", "::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("fd00::1/128", "fd00::1/128", "fd00::1", "fd00::1"),
    ])
    func `the network and its first and last address`(
        text: String, network: String, first: String, last: String
    ) throws {
        let prefix = try #require(IPPrefix(text))
        #expect(prefix.network.description == network)
        #expect(prefix.first.description == first)
        #expect(prefix.last.description == last)
        #expect(prefix.range == IPRange(prefix.first, prefix.last))
        #expect(prefix.isNetwork == (text == network))
        #expect(prefix.network.isNetwork)
    }

    @Test func `all prefixes of 4 bits agree with enumeration`() throws {
        // A world of 16 addresses at the end of the address space, in both families.
        for family in IPAddress.Family.allCases {
            let base = IPPrefix.everything(family).last.bits & ~15
            let world = (0..<16).map { IPAddress(family, bits: base + $0) }
            var prefixes: [IPPrefix] = []
            for address in world {
                for length in (family.bitWidth - 4)...family.bitWidth {
                    prefixes.append(try #require(IPPrefix(address, length: length)))
                }
            }
            func members(_ prefix: IPPrefix) -> Set<Int> {
                let size = 1 << (family.bitWidth - prefix.length)
                let start = Int(prefix.address.bits & 15) / size * size
                return Set(start..<(start + size))
            }
            for one in prefixes {
                let naive = members(one)
                #expect(Set(world.indices.filter { one.contains(world[$0]) }) == naive)
                #expect(one.range.count == UInt128(naive.count))
                for other in prefixes {
                    #expect(one.contains(other) == naive.isSuperset(of: members(other)), "\(one) \(other)")
                    #expect(one.overlaps(other) == !naive.isDisjoint(with: members(other)), "\(one) \(other)")
                }
            }
        }
    }

    @Test func `families never contain each other`() {
        #expect(!IPPrefix.everything(.v4).contains(.unspecified(.v6)))
        #expect(!IPPrefix.everything(.v6).contains(.unspecified(.v4)))
        #expect(!IPPrefix.everything(.v6).overlaps(.everything(.v4)))
    }

    @Test func `prefixes sort by address, then the shorter first`() throws {
        let sorted = try ["10.0.0.0/8", "10.0.0.0/16", "10.0.0.1/8", "::/0"].map {
            try #require(IPPrefix($0))
        }
        #expect(sorted.reversed().sorted() == sorted)
    }
}
