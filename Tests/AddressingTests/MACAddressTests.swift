// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import Testing

@Suite("MAC addresses")
struct MACAddressTests {
    @Test(arguments: [
        "", "02:00:5e:10:00", "02:00:5e:10:00:01:02", "02:00:5e:10:00:0g", "2:0:5e:10:0:1", "02005e100001",
        "02:00:5e-10:00:01", "02 00 5e 10 00 01", " 02:00:5e:10:00:01", "02:00:5e:10:00:01 ",
        "+2:00:5e:10:00:01", "0200.5e10.000", "0200.5e10-0001", "0200.5e1:.0001", "02:00:5e:10:00:1:",
        "02:00:5e:10:00::1",
    ])
    func `only six groups of two digits or three of four are an address`(text: String) {
        #expect(MACAddress(text) == nil)
    }

    @Test(arguments: [
        ("02:00:5e:10:00:01", "02:00:5e:10:00:01"), ("02-00-5E-10-00-01", "02:00:5e:10:00:01"),
        ("FF:FF:FF:FF:FF:FF", "ff:ff:ff:ff:ff:ff"), ("00:00:00:00:00:00", "00:00:00:00:00:00"),
        ("0a:0B:0c:0D:0e:0F", "0a:0b:0c:0d:0e:0f"), ("0200.5E10.0001", "02:00:5e:10:00:01"),
    ])
    func `an address is printed in lower case with colons`(text: String, printed: String) throws {
        let address = try #require(MACAddress(text))
        #expect(address.description == printed)
        #expect(MACAddress(printed) == address)
        #expect(MACAddress(bytes: address.bytes) == address)
    }

    @Test func `only six bytes are an address, and only 48 bits count`() {
        #expect(MACAddress(bytes: [1, 2, 3, 4, 5]) == nil)
        #expect(MACAddress(bytes: [1, 2, 3, 4, 5, 6, 7]) == nil)
        #expect(MACAddress(bytes: [1, 2, 3, 4, 5, 6])?.description == "01:02:03:04:05:06")
        #expect(MACAddress(bits: .max).description == "ff:ff:ff:ff:ff:ff")
    }

    @Test func `the group bit is the lowest of the first byte`() {
        #expect(MACAddress("01:00:5e:00:00:01")?.isMulticast == true)
        #expect(MACAddress("ff:ff:ff:ff:ff:ff")?.isMulticast == true)
        #expect(MACAddress("02:01:01:01:01:01")?.isMulticast == false)
    }

    @Test func `a random address is unicast, local, and seldom the same`() {
        var random = Seeded()
        let addresses = (0..<1000).map { _ in MACAddress.random(using: &random) }
        #expect(addresses.allSatisfy { !$0.isMulticast && $0.bits >> 41 & 1 == 1 })
        #expect(Set(addresses).count == 1000, "TEST_SEED=\(Seeded.seed)")
        // Every other bit takes both values.
        let ones = addresses.reduce(0) { $0 | $1.bits }
        let zeros = addresses.reduce(0) { $0 | ~$1.bits } & 0xffff_ffff_ffff
        #expect(ones == 0xfeff_ffff_ffff)
        #expect(zeros == 0xfdff_ffff_ffff)
    }
}
