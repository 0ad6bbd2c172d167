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
    private var lastPort = 1023
    /// The second of the last sweep.
    private var swept: Int64 = 0

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
        swept = now.seconds
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
        if entries.count >= Self.limit, swept != now.seconds { sweep(at: now) }
        guard entries.count < Self.limit else { return nil }
        // Protocols without ports have one flow for each peer.
        guard flow.isICMP || flow.transport == Transport.tcp || flow.transport == Transport.udp else {
            return isFree(0, for: flow, at: now) ? 0 : nil
        }
        let ports = 1024...65_535
        if ports.contains(Int(flow.sourcePort)), isFree(flow.sourcePort, for: flow, at: now) {
            return flow.sourcePort
        }
        // Not all of them: a flow that finds none must not cost much.
        for _ in 0..<1000 {
            lastPort = ports.contains(lastPort + 1) ? lastPort + 1 : ports.lowerBound
            if isFree(UInt16(lastPort), for: flow, at: now) { return UInt16(lastPort) }
        }
        return nil
    }

    private mutating func isFree(_ port: UInt16, for flow: Flow, at now: Moment) -> Bool {
        let outside = outside(of: flow, port)
        guard let entry = entries[outside] else { return true }
        guard entry.expires <= now else { return false }
        forget(outside, entry)
        return true
    }
}

extension Flow {
    var isICMP: Bool { transport == Transport.icmp || transport == Transport.icmp6 }
}
