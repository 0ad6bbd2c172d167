// SPDX-License-Identifier: Apache-2.0

/// The tracked connections of one ENI, or of a gateway.
///
/// Flows have the ENI's own end first, whichever side began.
struct ConnectionTable: Sendable {
    private var connections: [Flow: Connection] = [:]
    private let limit: Int
    /// The second of the last sweep.
    private var swept: Int64 = 0
    var timeouts: ConnectionTimeouts

    /// - Parameter limit: The most connections at a time.
    init(timeouts: ConnectionTimeouts = .init(), limit: Int = 65_536) {
        self.timeouts = timeouts
        self.limit = limit
    }

    private struct Connection: Sendable {
        var expires: Moment
        var origin: Direction
        var phase = Phase.opening
        /// The directions in which a FIN went.
        var finished: [Direction] = []
    }

    /// How far a connection is; of UDP and others the last but one says that there was an answer.
    private enum Phase: Sendable {
        case opening
        case answered
        case established
        case closing
    }

    var count: Int { connections.count }

    /// Whether a flow is tracked.
    func has(_ flow: Flow, at now: Moment) -> Bool { connections[flow].map { $0.expires > now } ?? false }

    /// Whether a packet is of a tracked connection, which goes on by it.
    mutating func admits(_ packet: Packet, _ flow: Flow, _ direction: Direction, at now: Moment) -> Bool {
        guard var connection = connections[flow] else { return false }
        // A new connection between the ends of one that has ended.
        let isNew =
            connection.phase == .closing && packet.tcpFlags.contains(.syn) && !packet.tcpFlags.contains(.ack)
        guard connection.expires > now, !isNew else {
            connections[flow] = nil
            return false
        }
        advance(&connection, packet, direction)
        connection.expires = now.adding(seconds: lifetime(of: connection, transport: packet.transport))
        connections[flow] = connection
        return true
    }

    /// Begins to track a connection; false if there are too many.
    mutating func open(_ packet: Packet, _ flow: Flow, _ direction: Direction, at now: Moment) -> Bool {
        // Once a second at most: a sender that fills the table must not make each packet cost its size.
        if connections.count >= limit, swept != now.seconds { sweep(at: now) }
        guard connections.count < limit else { return false }
        var connection = Connection(expires: now, origin: direction)
        advance(&connection, packet, direction)
        connection.expires = now.adding(seconds: lifetime(of: connection, transport: packet.transport))
        connections[flow] = connection
        return true
    }

    /// Forgets what has expired.
    mutating func sweep(at now: Moment) {
        swept = now.seconds
        connections = connections.filter { $0.value.expires > now }
    }

    private func advance(_ connection: inout Connection, _ packet: Packet, _ direction: Direction) {
        if packet.tcpFlags.contains(.rst) { connection.phase = .closing }
        if packet.tcpFlags.contains(.fin), !connection.finished.contains(direction) {
            connection.finished.append(direction)
            if connection.finished.count == 2 { connection.phase = .closing }
        }
        switch connection.phase {
        case .opening where direction != connection.origin: connection.phase = .answered
        case .answered where direction == connection.origin: connection.phase = .established
        default: break
        }
    }

    /// Seconds without a packet after which it is forgotten.
    ///
    /// EC2 publishes those of the settings, and 600 s for protocols without ports; the others are our choice.
    private func lifetime(of connection: Connection, transport: UInt8) -> Int {
        switch transport {
        case Transport.tcp:
            switch connection.phase {
            case .opening, .answered: 60
            case .established: timeouts.establishedTCP
            case .closing: 10
            }
        case Transport.udp: connection.phase == .established ? timeouts.udpStream : timeouts.udp
        case Transport.icmp, Transport.icmp6: 30
        default: 600
        }
    }
}
