// SPDX-License-Identifier: Apache-2.0

internal import Addressing

// The VPC's router.
extension Switch {
    /// Where a packet goes.
    private enum Way {
        case owner(String)
        case route(Subnet.Target)
        case nowhere(DropReason)

        /// As flow logs name it.
        var path: FlowPath? {
            switch self {
            case .owner, .route(.natGateway), .route(.interface): .vpc
            case .route(.vpn): .vpn
            case .route(.internetGateway), .route(.egressOnlyGateway): .internet
            case .nowhere: nil
            }
        }
    }

    /// Sends a packet of an ENI's on by its destination.
    mutating func route(_ transit: Transit, of sender: Member) {
        let destination = transit.packet.destination
        if services.contains(destination) { return toServices(transit, of: sender) }
        guard !routers.contains(destination) else { return counters.drop(.router) }
        guard !destination.isLinkLocal, !destination.isLoopback, !destination.isUnspecified else {
            return counters.drop(.noRoute)
        }
        let way = way(to: destination, from: sender)
        guard passes(transit, .egress, of: sender.eni.id, path: way.path) else { return }
        switch way {
        case .owner(let id): deliver(transit, to: id)
        case .nowhere(let reason): counters.drop(reason)
        case .route(.interface(let id)): deliver(transit, to: id)
        case .route(.vpn): toPeer(transit, of: sender)
        case .route(.internetGateway): toInternetGateway(transit, of: sender)
        case .route(.egressOnlyGateway): toEgressOnlyGateway(transit, of: sender)
        case .route(.natGateway(let id)): toNATGateway(id, transit, of: sender)
        }
    }

    private func way(to destination: IPAddress, from sender: Member) -> Way {
        if state.networks.contains(where: { $0.contains(destination) }) {
            guard let owner = addresses.owner(of: destination), members[owner] != nil else {
                return .nowhere(.noOwner)
            }
            return .owner(owner)
        }
        return sender.subnet.target(for: destination).map(Way.route) ?? .nowhere(.noRoute)
    }

    private mutating func toServices(_ transit: Transit, of sender: Member) {
        guard gates[sender.eni.id]?.serviceAllowance.take(at: transit.now) ?? false else {
            return counters.drop(.services)
        }
        emit(transit, to: .services)
    }

    /// What a service sends to an ENI: neither filtered nor logged.
    mutating func handleServices(_ bytes: [UInt8], at now: Moment) {
        guard let packet = Packet(bytes, at: 0) else { return counters.drop(.malformed) }
        guard services.contains(packet.source) else { return counters.drop(.foreignSource) }
        guard let member = addresses.owner(of: packet.destination).flatMap({ members[$0] }) else {
            return counters.drop(.noOwner)
        }
        forward(
            Transit(bytes: bytes, packet: packet, from: .services, headerLength: 0, now: now), to: member)
    }

    /// Passes a packet out of the VPC as it is.
    mutating func emit(_ transit: Transit, to port: Port) {
        var transit = transit
        transit.unwrap()
        counters.forwarded += 1
        counters.forwardedBytes += UInt64(transit.packet.length)
        output.append(Outgoing(port: port, bytes: transit.bytes))
    }

    /// The packets that a packet becomes on a link of the outside's MTU, one hop on; none if it was dropped, which the
    /// sender is told.
    mutating func leaving(_ transit: Transit, of sender: Member, _ translation: Translation?)
        -> [[UInt8]]
    {
        guard transit.packet.hops > 1 else {
            report(.timeExceeded, on: transit, to: sender)
            counters.drop(.timeExceeded)
            return []
        }
        let isTooBig = transit.packet.length > outsideMTU
        if isTooBig, transit.packet.isUnfragmentable {
            report(.tooBig(mtu: outsideMTU), on: transit, to: sender)
            counters.drop(.needsFragmentation)
            return []
        }
        var transit = transit
        transit.unwrap()
        if let translation { transit.translate(translation) }
        transit.countHop()
        counters.forwarded += 1
        counters.forwardedBytes += UInt64(transit.packet.length)
        guard isTooBig else { return [transit.bytes] }
        return transit.packet.fragments(transit.bytes, mtu: outsideMTU) ?? []
    }

    private mutating func report(_ error: ICMPError, on transit: Transit, to sender: Member) {
        let router: IPAddress?
        switch transit.packet.family {
        case .v4: router = sender.subnet.router
        case .v6:
            router = sender.subnet.networks.first { $0.family == .v6 }?.first.advanced(by: 1)
        }
        guard let router, let message = error.report(on: transit.packet, transit.bytes, from: router) else {
            return
        }
        sendFromRouter(message, family: transit.packet.family, to: sender)
    }
}
