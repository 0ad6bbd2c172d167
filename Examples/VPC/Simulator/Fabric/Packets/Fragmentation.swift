// SPDX-License-Identifier: Apache-2.0

internal import Addressing

extension Packet {
    /// The fragments of a packet of IPv4, each of at most `mtu` bytes (RFC 791 section 3.2); nil if it must stay whole.
    func fragments(_ bytes: [UInt8], mtu: Int) -> [[UInt8]]? {
        let headerLength = transportStart - start
        // Options are copied into each fragment, which only the ones that say so should be; nobody here uses any.
        let room = (mtu - headerLength) / 8 * 8
        guard family == .v4, !isUnfragmentable, room > 0 else { return nil }
        let place = bytes.number16(at: start + 6)
        var fragments: [[UInt8]] = []
        var offset = transportStart
        while offset < end {
            let next = min(offset + room, end)
            var fragment = Array(bytes[start..<transportStart])
            let position = place & 0x1fff + UInt16(truncatingIfNeeded: (offset - transportStart) / 8)
            let more: UInt16 = next < end ? 0x2000 : place & 0x2000
            fragment.store(UInt16(truncatingIfNeeded: headerLength + next - offset), at: 2)
            fragment.store(position | more, at: 6)
            fragment.store(0, at: 10)
            fragment.store(Checksum.of(fragment, 0..<headerLength), at: 10)
            fragments.append(fragment + bytes[offset..<next])
            offset = next
        }
        return fragments
    }
}
