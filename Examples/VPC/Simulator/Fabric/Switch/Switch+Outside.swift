// SPDX-License-Identifier: Apache-2.0

internal import Addressing

// The ways out of the VPC, and back in.
extension Switch {
    // MARK: The VPN

    /// To the peer network, with the addresses as they are.
    mutating func toPeer(_ transit: Transit, of sender: Member) {
        for bytes in leaving(transit, of: sender, nil) { output.append(Outgoing(port: .peer, bytes: bytes)) }
    }

    /// From the peer network.
    mutating func handlePeer(_ bytes: [UInt8], at now: Moment) {
        guard let packet = Packet(bytes, at: 0) else { return counters.drop(.malformed) }
        guard state.peerNetworks.contains(where: { $0.contains(packet.source) }) else {
            return counters.drop(.foreignSource)
        }
        guard let owner = addresses.owner(of: packet.destination) else { return counters.drop(.noOwner) }
        guard let transit = admit(bytes, packet, from: .peer, headerLength: 0, at: now) else { return }
        deliver(transit, to: owner)
    }

    // MARK: The internet

    /// By the internet gateway: an IPv4 source becomes its public address.
    mutating func toInternetGateway(_ transit: Transit, of sender: Member) {
        guard !transit.packet.destination.isPrivate else { return counters.drop(.noRoute) }
        if transit.packet.family == .v6 { return toInternet(transit, of: sender, nil) }
        guard let seen = publicAddress(of: transit.packet.source) else {
            return counters.drop(.noPublicAddress)
        }
        toInternet(transit, of: sender, Translation(source: seen))
    }

    private func publicAddress(of own: IPAddress) -> IPAddress? {
        addresses.owner(of: own).flatMap { interfaces[$0]?.publicAddresses[own] }
    }

    /// By an egress-only gateway: IPv6, and only what begins inside.
    mutating func toEgressOnlyGateway(_ transit: Transit, of sender: Member) {
        let packet = transit.packet
        guard packet.family == .v6, !packet.destination.isPrivate else { return counters.drop(.noRoute) }
        if !egressOnly.admits(packet, packet.flow, .egress, at: transit.now) {
            guard egressOnly.open(packet, packet.flow, .egress, at: transit.now) else {
                return counters.drop(.connections)
            }
        }
        toInternet(transit, of: sender, nil)
    }

    /// By a NAT gateway: the source becomes the gateway's address, with a port of its own.
    mutating func toNATGateway(_ id: String, _ transit: Transit, of sender: Member) {
        guard transit.packet.family == .v4, !transit.packet.destination.isPrivate, translations[id] != nil
        else { return counters.drop(.noRoute) }
        let quoted = transit.packet.isICMPError
        guard let flow = quoted ? transit.quoted?.reversed : transit.packet.flow,
            let translation = translations[id]?.outward(flow, at: transit.now, begins: !quoted)
        else { return counters.drop(.natPorts) }
        toInternet(transit, of: sender, translation)
    }

    private mutating func toInternet(
        _ transit: Transit, of sender: Member, _ translation: Translation?
    ) {
        let destination = transit.packet.destination
        let now = transit.now
        // Public addresses of the VPC's own come back in at the gateway.
        let isOurs =
            publicAddresses[destination] != nil
            || translations.values.contains { $0.publicAddress == destination }
        for bytes in leaving(transit, of: sender, translation) {
            if isOurs {
                handleInternet(bytes, at: now)
            } else {
                output.append(Outgoing(port: .internet, bytes: bytes))
            }
        }
    }

    /// From the internet.
    mutating func handleInternet(_ bytes: [UInt8], at now: Moment) {
        guard let packet = Packet(bytes, at: 0) else { return counters.drop(.malformed) }
        guard !packet.source.isPrivate, !state.networks.contains(where: { $0.contains(packet.source) })
        else { return counters.drop(.foreignSource) }
        guard var transit = admit(bytes, packet, from: .internet, headerLength: 0, at: now) else { return }
        if packet.family == .v6 { return handleInternet6(transit) }
        if let own = publicAddresses[packet.destination] {
            transit.translate(Translation(destination: own))
        } else if let id = translations.first(where: { $0.value.publicAddress == packet.destination })?.key {
            let flow = packet.isICMPError ? transit.quoted?.reversed : packet.flow
            guard let flow, let translation = translations[id]?.inward(flow, at: now) else {
                return counters.drop(.unsolicited)
            }
            transit.translate(translation)
        } else {
            return counters.drop(.noRoute)
        }
        guard let owner = addresses.owner(of: transit.packet.destination) else {
            return counters.drop(.noOwner)
        }
        deliver(transit, to: owner)
    }

    private mutating func handleInternet6(_ transit: Transit) {
        let packet = transit.packet
        guard let owner = addresses.owner(of: packet.destination), let member = members[owner] else {
            return counters.drop(.noOwner)
        }
        // The way back decides what may come in.
        switch member.subnet.target(for: packet.source) {
        case .internetGateway?: break
        case .egressOnlyGateway?:
            let flow = packet.flow.reversed
            let isRelated = transit.quoted.map { egressOnly.has($0, at: transit.now) } ?? false
            guard isRelated || egressOnly.admits(packet, flow, .ingress, at: transit.now) else {
                return counters.drop(.unsolicited)
            }
        default: return counters.drop(.noRoute)
        }
        deliver(transit, to: owner)
    }
}

extension IPAddress {
    private static let privateNetworks = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.168.0.0/16", "224.0.0.0/3", "::/127", "::ffff:0:0/96", "fc00::/7", "fe80::/10", "ff00::/8",
    ].compactMap { IPPrefix($0) }

    /// Whether the internet has no route to it (RFC 6890).
    var isPrivate: Bool { Self.privateNetworks.contains { $0.contains(self) } }
}
