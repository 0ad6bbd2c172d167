// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CNITypes
internal import DHCPClient
internal import LinuxCore
internal import Namespaces
internal import Netlink

/// What the daemon has of one attachment: its lease, or the search for one.
final class LeaseHolder {
    let attachment: Attachment
    let place: LeaseRecord.Place
    let client: LeaseMachine.Client
    let priority: UInt32?
    private(set) var machine: LeaseMachine
    /// The lease that is over, whose address was taken away.
    private(set) var lost: DHCPLease?
    /// Why nothing more can be done for the container: it, or its interface, is gone.
    private(set) var end: String?
    /// Whether what is on disk is not what is here.
    var needsSave = false
    /// Who waits for the lease.
    var waiting: Waiting?
    /// What happened, in words for the log.
    private(set) var news: [String] = []

    private var serverMAC: MACAddress?
    private var socket: PacketSocket?
    /// Who waits for others to say that they use the address.
    private var probe: ProbeSocket?
    /// When nobody waits for an answer any more.
    private var socketEnd: Int64 = 0
    private let answerTime: Int64
    /// Packets to the client's port that were no messages.
    private var others = 0
    private var failure: String?

    struct Waiting {
        let connection: ClientConnection
        let until: Int64
    }

    /// Begins a search, at the earliest when ``advance(to:)`` is called.
    init(
        _ addition: DaemonRequest.Addition, at place: LeaseRecord.Place, mac: MACAddress, wanted: IPAddress?,
        options: DaemonOptions, now: Int64
    ) {
        attachment = addition.attachment
        self.place = place
        priority = addition.priority
        client = LeaseMachine.Client(
            mac: mac, options: addition.options, wantsBroadcast: options.wantsBroadcast)
        machine = LeaseMachine(client, at: now, wanted: wanted, patience: options.patience)
        answerTime = options.timeout
    }

    /// Goes on with what is on disk.
    init(_ record: LeaseRecord, options: DaemonOptions, now: Int64) {
        attachment = record.attachment
        place = record.interface
        priority = record.priority
        client = record.client
        serverMAC = record.serverMAC
        answerTime = options.timeout
        if record.isLost {
            lost = record.lease
            machine = LeaseMachine(
                client, at: now, wanted: record.lease.address.address, insists: true,
                patience: options.patience)
        } else {
            machine = LeaseMachine(client, holding: record.lease, at: now, patience: options.patience)
        }
    }

    /// What has to be on disk; nil for a search that has never had a lease.
    func record(boot: String) -> LeaseRecord? {
        guard let lease = machine.lease ?? lost else { return nil }
        return LeaseRecord(
            attachment, at: place, client: client, priority: priority, lease: lease,
            isLost: machine.lease == nil, serverMAC: serverMAC, boot: boot)
    }

    /// What to wait for in poll(2); nil for nothing.
    var descriptor: CInt? { probe?.descriptor ?? socket?.descriptor }

    /// When to call ``advance(to:)``.
    var deadline: Int64? {
        [machine.deadline, socket == nil ? nil : socketEnd, waiting?.until].compactMap(\.self).min()
    }

    /// What keeps it from having a lease.
    var problem: String {
        if let problem = failure ?? machine.problem { return problem }
        return others > 0 ? "\(others) packets came that are no DHCP answer" : "no answer has come"
    }

    /// What a lease gives to the container.
    func result(of lease: DHCPLease) -> CNIResult { lease.result(priority: priority, mtu: routeMTU(lease)) }

    /// The MTU that the server says, if it was asked for: a server that tells it to everybody means others.
    ///
    /// Not above the interface's: the kernel takes a route's for right, and sends packets that the link drops.
    private func routeMTU(_ lease: DHCPLease) -> UInt32? {
        guard let asked = client.options[.parameterRequestList],
            asked.contains(DHCPOptions.Code.interfaceMTU.rawValue),
            let mtu = lease.options.interfaceMTU, let most = place.linkMTU, mtu < most
        else { return nil }
        return mtu
    }

    /// Takes what there is to say.
    func takeNews() -> [String] {
        defer { news = [] }
        return news
    }

    /// Does what is due.
    func advance(to now: Int64) {
        perform(machine.advance(to: now), at: now)
        if socketEnd <= now { socket = nil }
    }

    /// Reads what has come.
    func receive(at now: Int64) {
        if probe != nil { return receiveProbe(at: now) }
        // A flood is not read to its end at once: others wait.
        for _ in 0..<64 {
            guard let socket, end == nil else { return }
            do throws(SystemError) {
                switch try socket.receive() {
                case nil: return
                case .other: others += 1
                case .message(let message, let mac):
                    perform(machine.receive(message, at: now), at: now, from: mac)
                }
            } catch {
                // Such as ENETDOWN, once: the next message will say it.
                failure = error.description
                return
            }
        }
    }

