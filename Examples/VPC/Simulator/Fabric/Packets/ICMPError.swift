// SPDX-License-Identifier: Apache-2.0

internal import Addressing

/// What a router reports of a packet that it could not pass on.
enum ICMPError: Hashable, Sendable {
    /// TTL or hop limit has ended.
    case timeExceeded
    /// It is larger than the next link's MTU in bytes, and must not be fragmented.
    case tooBig(mtu: Int)

    /// The report to the packet's sender; nil for a packet that none may be sent about (RFC 1122 section 3.2.2, RFC 4443
    /// section 2.4).
    func report(on packet: Packet, _ bytes: [UInt8], from router: IPAddress) -> [UInt8]? {
        guard !packet.isICMPError, packet.hasTransport, !packet.source.isMulticast,
            !packet.source.isUnspecified, router.family == packet.family
        else { return nil }
        var message: [UInt8]
        switch (self, packet.family) {
        case (.timeExceeded, .v4): message = [11, 0, 0, 0, 0, 0, 0, 0]
        case (.timeExceeded, .v6): message = [3, 0, 0, 0, 0, 0, 0, 0]
        case (.tooBig(let mtu), .v4):
            // RFC 1191 section 4.
            message = [3, 4, 0, 0, 0, 0]
            message.append(UInt16(truncatingIfNeeded: mtu))
        case (.tooBig(let mtu), .v6):
            message = [2, 0, 0, 0]
            message.append(UInt32(truncatingIfNeeded: mtu))
        }
        // RFC 1812 section 4.3.2.3: within 576 bytes; RFC 4443 section 3.2: within 1280.
        let room = packet.family == .v4 ? 576 - 28 : 1280 - 48
        message += bytes[packet.start..<min(packet.end, packet.start + room)]
        let transport = packet.family == .v4 ? Transport.icmp : Transport.icmp6
        return IPHeader(from: router, to: packet.source, transport: transport).packet(icmp: message)
    }
}
