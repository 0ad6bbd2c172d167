// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing

/// A packet to send, made by other code than the switch's own.
struct Sample: Hashable {
    enum Content: Hashable {
        case udp(UInt16, UInt16)
        /// Ports and flags.
        case tcp(UInt16, UInt16, UInt8)
        /// Type, code and identifier, of the family's ICMP.
        case icmp(UInt8, UInt8, UInt16)
        case other(UInt8)
    }

    var source: IPAddress
    var destination: IPAddress
    var content: Content
    var payload: [UInt8] = Array("hello".utf8)
    var hops: UInt8 = 64
    var isUnfragmentable = true
    var identification: UInt16 = 7

    init(_ source: String, _ destination: String, _ content: Content) throws {
        self.source = try #require(IPAddress(source))
        self.destination = try #require(IPAddress(destination))
        self.content = content
    }

    var isIPv6: Bool { source.family == .v6 }

    private var transport: UInt8 {
        switch content {
        case .udp: 17
        case .tcp: 6
        case .icmp: isIPv6 ? 58 : 1
        case .other(let number): number
        }
    }

    /// The transport's header and payload.
    private var body: [UInt8] {
        func two(_ number: UInt16) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 255)] }
        var bytes: [UInt8]
        let field: Int?
        switch content {
        case .udp(let from, let to):
            bytes = two(from) + two(to)
            bytes += two(UInt16(8 + payload.count))
            bytes += [0, 0]
            bytes += payload
            field = 6
        case .tcp(let from, let to, let flags):
            bytes = two(from) + two(to)
            bytes += [0, 0, 0, 1, 0, 0, 0, 2, 0x50, flags, 0x20, 0, 0, 0, 0, 0]
            bytes += payload
            field = 16
        case .icmp(let type, let code, let identifier):
            bytes = [type, code, 0, 0]
            bytes += two(identifier)
            bytes += [0, 1]
            bytes += payload
            field = 2
        case .other:
            bytes = payload
            field = nil
        }
        guard let field else { return bytes }
        var pseudo: [UInt8] = []
        if transport != 1 {
            pseudo += source.bytes
            pseudo += destination.bytes
            pseudo += [0, 0, UInt8(bytes.count >> 8), UInt8(bytes.count & 255), 0, transport]
        }
        let sum = Self.checksum(pseudo + bytes)
        bytes[field] = UInt8(sum >> 8)
        bytes[field + 1] = UInt8(sum & 255)
        return bytes
    }

    /// The IP packet.
    var packet: [UInt8] {
        let body = body
        func two(_ number: Int) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 255)] }
        if isIPv6 {
            var header: [UInt8] = [0x60, 0, 0, 0]
            header += two(body.count)
            header += [transport, hops]
            header += source.bytes
            header += destination.bytes
            return header + body
        }
        var header: [UInt8] = [0x45, 0]
        header += two(20 + body.count)
        header += two(Int(identification))
        header += [isUnfragmentable ? 0x40 : 0, 0, hops, transport, 0, 0]
        header += source.bytes
        header += destination.bytes
        let sum = Self.checksum(header)
        header[10] = UInt8(sum >> 8)
        header[11] = UInt8(sum & 255)
        return header + body
    }

    /// The Ethernet frame.
    func frame(from source: MACAddress, to destination: MACAddress, vlan: UInt16? = nil) -> [UInt8] {
        var frame = destination.bytes + source.bytes
        if let vlan { frame += [0x81, 0, UInt8(vlan >> 8), UInt8(vlan & 255)] as [UInt8] }
        frame += isIPv6 ? [0x86, 0xdd] : [8, 0] as [UInt8]
        return frame + packet
    }

    /// RFC 1071, the slow way.
    static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum = 0
        for (index, byte) in bytes.enumerated() { sum += index % 2 == 0 ? Int(byte) << 8 : Int(byte) }
        while sum > 0xffff { sum = sum >> 16 + sum & 0xffff }
        return ~UInt16(sum)
    }

    /// Whether the checksums of an unfragmented IP packet hold; IPv6 without extension headers.
    static func isWhole(_ packet: [UInt8]) -> Bool {
        let isIPv6 = packet[0] >> 4 == 6
        let start = isIPv6 ? 40 : Int(packet[0] & 15) * 4
        if !isIPv6, checksum(Array(packet[..<start])) != 0 { return false }
        let transport = packet[isIPv6 ? 6 : 9]
        let body = Array(packet[start...])
        var pseudo = Array(isIPv6 ? packet[8..<40] : packet[12..<20])
        pseudo += [0, 0, UInt8(body.count >> 8), UInt8(body.count & 255), 0, transport]
        switch transport {
        case 1: return checksum(body) == 0
        case 17 where body[6] == 0 && body[7] == 0: return !isIPv6
        case 6, 17, 58: return checksum(pseudo + body) == 0
        default: return true
        }
    }
}
