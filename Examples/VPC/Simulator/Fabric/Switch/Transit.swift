// SPDX-License-Identifier: Apache-2.0

internal import Addressing

/// A packet on its way through the switch.
struct Transit: Sendable {
    var bytes: [UInt8]
    var packet: Packet
    var from: Port
    /// The length in bytes of the frame's header before the packet; 0 for what came from outside.
    var headerLength: Int
    /// The source address of a frame that goes on within its subnet; nil for the router's.
    var linkSource: MACAddress?
    /// The flow of the packet that this ICMP error quotes.
    var quoted: Flow?
    var now: Moment

    /// Reads again what an ICMP error quotes.
    mutating func readQuoted() {
        guard packet.isICMPError, packet.fragment == nil else { return quoted = nil }
        quoted = Packet(bytes, at: packet.transportStart + 8, isQuoted: true)?.flow
    }

    mutating func translate(_ translation: Translation) {
        packet.translate(&bytes, translation)
        readQuoted()
    }

    mutating func countHop() { packet.countHop(&bytes) }

    /// Takes off the frame's header, and what is past the packet.
    mutating func unwrap() {
        guard packet.start > 0 || packet.end < bytes.count else { return }
        bytes = Array(bytes[packet.start..<packet.end])
        let shift = packet.start
        packet.start = 0
        packet.transportStart -= shift
        packet.end -= shift
        headerLength = 0
    }
}

extension Switch {
    /// Prepares a packet whose source has been checked for what follows; nil if it had to be dropped.
    mutating func admit(
        _ bytes: [UInt8], _ packet: Packet, from port: Port, headerLength: Int, at now: Moment
    ) -> Transit? {
        var packet = packet
        guard fragments.complete(&packet, from: port, at: now) else {
            counters.drop(.fragment)
            return nil
        }
        var transit = Transit(
            bytes: bytes, packet: packet, from: port, headerLength: headerLength, now: now)
        transit.readQuoted()
        return transit
    }

    /// Whether an ENI's groups pass a packet, which is logged.
    mutating func passes(
        _ transit: Transit, _ direction: Direction, of id: String, path: FlowPath?
    ) -> Bool {
        let packet = transit.packet
        let peer = direction == .ingress ? packet.source : packet.destination
        // What the closure needs, apart from the member that is changed meanwhile.
        let (addresses, interfaces) = (addresses, interfaces)
        let verdict =
            gates[id]?.filter.judge(packet, direction, quoted: transit.quoted, at: transit.now) {
                addresses.owner(of: peer).flatMap { interfaces[$0]?.groups } ?? []
            } ?? .rejected
        let action: FlowAction = verdict == .accepted ? .accept : .reject
        flows.note(packet, direction, of: id, action: action, path: path, at: transit.now)
        switch verdict {
        case .accepted: return true
        case .rejected: counters.drop(direction == .egress ? .egress : .ingress)
        case .exceeded: counters.drop(.connections)
        }
        return false
    }

    /// Brings a packet to an attached ENI if its groups let it in.
    mutating func deliver(_ transit: Transit, to id: String) {
        guard let member = members[id] else { return counters.drop(.noOwner) }
        let packet = transit.packet
        guard !member.eni.checksSource || member.eni.owns(packet.destination) else {
            return counters.drop(.destination)
        }
        guard passes(transit, .ingress, of: id, path: nil) else { return }
        forward(transit, to: member)
    }

    /// Sends a packet to an ENI without asking its groups.
    mutating func forward(_ transit: Transit, to member: Member) {
        let packet = transit.packet
        let type = packet.family == .v4 ? EthernetHeader.ipv4 : EthernetHeader.ipv6
        let header = EthernetHeader(
            to: member.eni.mac, from: transit.linkSource ?? Self.routerMAC, vlan: member.vlan, type: type)
        counters.forwarded += 1
        counters.forwardedBytes += UInt64(packet.length)
        let length = transit.headerLength
        output.append(
            Outgoing(
                port: member.port, bytes: header.replacing(length, in: transit.bytes, end: packet.end)))
    }
}
