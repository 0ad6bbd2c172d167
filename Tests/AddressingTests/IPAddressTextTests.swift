// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import Testing

@Suite("IP addresses as text")
struct IPAddressTextTests {
    @Test(arguments: [
        "", " ", "10.0.0", "10.0.0.0.0", "10.0.0.256", "10.0.0.1000", "10.0.0.024", "10.0.0.00", "+10.0.0.1",
        "10.0.0.+1", "10.0.0.-1", " 10.0.0.1", "10.0.0.1 ", "10.0.0.1\n", "10..0.1", ".10.0.0.1", "10.0.0.1.",
        "10.0.0.1/24", "10.0.0.a", "0x0a.0.0.1", "10,0,0,1", "10.0.0.٣", "167772161", "10.0.0.1%eth0",
        "10.0.0.1\0",
    ])
    func `only four decimal bytes are an IPv4 address`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8",
        "1::2::3", "::1::", "1:2:3:4::5:6:7:8", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", ":1::", "1::2:", "1:::2",
        "12345::", "g::", "::+1", "::-1", " ::1", "::1 ", "fe80::1%eth0", "fe80::1%", "[::1]", "::1/64",
        "::10.0.0.256", "::10.0.0", "10.0.0.1::", "::10.0.0.1:1", "1:2:3:4:5:6:7:10.0.0.1", "::0x1", "::１",
        "1:2:3:4:5:6:10.0.0.1:8", "::10.0.0.01",
    ])
    func `text that RFC 4291 does not allow is not an IPv6 address`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        ("0.0.0.0", 0), ("0.0.0.1", 1), ("10.1.0.5", 0x0a01_0005), ("255.255.255.255", 0xffff_ffff),
        ("1.2.3.4", 0x0102_0304),
    ])
    func `IPv4 text is read and printed alike`(text: String, bits: Int) {
        #expect(IPAddress(text) == IPAddress(.v4, bits: UInt128(bits)))
        #expect(IPAddress(.v4, bits: UInt128(bits)).description == text)
    }

    /// The first five are RFC 5952's own, of sections 1 to 5; then what is easy to get wrong.
    static let canonical = [
        ("2001:0db8:0:0:0:0:0:1", "2001:db8::1"),
        ("2001:db8:0000:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"),
        ("2001:db8:aaaa:bbbb:cccc:dddd:eeee:001", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1"),
        ("2001:db8:0:0:0::1", "2001:db8::1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:db8::1:0:0:1", "2001:db8::1:0:0:1"),
        ("0:0:0:0:0:ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("::ffff:c000:201", "::ffff:192.0.2.1"),
        ("::", "::"), ("0:0:0:0:0:0:0:0", "::"), ("::1", "::1"), ("1::", "1::"), ("::0", "::"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ("1:0:0:4:5:6:7:8", "1::4:5:6:7:8"), ("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"),
        ("0:0:3:4:5:6:0:0", "::3:4:5:6:0:0"), ("1:2:3:4:5:6:77.88.99.11", "1:2:3:4:5:6:4d58:630b"),
        ("::192.0.2.1", "::c000:201"), ("::1.2.3.4", "::102:304"),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ("fe80::ABCD:0", "fe80::abcd:0"),
        (
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
        ),
    ]

    @Test(arguments: canonical)
    func `IPv6 text comes out as RFC 5952 recommends`(text: String, canonical: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.family == .v6)
        #expect(address.description == canonical)
        #expect(IPAddress(canonical) == address)
    }

    @Test func `an IPv4-mapped address is not the IPv4 address`() throws {
        let mapped = try #require(IPAddress("::ffff:10.0.0.1"))
        #expect(mapped.family == .v6)
        #expect(mapped != IPAddress("10.0.0.1"))
    }

    @Test func `printing and reading any address is the identity`() {
        var random = Seeded()
        for _ in 0..<5000 {
            // Groups of few values make runs of zeros frequent.
            let bits = (0..<8).reduce(0 as UInt128) { bits, _ in
                bits << 16
                    | UInt128(
                        [0, 0, 0, 1, 0xffff, random.next() & 0xffff].randomElement(using: &random) ?? 0)
            }
            for family in IPAddress.Family.allCases {
                let address = IPAddress(family, bits: bits)
                #expect(IPAddress(address.description) == address, "TEST_SEED=\(Seeded.seed)")
                #expect(IPAddress(bytes: address.bytes) == address, "TEST_SEED=\(Seeded.seed)")
            }
        }
    }

    @Test func `random text is never a trap, and what is accepted is canonical once printed`() {
        var random = Seeded()
        let alphabet = Array("0123456789abcdefF:::...%/ +-g".utf8)
        for _ in 0..<20_000 {
            let length = Int.random(in: 0...20, using: &random)
            let bytes = (0..<length).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            let text = String(decoding: bytes, as: UTF8.self)
            if let address = IPAddress(text) {
                #expect(IPAddress(address.description) == address, "\(text), TEST_SEED=\(Seeded.seed)")
            }
            if let prefix = IPPrefix(text) {
                #expect(IPPrefix(prefix.description) == prefix, "\(text), TEST_SEED=\(Seeded.seed)")
            }
        }
    }
}
