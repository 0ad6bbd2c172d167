// SPDX-License-Identifier: Apache-2.0

internal import Addressing

/// Decides by an ENI's security groups which packets pass, and remembers connections.
struct SecurityFilter: Sendable {
    private var rules: [Direction: [SecurityRule]] = [:]
    private var connections: ConnectionTable

    enum Verdict: Hashable, Sendable {
        case accepted
        case rejected
        /// It would have to be tracked, and there is no room.
        case exceeded
    }

    init(_ eni: ENI, _ groups: [String: SecurityGroup]) {
        connections = ConnectionTable(timeouts: eni.timeouts)
        update(eni, groups)
    }

    /// Takes other rules; tracked connections go on.
    mutating func update(_ eni: ENI, _ groups: [String: SecurityGroup]) {
        let own = eni.groups.compactMap { groups[$0] }
        rules = [.ingress: own.flatMap(\.ingress), .egress: own.flatMap(\.egress)]
        connections.timeouts = eni.timeouts
    }

    var connectionCount: Int { connections.count }

    mutating func sweep(at now: Moment) { connections.sweep(at: now) }

    /// Judges a packet.
    ///
    /// - Parameters:
    ///   - quoted: The flow of the packet that an ICMP error quotes.
    ///   - peerGroups: The groups of the ENI at the other end.
    mutating func judge(
        _ packet: Packet, _ direction: Direction, quoted: Flow?, at now: Moment, peerGroups: () -> [String]
    ) -> Verdict {
        let flow = direction == .egress ? packet.flow : packet.flow.reversed
        if connections.admits(packet, flow, direction, at: now) { return .accepted }
        if isUntracked(packet, direction) { return .accepted }
        guard allows(packet, direction, peerGroups) else {
            return quoted.map { isRelated($0, direction, at: now) } ?? false ? .accepted : .rejected
        }
        return connections.open(packet, flow, direction, at: now) ? .accepted : .exceeded
    }

    /// Whether an error is about a packet of a connection that may be: it went against the error's direction.
    private func isRelated(_ quoted: Flow, _ direction: Direction, at now: Moment) -> Bool {
        if connections.has(direction == .ingress ? quoted : quoted.reversed, at: now) { return true }
        return isUntracked(quoted, direction.opposite)
    }

    private func allows(_ packet: Packet, _ direction: Direction, _ peerGroups: () -> [String]) -> Bool {
        let peer = direction == .ingress ? packet.source : packet.destination
        var groups: [String]?
        for rule in rules[direction] ?? [] where rule.traffic.matches(packet) {
            for allowed in rule.peers {
                switch allowed {
                case .network(let network): if network.contains(peer) { return true }
                case .group(let id):
                    let known = groups ?? peerGroups()
                    groups = known
                    if known.contains(id) { return true }
                }
            }
        }
        return false
    }

    private func isUntracked(_ packet: Packet, _ direction: Direction) -> Bool {
        isUntracked(packet.flow, direction)
    }

    /// Whether rules for everybody pass a flow and every answer, so that EC2 does not track it: only TCP and UDP.
    ///
    /// The packet may be the flow's or the answer's.
    private func isUntracked(_ flow: Flow, _ direction: Direction) -> Bool {
        guard flow.transport == Transport.tcp || flow.transport == Transport.udp else { return false }
        func passes(_ direction: Direction, _ ports: ClosedRange<UInt16>) -> Bool {
            (rules[direction] ?? []).contains {
                $0.isForEverybody(flow.source.family) && $0.traffic.covers(flow.transport, ports)
            }
        }
        let (to, from) = (flow.destinationPort...flow.destinationPort, flow.sourcePort...flow.sourcePort)
        let all: ClosedRange<UInt16> = 0...65_535
        return passes(direction, to) && passes(direction.opposite, all)
            || passes(direction.opposite, from) && passes(direction, all)
    }
}

extension SecurityRule {
    fileprivate func isForEverybody(_ family: IPAddress.Family) -> Bool {
        peers.contains(.network(.everything(family)))
    }
}

extension SecurityRule.Traffic {
    /// Whether this is about the packet's kind.
    fileprivate func matches(_ packet: Packet) -> Bool {
        switch self {
        case .all: true
        case .tcp(let ports): packet.transport == Transport.tcp && ports.contains(packet.destinationPort)
        case .udp(let ports): packet.transport == Transport.udp && ports.contains(packet.destinationPort)
        case .icmp(let type, let code):
            packet.transport == Transport.icmp && Self.matches(packet.icmp, type, code)
        case .icmp6(let type, let code):
            packet.transport == Transport.icmp6 && Self.matches(packet.icmp, type, code)
        case .other(let number): packet.transport == number
        }
    }

    private static func matches(_ icmp: Packet.ICMP?, _ type: UInt8?, _ code: UInt8?) -> Bool {
        (type == nil || type == icmp?.type) && (code == nil || code == icmp?.code)
    }

    /// Whether this has all those ports of TCP or UDP.
    fileprivate func covers(_ transport: UInt8, _ ports: ClosedRange<UInt16>) -> Bool {
        func isWithin(_ own: ClosedRange<UInt16>) -> Bool {
            own.lowerBound <= ports.lowerBound && ports.upperBound <= own.upperBound
        }
        switch self {
        case .all: return true
        case .tcp(let own): return transport == Transport.tcp && isWithin(own)
        case .udp(let own): return transport == Transport.udp && isWithin(own)
        case .icmp, .icmp6: return false
        case .other(let number): return number == transport
        }
    }
}
