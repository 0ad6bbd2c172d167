// SPDX-License-Identifier: Apache-2.0

internal import Addressing

extension Packet {
    /// Reads the headers of the IP packet that begins at `start`; nil if they are not whole or contradict themselves.
    ///
    /// - Parameter isQuoted: Whether an ICMP error quotes it: then it may be cut off past the transport's first 8 bytes.
    init?(_ bytes: [UInt8], at start: Int, isQuoted: Bool = false) {
        guard bytes.count > start else { return nil }
        switch bytes[start] >> 4 {
        case 4: self.init(ipv4: bytes, at: start, isQuoted: isQuoted)
        case 6: self.init(ipv6: bytes, at: start, isQuoted: isQuoted)
        default: return nil
        }
        guard readTransport(bytes, isQuoted: isQuoted) else { return nil }
    }

    /// RFC 791 section 3.1.
    private init?(ipv4 bytes: [UInt8], at start: Int, isQuoted: Bool) {
        guard bytes.count >= start + 20 else { return nil }
        let headerLength = Int(bytes[start] & 15) * 4
        let length = Int(bytes.number16(at: start + 2))
        guard headerLength >= 20, length >= headerLength, bytes.count >= start + headerLength,
            isQuoted || bytes.count >= start + length,
            isQuoted || Checksum.of(bytes, start..<start + headerLength) == 0
        else { return nil }
        let place = bytes.number16(at: start + 6)
        source = bytes.address4(at: start + 12)
        destination = bytes.address4(at: start + 16)
        self.start = start
        transportStart = start + headerLength
        end = Swift.min(start + length, bytes.count)
        hops = bytes[start + 8]
        transport = bytes[start + 9]
        isUnfragmentable = place & 0x4000 != 0
        // More fragments, or an offset.
        guard place & 0x3fff != 0 else { return }
        // A fragment that reaches past the largest IP packet is an attack (RFC 791: 65,535 bytes).
        guard Int(place & 0x1fff) * 8 + length - headerLength <= 65_535 else { return nil }
        fragment = Fragment(
            identification: UInt32(bytes.number16(at: start + 4)), isFirst: place & 0x1fff == 0)
    }

    /// RFC 8200 sections 3 and 4.
    private init?(ipv6 bytes: [UInt8], at start: Int, isQuoted: Bool) {
        guard bytes.count >= start + 40 else { return nil }
        let length = 40 + Int(bytes.number16(at: start + 4))
        guard isQuoted || bytes.count >= start + length else { return nil }
        source = bytes.address6(at: start + 8)
        destination = bytes.address6(at: start + 24)
        self.start = start
        end = Swift.min(start + length, bytes.count)
        hops = bytes[start + 7]
        isUnfragmentable = true
        transportStart = start + 40
        transport = bytes[start + 6]
        guard skipExtensions(bytes) else { return nil }
    }

    /// Goes on to the transport's header; false for more extension headers than any honest sender has.
    private mutating func skipExtensions(_ bytes: [UInt8]) -> Bool {
        for _ in 0..<8 {
            let header = transportStart
            let length: Int
            switch transport {
            case 0, 43, 60, 135, 139, 140:
                guard end >= header + 8 else { return false }
                length = (Int(bytes[header + 1]) + 1) * 8
            case 51:
                guard end >= header + 8 else { return false }
                length = (Int(bytes[header + 1]) + 2) * 4
            case 44:
                guard end >= header + 8 else { return false }
                length = 8
                let place = bytes.number16(at: header + 2)
                // Neither an offset nor more to come: an atomic fragment is a packet like others (RFC 6946).
                if place & 0xfff9 != 0 {
                    fragment = Fragment(
                        identification: bytes.number32(at: header + 4), isFirst: place & 0xfff8 == 0)
                }
            default: return true
            }
            transport = bytes[header]
            transportStart = header + length
            guard transportStart <= end else { return false }
            if let fragment, !fragment.isFirst { return true }
        }
        return false
    }

    private mutating func readTransport(_ bytes: [UInt8], isQuoted: Bool) -> Bool {
        guard hasTransport else { return true }
        let start = transportStart
        let room = end - start
        switch transport {
        case Transport.tcp:
            // Less would let a second fragment write over the flags (RFC 1858).
            guard room >= (isQuoted ? 8 : 20) else { return false }
            readPorts(bytes)
            if room >= 14 { tcpFlags = TCPFlags(rawValue: bytes[start + 13]) }
        case Transport.udp:
            guard room >= 8 else { return false }
            readPorts(bytes)
        case Transport.icmp where family == .v4, Transport.icmp6 where family == .v6:
            guard room >= 8 else { return false }
            let icmp = ICMP(type: bytes[start], code: bytes[start + 1])
            self.icmp = icmp
            let queries: [UInt8] = family == .v4 ? [0, 8, 13, 14, 15, 16, 17, 18] : [128, 129]
            if queries.contains(icmp.type) {
                sourcePort = bytes.number16(at: start + 4)
                destinationPort = sourcePort
            }
        default: break
        }
        return true
    }

    private mutating func readPorts(_ bytes: [UInt8]) {
        sourcePort = bytes.number16(at: transportStart)
        destinationPort = bytes.number16(at: transportStart + 2)
    }
}
