// SPDX-License-Identifier: Apache-2.0

internal import Addressing

/// The header of an Ethernet frame, with at most one 802.1Q tag.
struct EthernetHeader: Hashable, Sendable {
    static let ipv4: UInt16 = 0x0800
    static let arp: UInt16 = 0x0806
    static let ipv6: UInt16 = 0x86dd
    private static let tagged: UInt16 = 0x8100

    var destination: MACAddress
    var source: MACAddress
    /// The VLAN's number; nil without a tag, or with the tag of priority alone (number 0).
    var vlan: UInt16?
    var type: UInt16
    /// The header's length in bytes: 14 or 18.
    var length: Int

    /// Reads the header of a frame; nil if it is cut off.
    init?(_ frame: [UInt8]) {
        guard frame.count >= 14 else { return nil }
        destination = frame.mac(at: 0)
        source = frame.mac(at: 6)
        type = frame.number16(at: 12)
        length = 14
        guard type == Self.tagged else { return }
        guard frame.count >= 18 else { return nil }
        let number = frame.number16(at: 14) & 0xfff
        vlan = number == 0 ? nil : number
        type = frame.number16(at: 16)
        length = 18
    }

    init(to destination: MACAddress, from source: MACAddress, vlan: UInt16?, type: UInt16) {
        self.destination = destination
        self.source = source
        self.vlan = vlan
        self.type = type
        length = vlan == nil ? 14 : 18
    }

    /// The header's bytes.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length)
        bytes += destination.bytes
        bytes += source.bytes
        if let vlan {
            bytes.append(Self.tagged)
            bytes.append(vlan)
        }
        bytes.append(type)
        return bytes
    }

    /// The frame that has this header in the place of another's; what is past `end` was padding.
    func replacing(_ old: Int, in frame: consuming [UInt8], end: Int) -> [UInt8] {
        if old == length {
            frame.store(destination, at: 0)
            frame.store(source, at: 6)
            if let vlan { frame.store(vlan, at: 14) }
            frame.removeLast(frame.count - end)
            return frame
        }
        return bytes + frame[old..<end]
    }
}
