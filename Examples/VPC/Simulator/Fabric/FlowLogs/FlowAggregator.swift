// SPDX-License-Identifier: Apache-2.0

internal import Addressing

/// Gathers packets into flows, each ENI and direction for itself, until the records are taken.
public struct FlowAggregator: Sendable {
    private let limit: Int
    private var interfaces: [String: FlowInterface] = [:]
    private var flows: [Key: Entry] = [:]
    /// The ENIs that had traffic, and those of whose flows some are missing.
    private var active: Set<String> = []
    private var skipped: Set<String> = []
    private var begin: Moment?
    /// What ended before ``takeNews()`` reported it, if anybody asks that.
    private var unread: [FlowRecord] = []
    private var hasReader = false

    private struct Key: Hashable, Sendable {
        var interface: String
        var direction: Direction
        var action: FlowAction
        var flow: Flow
    }

    private struct Entry: Sendable {
        var traffic: FlowRecord.Traffic
        var interface: FlowInterface
        var start: Moment
        var end: Moment
        /// How much of it ``takeNews()`` has reported.
        var toldPackets: UInt64 = 0
        var toldBytes: UInt64 = 0

        mutating func count(_ packet: Packet, at now: Moment) {
            traffic.packets += 1
            traffic.bytes += UInt64(packet.length)
            end = now
            let flags = packet.tcpFlags
            if flags.contains(.syn) { traffic.tcpFlags |= flags.contains(.ack) ? 18 : 2 }
            if flags.contains(.fin) { traffic.tcpFlags |= 1 }
            if flags.contains(.rst) { traffic.tcpFlags |= 4 }
        }

        var record: FlowRecord {
            FlowRecord(
                interface: interface, traffic: traffic, start: start.seconds, end: end.seconds, status: .ok)
        }
    }

    /// Creates an aggregator.
    ///
    /// - Parameter limit: The most flows at a time; an ENI whose flows are left out gets a record that says so.
    public init(limit: Int = 100_000) { self.limit = limit }

    /// The number of flows so far.
    public var count: Int { flows.count }

    /// Takes what is to be reported of the attached ENIs from now on.
    mutating func setInterfaces(_ new: [FlowInterface]) {
        interfaces = Dictionary(new.map { ($0.id, $0) }) { $1 }
    }

    mutating func note(
        _ packet: Packet, _ direction: Direction, of id: String, action: FlowAction, path: FlowPath?,
        at now: Moment
    ) {
        guard let interface = interfaces[id] else { return }
        if begin == nil { begin = now }
        active.insert(id)
        var flow = packet.flow
        // The identifier of an ICMP query is no port.
        if flow.isICMP { (flow.sourcePort, flow.destinationPort) = (0, 0) }
        let key = Key(interface: id, direction: direction, action: action, flow: flow)
        if flows[key] == nil {
            guard flows.count < limit else {
                skipped.insert(id)
                return
            }
            let ends = interface.ends(of: packet, direction)
            let traffic = FlowRecord.Traffic(
                packetSource: packet.source, packetDestination: packet.destination, source: ends.source,
                destination: ends.destination, sourcePort: flow.sourcePort,
                destinationPort: flow.destinationPort, transport: packet.transport, direction: direction,
                action: action, path: direction == .egress ? path : nil)
            flows[key] = Entry(traffic: traffic, interface: interface, start: now, end: now)
        }
        flows[key]?.count(packet, at: now)
    }

    /// The flows since the last time, in the order of their begin, with a record for each ENI that had none; starts anew.
    ///
    /// - Parameter now: The interval's end.
    public mutating func takeRecords(at now: Moment) -> [FlowRecord] {
        if hasReader { unread = takeNews().suffix(limit) }
        var records = flows.values.map(\.record)
        let start = begin ?? now
        for (id, interface) in interfaces {
            let status: FlowRecord.Status
            if skipped.contains(id) {
                status = .skipData
            } else if active.contains(id) {
                continue
            } else {
                status = .noData
            }
            records.append(
                FlowRecord(
                    interface: interface, start: start.seconds, end: now.seconds, status: status))
        }
        flows = [:]
        active = []
        skipped = []
        begin = now
        return records.sorted { $0.isBefore($1) }
    }

    /// What has come since this was asked the last time, each flow with the packets since then; intervals do not matter.
    public mutating func takeNews() -> [FlowRecord] {
        hasReader = true
        var news = unread
        unread = []
        for (key, entry) in flows where entry.traffic.packets > entry.toldPackets {
            var record = entry.record
            record.traffic?.packets -= entry.toldPackets
            record.traffic?.bytes -= entry.toldBytes
            flows[key]?.toldPackets = entry.traffic.packets
            flows[key]?.toldBytes = entry.traffic.bytes
            news.append(record)
        }
        return news.sorted { $0.isBefore($1) }
    }

    /// The flows so far, in the order of their begin, which go on.
    public var current: [FlowRecord] { flows.values.map(\.record).sorted { $0.isBefore($1) } }
}

extension FlowRecord {
    /// An order that is the same each time.
    fileprivate func isBefore(_ other: FlowRecord) -> Bool {
        (start, interface.id, "\(traffic?.direction.rawValue ?? "")", Int(traffic?.sourcePort ?? 0))
            < (
                other.start, other.interface.id, "\(other.traffic?.direction.rawValue ?? "")",
                Int(other.traffic?.sourcePort ?? 0)
            )
    }
}
