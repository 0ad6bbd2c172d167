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
    var end: String?
    /// Whether what is on disk is not what is here.
    var needsSave = false
    /// Who waits for the lease.
    var waiting: Waiting?
    /// What happened, in words for the log.
    private(set) var news: [String] = []

    var serverMAC: MACAddress?
    var socket: PacketSocket?
    var socket6: LinkLocalSocket?
    /// A message over IPv6 that waits for the interface's link-local address, and when it is tried again.
    var pending: (message: DHCPv6Message, destination: IPAddress, tries: Int, next: Int64)?
    /// Who waits for others to say that they use the address.
    private var probe: (any AddressProbe)?
    /// When nobody waits for an answer any more.
    var socketEnd: Int64 = 0
    let answerTime: Int64
    /// Packets to the client's port that were no messages.
    private var others = 0
    var failure: String?

    struct Waiting {
        let connection: ClientConnection
        let until: Int64
    }

    /// Begins a search, at the earliest when ``advance(to:)`` is called.
    init(
        _ addition: DaemonRequest.Addition, _ family: IPAddress.Family, at place: LeaseRecord.Place,
        mac: MACAddress, wanted: IPAddress?, options: DaemonOptions, now: Int64
    ) {
        attachment = addition.attachment
        self.place = place
        priority = addition.priority
        client = LeaseMachine.Client(
            mac: mac, options: addition.options, wantsBroadcast: options.wantsBroadcast, family: family,
            association: LeaseMachine.Client.association(of: addition.attachment.key))
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
    var descriptor: CInt? { probe?.descriptor ?? socket?.descriptor ?? socket6?.descriptor }

    private var isListening: Bool { socket != nil || socket6 != nil }

    private func closeSockets() { (socket, socket6, pending) = (nil, nil, nil) }

    /// When to call ``advance(to:)``.
    var deadline: Int64? {
        [machine.deadline, isListening ? socketEnd : nil, pending?.next, waiting?.until]
            .compactMap(\.self).min()
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
        if let pending, pending.next <= now { send(pending.message, to: pending.destination, at: now) }
        if socketEnd <= now { closeSockets() }
    }

    /// Reads what has come.
    func receive(at now: Int64) {
        if probe != nil { return receiveProbe(at: now) }
        // A flood is not read to its end at once: others wait.
        for _ in 0..<64 {
            guard isListening, end == nil else { return }
            do throws(SystemError) {
                guard let socket else {
                    switch try socket6?.receive() {
                    case nil: return
                    case .other?: others += 1
                    case .message(let message, let source)?:
                        perform(machine.receive(message, from: source, at: now), at: now)
                    }
                    continue
                }
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
        closeSockets()
    }

    /// Looks whether the container is still there.
    func look() { if place.isGone { end = "network namespace \(place.path) is gone" } }

    private func perform(_ actions: [LeaseMachine.Action], at now: Int64, from mac: MACAddress? = nil) {
        for action in actions {
            switch action {
            case .send(.v4(let message), let source, let destination):
                send(message, from: source, to: destination, at: now)
            case .send(.v6(let message), _, let destination):
                pending = nil
                send(message, to: destination, at: now)
            case .probe(let lease):
                serverMAC = mac
                closeSockets()
                probe(lease)
            case .use(let lease): use(lease, from: mac)
            case .stop(let lease): stop(lease)
            }
        }
    }

    private func use(_ lease: DHCPLease, from mac: MACAddress?) {
        serverMAC = mac ?? serverMAC
        closeSockets()
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
            let address = lease.address.address
            let namespace = try place.open()
            probe =
                client.family == .v4
                ? try ProbeSocket(for: address, from: client.mac, on: place.link, in: namespace)
                : try NeighbourProbe(for: address, from: client.mac, on: place.link, in: namespace)
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
