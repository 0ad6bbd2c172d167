// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// A UDP packet of IPv4 with its headers, for a packet socket: a client without an address has no other way.
public struct UDPPacket: Hashable, Sendable {
    /// The sender's address.
    public var source: IPAddress
    /// The receiver's address.
    public var destination: IPAddress
    /// The sender's port.
    public var sourcePort: UInt16
    /// The receiver's port.
    public var destinationPort: UInt16
    /// What it carries.
    public var payload: [UInt8]

    /// Creates a packet.
    public init(
        from source: IPAddress, _ sourcePort: UInt16, to destination: IPAddress, _ destinationPort: UInt16,
        _ payload: [UInt8]
    ) {
        self.source = source
        self.destination = destination
        self.sourcePort = sourcePort
        self.destinationPort = destinationPort
        self.payload = payload
    }

    /// Reads a packet; nil for one that is not whole, is a fragment, is not UDP, or has a wrong checksum.
    ///
    /// A UDP checksum is not looked at where there is none, nor where `checksUDP` is false: the kernel leaves that of a
    /// local sender to the hardware (PACKET_AUXDATA, TP_STATUS_CSUMNOTREADY).
    public init?(parsing bytes: [UInt8], checksUDP: Bool) {
        guard bytes.count >= 28, bytes[0] >> 4 == 4 else { return nil }
        let header = Int(bytes[0] & 15) * 4
        let total = Int(Self.word(bytes, 2))
        guard header >= 20, total >= header + 8, total <= bytes.count, bytes[9] == 17,
            // Neither "more fragments" nor an offset.
            Self.word(bytes, 6) & 0x3fff == 0, Self.checksum(bytes[..<header]) == 0
        else { return nil }
        let length = Int(Self.word(bytes, header + 4))
        guard length >= 8, header + length <= total, let source = IPAddress(bytes: bytes[12..<16]),
            let destination = IPAddress(bytes: bytes[16..<20])
        else { return nil }
        let datagram = bytes[header..<header + length]
        if checksUDP, Self.word(bytes, header + 6) != 0,
            Self.checksum(Self.pseudoHeader(source, destination, length) + datagram) != 0
        {
            return nil
        }
        self.init(
            from: source, Self.word(bytes, header), to: destination, Self.word(bytes, header + 2),
            Array(datagram.dropFirst(8)))
    }

    /// The packet as it is sent.
    public var bytes: [UInt8] {
        let length = 8 + payload.count
        var header: [UInt8] = [0x45, 0x10] + Self.bytes(20 + length) + [0, 0, 0x40, 0, 64, 17, 0, 0]
        header += source.bytes + destination.bytes
        header.replaceSubrange(10..<12, with: Self.bytes(Int(Self.checksum(header[...]))))
        var datagram = Self.bytes(Int(sourcePort)) + Self.bytes(Int(destinationPort)) + Self.bytes(length)
        datagram += [0, 0] + payload
        let sum = Self.checksum((Self.pseudoHeader(source, destination, length) + datagram)[...])
        // Zero would say that there is none (RFC 768).
        datagram.replaceSubrange(6..<8, with: Self.bytes(Int(sum == 0 ? 0xffff : sum)))
        return header + datagram
    }

    private static func bytes(_ word: Int) -> [UInt8] {
        [UInt8(truncatingIfNeeded: word >> 8), UInt8(truncatingIfNeeded: word)]
    }

    private static func word(_ bytes: [UInt8], _ index: Int) -> UInt16 {
        UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1])
    }

    private static func pseudoHeader(_ source: IPAddress, _ destination: IPAddress, _ length: Int) -> [UInt8]
    {
        source.bytes + destination.bytes + [0, 17] + bytes(length)
    }

    /// The checksum of RFC 1071; 0 over what has a right one in it.
    private static func checksum(_ bytes: some Sequence<UInt8>) -> UInt16 {
        var sum: UInt32 = 0
        var isHigh = true
        for byte in bytes {
            sum += isHigh ? UInt32(byte) << 8 : UInt32(byte)
            isHigh.toggle()
        }
        while sum >> 16 != 0 { sum = sum & 0xffff + sum >> 16 }
        return ~UInt16(truncatingIfNeeded: sum)
    }
}
