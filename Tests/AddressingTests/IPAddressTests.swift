// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing

@Suite("IP addresses")
struct IPAddressTests {
    @Test func `bits past the family's width are dropped`() {
        #expect(IPAddress(.v4, bits: .max).bits == 0xffff_ffff)
        #expect(IPAddress(.v6, bits: .max).bits == .max)
    }

    @Test(arguments: [0, 1, 3, 5, 15, 17])
    func `only 4 and 16 bytes are an address`(count: Int) {
        #expect(IPAddress(bytes: [UInt8](repeating: 1, count: count)) == nil)
    }

    @Test func `bytes are in network order`() {
        #expect(IPAddress(bytes: [10, 1, 0, 5])?.description == "10.1.0.5")
        #expect(IPAddress("fd00::1:2")?.bytes == [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2])
    }

    @Test(arguments: [
        ("0.0.0.0", "unspecified"), ("::", "unspecified"), ("127.0.0.1", "loopback"),
        ("127.255.255.255", "loopback"), ("::1", "loopback"), ("224.0.0.0", "multicast"),
        ("239.255.255.255", "multicast"), ("ff00::", "multicast"), ("ffff::1", "multicast"),
        ("169.254.0.1", "link-local"), ("169.254.255.255", "link-local"), ("fe80::1", "link-local"),
        ("febf::1", "link-local"), ("126.255.255.255", ""), ("128.0.0.1", ""), ("223.255.255.255", ""),
        ("240.0.0.0", ""), ("169.253.0.1", ""), ("169.255.0.1", ""), ("fec0::1", ""), ("fe7f::1", ""),
        ("::2", ""), ("0.0.0.1", ""), ("feff::", ""), ("::127.0.0.1", ""),
    ])
    func `an address is of the kind its RFC says, and of no other`(text: String, kind: String) throws {
        let address = try #require(IPAddress(text))
        let kinds = [
            ("unspecified", address.isUnspecified), ("loopback", address.isLoopback),
            ("multicast", address.isMulticast), ("link-local", address.isLinkLocal),
        ]
        #expect(kinds.filter(\.1).map(\.0) == (kind.isEmpty ? [] : [kind]))
    }

    @Test func `advancing stops at both ends of the address space`() throws {
        for family in IPAddress.Family.allCases {
            let first = IPAddress.unspecified(family)
            let last = IPPrefix.everything(family).last
            #expect(first.advanced(by: -1) == nil)
            #expect(last.advanced(by: 1) == nil)
            #expect(first.advanced(by: Int.min) == nil)
            #expect(last.advanced(by: 0) == last)
            #expect(first.advanced(by: 1)?.advanced(by: -1) == first)
        }
        #expect(IPAddress("10.0.0.255")?.advanced(by: 1) == IPAddress("10.0.1.0"))
        #expect(IPAddress("fd00::ffff")?.advanced(by: 1) == IPAddress("fd00::1:0"))
        #expect(IPAddress("255.255.255.255")?.advanced(by: -0xffff_ffff) == IPAddress("0.0.0.0"))
        #expect(IPAddress("::")?.advanced(by: Int.max) == IPAddress("::7fff:ffff:ffff:ffff"))
        #expect(IPAddress("0.0.0.0")?.advanced(by: Int.max) == nil)
    }

    @Test func `IPv4 sorts before IPv6, and each by number`() throws {
        let sorted = ["0.0.0.1", "9.0.0.0", "10.0.0.0", "255.0.0.0", "::", "::1", "2001::", "fd00::"]
        let addresses = sorted.compactMap { IPAddress($0) }
        #expect(addresses.count == sorted.count)
        #expect(addresses.reversed().sorted() == addresses)
        #expect(!(addresses[0] < addresses[0]))
    }
}
