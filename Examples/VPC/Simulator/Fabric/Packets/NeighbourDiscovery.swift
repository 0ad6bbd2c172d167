// SPDX-License-Identifier: Apache-2.0

internal import Addressing

/// The messages of IPv6's neighbour discovery that a router answers (RFC 4861).
enum NeighbourDiscovery {
    /// What a message asks for.
    enum Question: Hashable, Sendable {
        /// Who has this address?
        case neighbour(IPAddress)
        /// Which routers are there?
        case router
    }

    /// The question of a packet of ICMPv6; nil if it is none, or fails the checks of RFC 4861 sections 6.1.1 and 7.1.1.
    static func question(_ bytes: [UInt8], _ packet: Packet) -> Question? {
        guard let icmp = packet.icmp, packet.fragment == nil, packet.hops == 255, icmp.code == 0,
            isWhole(bytes, packet)
        else { return nil }
        let start = packet.transportStart
        switch icmp.type {
        case 133: return .router
        case 135:
            guard packet.end >= start + 24 else { return nil }
            let target = bytes.address6(at: start + 8)
            return target.isMulticast ? nil : .neighbour(target)
        default: return nil
        }
    }

    private static func isWhole(_ bytes: [UInt8], _ packet: Packet) -> Bool {
        let pseudo = Checksum.pseudoHeader(
            packet.source, packet.destination, length: packet.end - packet.transportStart,
            transport: Transport.icmp6)
        return Checksum.of(bytes, packet.transportStart..<packet.end, onto: pseudo) == 0
    }

    /// The answer that a target is at `mac`, to the one who asked or, if that has no address yet, to all nodes.
    ///
    /// - Parameter isRouter: Whether the target is the router.
    static func advertisement(
        of target: IPAddress, at mac: MACAddress, to asker: IPAddress, isRouter: Bool
    ) -> [UInt8] {
        let isProbe = asker.isUnspecified
        // Router, solicited, override.
        let flags: UInt8 = (isRouter ? 0x80 : 0) | (isProbe ? 0 : 0x40) | 0x20
        let body = [136, 0, 0, 0, flags, 0, 0, 0] + target.bytes + [2, 1] + mac.bytes
        return packet(from: target, to: isProbe ? allNodes : asker, body)
    }

    /// The router's advertisement: a default route, and addresses by DHCP alone.
    ///
    /// - Parameter mtu: The link's MTU in bytes.
    static func routerAdvertisement(
        from router: IPAddress, at mac: MACAddress, to asker: IPAddress, mtu: UInt32
    ) -> [UInt8] {
        // Hop limit, managed and other, a lifetime of 65,535 s (RFC 8319), two timers that are not given.
        var body: [UInt8] = [134, 0, 0, 0, 64, 0xc0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]
        body += [1, 1] + mac.bytes + [5, 1, 0, 0]
        body.append(mtu)
        return packet(from: router, to: asker.isUnspecified ? allNodes : asker, body)
    }

    static let allNodes = IPAddress(.v6, bits: 0xff02 << 112 | 1)

    private static func packet(from source: IPAddress, to destination: IPAddress, _ body: [UInt8]) -> [UInt8]
    {
        IPHeader(from: source, to: destination, transport: Transport.icmp6, hops: 255).packet(icmp: body)
    }

    /// The link-local address of a MAC address (RFC 4291 appendix A).
    static func linkLocal(of mac: MACAddress) -> IPAddress {
        let high = UInt128(mac.bits >> 24 ^ 0x02_0000)
        let identifier = high << 40 | 0xff_fe00_0000 | UInt128(mac.bits & 0xff_ffff)
        return IPAddress(.v6, bits: 0xfe80 << 112 | identifier)
    }
}
