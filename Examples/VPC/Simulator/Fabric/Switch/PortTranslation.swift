// SPDX-License-Identifier: Apache-2.0

internal import Addressing

/// The translations of a NAT gateway: many private sources behind one public address.
struct PortTranslation: Sendable {
    /// Seconds without a packet after which a translation ends, as NAT gateways do.
    private static let lifetime = 350
    private static let limit = 65_536

    let publicAddress: IPAddress
    private var ports: [Flow: UInt16] = [:]
    private var entries: [Outside: Entry] = [:]

    /// What a packet from outside shows: the port of ours, and the other end.
    private struct Outside: Hashable, Sendable {
        var transport: UInt8
        var port: UInt16
        var peer: IPAddress
        var peerPort: UInt16
    }

    private struct Entry: Sendable {
        var inside: Flow
        var expires: Moment
    }

    init(_ publicAddress: IPAddress) { self.publicAddress = publicAddress }

    /// What becomes of a flow to the internet; nil if no port is left.
    ///
    /// - Parameter begins: Whether it may begin now.
    mutating func outward(_ flow: Flow, at now: Moment, begins: Bool) -> Translation? {
        if let port = ports[flow] {
            let outside = outside(of: flow, port)
            if let entry = entries[outside], entry.expires > now {
                entries[outside]?.expires = now.adding(seconds: Self.lifetime)
                return Translation(source: publicAddress, sourcePort: port)
            }
            forget(outside)
        }
        guard begins, let port = freePort(for: flow, at: now) else { return nil }
        ports[flow] = port
        entries[outside(of: flow, port)] = Entry(inside: flow, expires: now.adding(seconds: Self.lifetime))
        return Translation(source: publicAddress, sourcePort: port)
    }

    /// What becomes of a flow from the internet, as its packets name the ends; nil for one that was not begun inside.
    mutating func inward(_ flow: Flow, at now: Moment) -> Translation? {
        let key = outside(of: flow.reversed, flow.destinationPort)
        guard let entry = entries[key], entry.expires > now else { return nil }
        entries[key]?.expires = now.adding(seconds: Self.lifetime)
        return Translation(destination: entry.inside.source, destinationPort: entry.inside.sourcePort)
    }

    mutating func sweep(at now: Moment) {
        for (outside, entry) in entries where entry.expires <= now { forget(outside, entry) }
    }

    private mutating func forget(_ outside: Outside, _ entry: Entry? = nil) {
        guard let entry = entry ?? entries[outside] else { return }
        entries[outside] = nil
        ports[entry.inside] = nil
    }

    /// What packets of a flow to the internet show outside.
    private func outside(of flow: Flow, _ port: UInt16) -> Outside {
        // A query of ICMP has its identifier on both sides, of which only ours counts.
        Outside(
            transport: flow.transport, port: port, peer: flow.destination,
            peerPort: flow.isICMP ? 0 : flow.destinationPort)
    }

    /// The flow's own port if that is free, else the next one that is.
    private mutating func freePort(for flow: Flow, at now: Moment) -> UInt16? {
        if entries.count >= Self.limit { sweep(at: now) }
        guard entries.count < Self.limit else { return nil }
        let first = max(flow.sourcePort, 1024)
        // Protocols without ports have one flow for each peer.
        let candidates = flow.sourcePort == 0 && !flow.isICMP ? 1 : 65_536 - 1024
        for step in 0..<candidates {
            let port =
                candidates == 1 ? 0 : UInt16(1024 + (Int(first) - 1024 + step) % (65_536 - 1024))
            let outside = outside(of: flow, port)
            guard let entry = entries[outside] else { return port }
            if entry.expires <= now {
                forget(outside, entry)
                return port
            }
        }
        return nil
    }
}

extension Flow {
    var isICMP: Bool { transport == Transport.icmp || transport == Transport.icmp6 }
}
