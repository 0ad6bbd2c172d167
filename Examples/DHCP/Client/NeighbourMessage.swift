// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// Neighbour discovery (RFC 4861) as far as one asks who has an IPv6 address, without headers.
public enum NeighbourMessage {
    /// A neighbour solicitation for an address (section 4.3); the kernel makes its checksum.
    public static func solicitation(for address: IPAddress, from mac: MACAddress) -> [UInt8] {
        [135, 0, 0, 0, 0, 0, 0, 0] + address.bytes + [1, 1] + mac.bytes
    }

    /// The group that a host with the address listens to: its solicited-node address (RFC 4291 section 2.7.1).
    public static func group(of address: IPAddress) -> IPAddress {
        IPAddress(.v6, bits: 0xff02 << 112 | 0x1_ff00_0000 | address.bits & 0xff_ffff)
    }

    /// Whose address a neighbour advertisement says it is (section 4.4), and its MAC address if it is in it; nil for what is none.
    public static func advertised(_ bytes: [UInt8]) -> (address: IPAddress, mac: MACAddress?)? {
        guard bytes.count >= 24, bytes[0] == 136, bytes[1] == 0, let address = IPAddress(bytes: bytes[8..<24])
        else { return nil }
        var rest = bytes[24...]
        while let kind = rest.first {
            // An option's length is in units of eight bytes; 0 is damage.
            guard rest.count >= 2, case let length = Int(rest[rest.startIndex + 1]) * 8, length > 0,
                rest.count >= length
            else { return nil }
            if kind == 2 { return (address, MACAddress(bytes: rest.dropFirst(2).prefix(6))) }
            rest = rest.dropFirst(length)
        }
        return (address, nil)
    }
}
