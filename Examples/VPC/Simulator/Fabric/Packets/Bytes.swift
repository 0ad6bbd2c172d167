// SPDX-License-Identifier: Apache-2.0

internal import Addressing

// Numbers in network byte order. Whoever reads or writes one has compared lengths before: past the end these trap.
extension [UInt8] {
    func number16(at offset: Int) -> UInt16 { UInt16(self[offset]) << 8 | UInt16(self[offset + 1]) }

    func number32(at offset: Int) -> UInt32 {
        UInt32(number16(at: offset)) << 16 | UInt32(number16(at: offset + 2))
    }

    func number64(at offset: Int) -> UInt64 {
        UInt64(number32(at: offset)) << 32 | UInt64(number32(at: offset + 4))
    }

    func address4(at offset: Int) -> IPAddress { IPAddress(.v4, bits: UInt128(number32(at: offset))) }

    func address6(at offset: Int) -> IPAddress {
        IPAddress(.v6, bits: UInt128(number64(at: offset)) << 64 | UInt128(number64(at: offset + 8)))
    }

    func mac(at offset: Int) -> MACAddress {
        MACAddress(bits: UInt64(number16(at: offset)) << 32 | UInt64(number32(at: offset + 2)))
    }

    mutating func store(_ number: UInt16, at offset: Int) {
        self[offset] = UInt8(number >> 8)
        self[offset + 1] = UInt8(truncatingIfNeeded: number)
    }

    mutating func store(_ mac: MACAddress, at offset: Int) {
        for place in 0..<6 {
            self[offset + place] = UInt8(truncatingIfNeeded: mac.bits >> UInt64(40 - 8 * place))
        }
    }

    mutating func store(_ address: IPAddress, at offset: Int) {
        let width = address.family.bitWidth
        for place in 0..<width / 8 {
            self[offset + place] = UInt8(truncatingIfNeeded: address.bits >> UInt128(width - 8 - 8 * place))
        }
    }

    mutating func append(_ number: UInt16) {
        append(UInt8(number >> 8))
        append(UInt8(truncatingIfNeeded: number))
    }

    mutating func append(_ number: UInt32) {
        append(UInt16(number >> 16))
        append(UInt16(truncatingIfNeeded: number))
    }
}
