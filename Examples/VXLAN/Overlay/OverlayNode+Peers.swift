// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink
internal import NetworkState

/// How packets get to what another node has of a family.
enum PeerPath: Hashable {
    /// Through the tunnel.
    case tunnel(Lease.Tunnel)
    /// As they are, through the interface to the nodes.
    case direct
}

/// What another node has of a family, and how packets get there.
struct AcceptedPart: Hashable {
    let part: Lease.Part
    let path: PeerPath
}

extension OverlayNode {
    /// Sorts out leases that contradict the network, the node itself, its host or an earlier lease; the node's own may be
    /// among them.
    ///
    /// Takes n log n steps, since subnets that share an address are neighbours in the order of their addresses.
    ///
    /// - Parameter host: What the host has of its own, which no lease takes from it.
    public func judged(_ peers: [Lease], beside host: HostNetworks = HostNetworks()) -> JudgedLeases {
        var accepted: [AcceptedPart] = []
        var refused: [RefusedLease] = []
        for family in configuration.families {
            var candidates: [(index: Int, accepted: AcceptedPart)] = []
            for (index, peer) in peers.enumerated() {
                guard let part = peer[family], !isOwn(part) else { continue }
                switch path(to: part, of: peer) {
                case .path(let path): candidates.append((index, AcceptedPart(part: part, path: path)))
                case .refusal(let reason):
                    refused.append(RefusedLease(lease: peer, family: family, reason: reason))
                }
            }
            // Stable: of two that share addresses the earlier one stays.
            candidates.sort {
                ($0.accepted.part.subnet.first, $0.index) < ($1.accepted.part.subnet.first, $1.index)
            }
            var rivals: [Int] = []
            for next in candidates.indices {
                if let last = rivals.last,
                    candidates[last].accepted.part.subnet.overlaps(candidates[next].accepted.part.subnet)
                {
                    let loser = max(candidates[last].index, candidates[next].index)
                    let winner = candidates[last].index == loser ? candidates[next] : candidates[last]
                    refused.append(
                        RefusedLease(
                            lease: peers[loser], family: family,
                            reason: "its subnet overlaps \(winner.accepted.part.subnet)")
                    )
                    if candidates[last].index == loser { rivals[rivals.count - 1] = next }
                } else {
                    rivals.append(next)
                }
            }
            let (unique, others) = withoutDoubleTunnels(
                rivals.map { candidates[$0] }.sorted { $0.index < $1.index })
            refused += others.map { RefusedLease(lease: peers[$0.index], family: family, reason: $0.reason) }
            for candidate in unique {
                guard let own = host.conflict(with: candidate.accepted.part.subnet) else {
                    accepted.append(candidate.accepted)
                    continue
                }
                refused.append(
                    RefusedLease(
                        lease: peers[candidate.index], family: family,
                        reason: own.reason(against: candidate.accepted.part.subnet), conflict: own))
            }
        }
        return JudgedLeases(accepted: accepted, refused: refused, host: host)
    }

    /// Of two nodes with one MAC address only one can be reached.
    private func withoutDoubleTunnels(
        _ candidates: [(index: Int, accepted: AcceptedPart)]
    ) -> (unique: [(index: Int, accepted: AcceptedPart)], others: [(index: Int, reason: String)]) {
        var macs: Set<MACAddress> = []
        var unique: [(index: Int, accepted: AcceptedPart)] = []
        var others: [(index: Int, reason: String)] = []
        for (index, accepted) in candidates {
            if case .tunnel(let tunnel) = accepted.path, !macs.insert(tunnel.mac).inserted {
                others.append((index, "another node has its MAC address \(tunnel.mac)"))
            } else {
                unique.append((index, accepted))
            }
        }
        return (unique, others)
    }

    private func isOwn(_ part: Lease.Part) -> Bool { part.subnet == lease[part.subnet.family]?.subnet }

    private enum Judgement {
        case path(PeerPath)
        case refusal(String)
    }

    private func path(to part: Lease.Part, of peer: Lease) -> Judgement {
        let family = part.subnet.family
        let backend = configuration.backend
        guard let pool = configuration[family], let own = lease[family] else {
            return .refusal("not enabled")
        }
        if peer.backendType != backend.kind.rawValue {
            return .refusal("its backend is \"\(peer.backendType)\", ours is \(backend.kind.rawValue)")
        }
        if !pool.network.contains(part.subnet) || part.subnet.length <= pool.network.length {
            return .refusal("its subnet \(part.subnet) is not a part of \(pool.network)")
        }
        if part.subnet.overlaps(own.subnet) { return .refusal("its subnet overlaps our own, \(own.subnet)") }
        if part.publicIP == own.publicIP || part.publicIP == underlay[family] {
            return .refusal("its address \(part.publicIP) is our own")
        }
        if part.publicIP.family != family || pool.network.contains(part.publicIP) {
            return .refusal("its address \(part.publicIP) cannot be outside of the overlay")
        }
        if backend.directRouting || !backend.isTunnel, underlay.isOnLink(part.publicIP) {
            return .path(.direct)
        }
        guard backend.isTunnel else {
            return .refusal("its address \(part.publicIP) is not on the link of \(underlay.name)")
        }
        guard let tunnel = part.tunnel else { return .refusal("it has no \(family.name) tunnel") }
        if tunnel.vni != backend.vni { return .refusal("its VNI is \(tunnel.vni), ours is \(backend.vni)") }
        if tunnel.mac == own.tunnel?.mac { return .refusal("its MAC address \(tunnel.mac) is our own") }
        return .path(.tunnel(tunnel))
    }

    /// Adds what leads to another node: through a tunnel a neighbour and a forwarding entry, and then the route, so
    /// that no packet takes it before they are there.
    func add(_ peer: AcceptedPart, to state: inout NetworkState) {
        let part = peer.part
        switch peer.path {
        case .direct:
            var route = Route(part.subnet, via: part.publicIP)
            route.protocol = routeProtocol
            state.add(.route(route, link: underlay.name), in: .host, for: .host)
        case .tunnel(let tunnel):
            let device = configuration.backend.deviceName(part.subnet.family)
            var route = Route(part.subnet, via: part.gateway)
            route.protocol = routeProtocol
            route.isOnLink = true
            if usesNexthops { route.nexthopID = route.ownNexthopID }
            state.add(
                .neighbour(Neighbour(part.gateway, mac: tunnel.mac), link: device), in: .host, for: .host)
            state.add(
                .forwarding(ForwardingEntry(tunnel.mac, destination: part.publicIP), link: device), in: .host,
                for: .host)
            state.add(.route(route, link: device), in: .host, for: .host)
        }
    }
}
