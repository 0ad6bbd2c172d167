// SPDX-License-Identifier: Apache-2.0

internal import Addressing

/// The Internet checksum (RFC 1071): the complement of a sum of 16-bit words with the carries added in.
enum Checksum {
    /// The sum of bytes, of which the first is the high half of a word; an odd last byte is padded with zero.
    static func sum(_ bytes: [UInt8], _ range: Range<Int>, onto start: UInt64 = 0) -> UInt64 {
        var sum = start
        var offset = range.lowerBound
        while offset + 4 <= range.upperBound {
            sum += UInt64(bytes.number32(at: offset))
            offset += 4
        }
        if offset + 2 <= range.upperBound {
            sum += UInt64(bytes.number16(at: offset))
            offset += 2
        }
        if offset < range.upperBound { sum += UInt64(bytes[offset]) << 8 }
        return sum
    }

    /// The sum in 16 bits.
    static func folded(_ sum: UInt64) -> UInt16 {
        var sum = sum
        while sum > 0xffff { sum = sum >> 16 + sum & 0xffff }
        return UInt16(sum)
    }

    /// The checksum over bytes whose own checksum field is zero; 0 over bytes that hold a right one.
    static func of(_ bytes: [UInt8], _ range: Range<Int>, onto start: UInt64 = 0) -> UInt16 {
        ~folded(sum(bytes, range, onto: start))
    }

    /// What TCP, UDP and ICMP of IPv6 sum before their own bytes (RFC 9293 section 3.1, RFC 8200 section 8.1).
    static func pseudoHeader(
        _ source: IPAddress, _ destination: IPAddress, length: Int, transport: UInt8
    ) -> UInt64 {
        var header = source.bytes + destination.bytes
        header.append(UInt32(truncatingIfNeeded: length))
        header.append(UInt32(transport))
        return sum(header, 0..<header.count)
    }

    /// Adapts a checksum to words that have become others (RFC 1624 equation 3).
    static func adapted(_ checksum: UInt16, from old: IPAddress, to new: IPAddress) -> UInt16 {
        var sum = UInt64(~checksum)
        var (old, new) = (old.bits, new.bits)
        for _ in 0..<8 {
            sum += UInt64(~UInt16(truncatingIfNeeded: old)) + UInt64(UInt16(truncatingIfNeeded: new))
            old >>= 16
            new >>= 16
        }
        return ~folded(sum)
    }

    /// Adapts a checksum to a word that has become another.
    static func adapted(_ checksum: UInt16, from old: UInt16, to new: UInt16) -> UInt16 {
        ~folded(UInt64(~checksum) + UInt64(~old) + UInt64(new))
    }
}
