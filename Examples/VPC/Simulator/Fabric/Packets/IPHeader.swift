// SPDX-License-Identifier: Apache-2.0

internal import Addressing

/// The header of a packet that the fabric itself sends.
struct IPHeader: Hashable, Sendable {
    var source: IPAddress
    var destination: IPAddress
    var transport: UInt8
    var hops: UInt8

    init(from source: IPAddress, to destination: IPAddress, transport: UInt8, hops: UInt8 = 64) {
        self.source = source
        self.destination = destination
        self.transport = transport
        self.hops = hops
    }

    /// The packet around a payload whose checksum is right.
    func packet(_ payload: [UInt8]) -> [UInt8] {
        if source.family == .v6 {
            var bytes: [UInt8] = [0x60, 0, 0, 0]
            bytes.append(UInt16(truncatingIfNeeded: payload.count))
            bytes += [transport, hops]
            return bytes + source.bytes + destination.bytes + payload
        }
        var bytes: [UInt8] = [0x45, 0]
        bytes.append(UInt16(truncatingIfNeeded: 20 + payload.count))
        bytes += [0, 0, 0x40, 0, hops, transport, 0, 0]
        bytes += source.bytes + destination.bytes
        bytes.store(Checksum.of(bytes, 0..<20), at: 10)
        return bytes + payload
    }

    /// The packet around an ICMP message whose checksum field is zero.
    func packet(icmp message: [UInt8]) -> [UInt8] {
        var message = message
        let pseudo =
            source.family == .v4
            ? 0
            : Checksum.pseudoHeader(
                source, destination, length: message.count, transport: Transport.icmp6)
        message.store(Checksum.of(message, 0..<message.count, onto: pseudo), at: 2)
        return packet(message)
    }
}
