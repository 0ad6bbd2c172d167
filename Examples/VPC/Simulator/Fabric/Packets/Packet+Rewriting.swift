// SPDX-License-Identifier: Apache-2.0

internal import Addressing

/// New ends for a packet of IPv4; nil leaves one alone.
struct Translation: Hashable, Sendable {
    var source: IPAddress?
    var destination: IPAddress?
    var sourcePort: UInt16?
    var destinationPort: UInt16?

    /// What has to become of the packet that an error about the translated one quotes.
    var reversed: Translation {
        Translation(
            source: destination, destination: source, sourcePort: destinationPort,
            destinationPort: sourcePort)
    }
}

extension Packet {
    /// Puts other ends into a packet of IPv4, and makes its checksums right again.
    ///
    /// A packet that an ICMP error quotes is translated the other way round, as RFC 5508 section 4 demands.
    mutating func translate(_ bytes: inout [UInt8], _ translation: Translation) {
        guard family == .v4 else { return }
        if isICMPError, fragment == nil {
            rewriteAddresses(&bytes, translation, hasChecksum: false)
            if var quoted = Packet(bytes, at: transportStart + 8, isQuoted: true), quoted.family == .v4 {
                quoted.rewriteAddresses(&bytes, translation.reversed, hasChecksum: false)
                quoted.rewritePorts(&bytes, translation.reversed, hasChecksum: false)
            }
            bytes.store(0, at: transportStart + 2)
            bytes.store(Checksum.of(bytes, transportStart..<end), at: transportStart + 2)
        } else {
            rewriteAddresses(&bytes, translation, hasChecksum: true)
            rewritePorts(&bytes, translation, hasChecksum: true)
        }
    }

    /// Takes one hop off TTL or hop limit; the caller has seen that there is more than one.
    mutating func countHop(_ bytes: inout [UInt8]) {
        guard hops > 0 else { return }
        hops -= 1
        if family == .v6 {
            bytes[start + 7] = hops
            return
        }
        let old = bytes.number16(at: start + 8)
        bytes[start + 8] = hops
        let checksum = bytes.number16(at: start + 10)
        bytes.store(
            Checksum.adapted(checksum, from: old, to: bytes.number16(at: start + 8)), at: start + 10)
    }

    private mutating func rewriteAddresses(
        _ bytes: inout [UInt8], _ translation: Translation, hasChecksum: Bool
    ) {
        if let new = translation.source {
            rewriteAddress(&bytes, from: source, to: new, at: start + 12, hasChecksum: hasChecksum)
            source = new
        }
        if let new = translation.destination {
            rewriteAddress(&bytes, from: destination, to: new, at: start + 16, hasChecksum: hasChecksum)
            destination = new
        }
    }

    private func rewriteAddress(
        _ bytes: inout [UInt8], from old: IPAddress, to new: IPAddress, at offset: Int, hasChecksum: Bool
    ) {
        bytes.store(new, at: offset)
        let checksum = bytes.number16(at: start + 10)
        bytes.store(Checksum.adapted(checksum, from: old, to: new), at: start + 10)
        guard hasChecksum, let field = checksumOffset(bytes), transport != Transport.icmp else { return }
        storeChecksum(&bytes, Checksum.adapted(bytes.number16(at: field), from: old, to: new), at: field)
    }

    private mutating func rewritePorts(
        _ bytes: inout [UInt8], _ translation: Translation, hasChecksum: Bool
    ) {
        guard hasTransport else { return }
        if transport == Transport.icmp {
            // A query's identifier stands for both ports.
            guard icmp != nil, !isICMPError, let new = translation.sourcePort ?? translation.destinationPort
            else { return }
            rewritePort(&bytes, to: new, at: transportStart + 4, hasChecksum: hasChecksum)
            (sourcePort, destinationPort) = (new, new)
            return
        }
        guard transport == Transport.tcp || transport == Transport.udp else { return }
        if let new = translation.sourcePort {
            rewritePort(&bytes, to: new, at: transportStart, hasChecksum: hasChecksum)
            sourcePort = new
        }
        if let new = translation.destinationPort {
            rewritePort(&bytes, to: new, at: transportStart + 2, hasChecksum: hasChecksum)
            destinationPort = new
        }
    }

    private func rewritePort(_ bytes: inout [UInt8], to new: UInt16, at offset: Int, hasChecksum: Bool) {
        let old = bytes.number16(at: offset)
        bytes.store(new, at: offset)
        guard hasChecksum, let field = checksumOffset(bytes) else { return }
        storeChecksum(&bytes, Checksum.adapted(bytes.number16(at: field), from: old, to: new), at: field)
    }

    /// Where the transport's checksum is, if this packet has one that must be right.
    private func checksumOffset(_ bytes: [UInt8]) -> Int? {
        guard hasTransport else { return nil }
        switch transport {
        case Transport.tcp: return transportStart + 16
        // Zero says that the sender has not computed one (RFC 768).
        case Transport.udp: return bytes.number16(at: transportStart + 6) == 0 ? nil : transportStart + 6
        case Transport.icmp: return transportStart + 2
        default: return nil
        }
    }

    private func storeChecksum(_ bytes: inout [UInt8], _ checksum: UInt16, at offset: Int) {
        bytes.store(transport == Transport.udp && checksum == 0 ? 0xffff : checksum, at: offset)
    }
}
