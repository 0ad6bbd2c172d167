// SPDX-License-Identifier: Apache-2.0

internal import Addressing

/// What the first fragments of packets have said of the transport, for the fragments that follow.
struct FragmentTable: Sendable {
    private static let limit = 4096
    /// Seconds that fragments wait for each other: RFC 791 recommends 15, Linux takes 30.
    private static let lifetime = 30

    private var flows: [Key: Entry] = [:]
    /// The second of the last sweep.
    private var swept: Int64 = 0

    private struct Key: Hashable, Sendable {
        var port: Port
        var source: IPAddress
        var destination: IPAddress
        var transport: UInt8
        var identification: UInt32
    }

    private struct Entry: Sendable {
        var expires: Moment
        var sourcePort: UInt16
        var destinationPort: UInt16
        var icmp: Packet.ICMP?
    }

    /// Gives a fragment the ports of its packet; false if they are not known.
    mutating func complete(_ packet: inout Packet, from port: Port, at now: Moment) -> Bool {
        guard let fragment = packet.fragment else { return true }
        let key = Key(
            port: port, source: packet.source, destination: packet.destination, transport: packet.transport,
            identification: fragment.identification)
        if fragment.isFirst {
            if flows.count >= Self.limit, swept != now.seconds { sweep(at: now) }
            guard flows.count < Self.limit else { return false }
            flows[key] = Entry(
                expires: now.adding(seconds: Self.lifetime), sourcePort: packet.sourcePort,
                destinationPort: packet.destinationPort, icmp: packet.icmp)
            return true
        }
        guard let entry = flows[key], entry.expires > now else { return false }
        packet.sourcePort = entry.sourcePort
        packet.destinationPort = entry.destinationPort
        packet.icmp = entry.icmp
        return true
    }

    mutating func sweep(at now: Moment) {
        swept = now.seconds
        flows = flows.filter { $0.value.expires > now }
    }
}