    /// Gives the lease back.
    func release(at now: Int64) {
        probe = nil
        perform(machine.release(at: now), at: now)
        socket = nil
    }

    /// Looks whether the container is still there.
    func look() { if place.isGone { end = "network namespace \(place.path) is gone" } }

    private func perform(_ actions: [LeaseMachine.Action], at now: Int64, from mac: MACAddress? = nil) {
        for action in actions {
            switch action {
            case .send(let message, let source, let destination):
                send(message, from: source, to: destination, at: now)
            case .probe(let lease):
                serverMAC = mac
                socket = nil
                probe(lease)
            case .use(let lease): use(lease, from: mac)
            case .stop(let lease): stop(lease)
            }
        }
    }

    private func use(_ lease: DHCPLease, from mac: MACAddress?) {
        serverMAC = mac ?? serverMAC
        socket = nil
        probe = nil
        failure = nil
        others = 0
        needsSave = true
        let time = lease.duration.map { "for \($0) s" } ?? "for ever"
        news.append("\(lease.address) from \(lease.server) \(time)")
        guard lost != nil else { return }
        lost = nil
        do throws(NetlinkError) {
            try place.restore(result(of: lease))
        } catch {
            news.append("cannot put \(lease.address) back: \(error)")
        }
    }

    /// Without an answer nobody has the address; neither has anybody if it cannot be asked.
    private func probe(_ lease: DHCPLease) {
        do throws(NamespaceError) {
            probe = try ProbeSocket(
                for: lease.address.address, from: client.mac, on: place.link, in: place.open())
        } catch {
            if error.meansAbsence { end = "network namespace \(place.path) is gone" }
            news.append("cannot ask who uses \(lease.address.address): \(error)")
        }
    }

    private func receiveProbe(at now: Int64) {
        do throws(SystemError) {
            guard let other = try probe?.conflict() else { return }
            probe = nil
            let actions = machine.conflict(with: other, at: now)
            if let problem = machine.problem { news.append("\(problem): declined") }
            perform(actions, at: now)
        } catch {
            // Such as ENETDOWN, once.
            failure = error.description
        }
    }

    private func stop(_ lease: DHCPLease) {
        lost = lease
        needsSave = true
        news.append("\(lease.address) is taken away: \(machine.problem ?? "its lease is over")")
        do throws(NetlinkError) {
            try place.withdraw(lease.address)
        } catch {
            news.append("cannot take \(lease.address) away: \(error)")
        }
    }

    private func send(
        _ message: DHCPMessage, from source: IPAddress, to destination: IPAddress, at now: Int64
    ) {
        do throws(NamespaceError) {
            let namespace = try place.open()
            try send(message, from: source, to: destination, at: now, in: namespace)
            failure = nil
        } catch {
            if error.meansAbsence {
                end = "network namespace \(place.path) is gone"
            } else {
                failure = error.description
            }
        }
    }

    private func send(
        _ message: DHCPMessage, from source: IPAddress, to destination: IPAddress, at now: Int64,
        in namespace: borrowing NetworkNamespace
    ) throws(NamespaceError) {
        do throws(NamespaceError) {
            let socket: PacketSocket
            if let open = self.socket {
                socket = open
            } else {
                socket = try PacketSocket(on: place.link, in: namespace)
            }
            self.socket = socket
            socketEnd = now + answerTime
            // A release goes out at once: a neighbour that has to be asked for first would come too late for an interface
            // that is taken away.
            let isUnicast = destination.bits != 0xffff_ffff
            if isUnicast, message.kind != .release || serverMAC == nil {
                do throws(NamespaceError) {
                    return try PacketSocket.send(
                        message, from: source, to: destination, on: place.link, in: namespace)
                } catch {
                    failure = error.description
                }
            }
            do throws(SystemError) {
                try socket.send(message, from: source, to: destination, at: isUnicast ? serverMAC : nil)
            } catch {
                throw .system(error)
            }
        } catch {
            guard let hasLink = try? place.hasLink(in: namespace), !hasLink else { throw error }
            end = "the interface with index \(place.link) is gone"
        }
    }
}

extension DaemonOptions {
    var patience: LeaseMachine.Patience {
        var patience = LeaseMachine.Patience()
        patience.first = min(patience.first, resendMax)
        patience.most = resendMax
        patience.offer = timeout
        patience.probe = probe
        return patience
    }
}
