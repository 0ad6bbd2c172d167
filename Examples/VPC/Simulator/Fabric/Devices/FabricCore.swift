// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import LinuxCore
internal import Namespaces
internal import Netlink

/// What a fabric's thread and its owner share, behind a lock.
struct FabricCore: ~Copyable, Sendable {
    var network: Switch
    /// Where devices are made before they are moved to where they belong.
    let workshop: NetworkNamespace
    /// Why ENIs have no link, by their ids.
    private(set) var problems: [String: FabricError] = [:]
    private(set) var flowLogProblem: FabricError?

    private let poller: Poller
    private var devices: [Port: Device] = [:]
    private var ports: [UInt64: Port] = [:]
    private var lastToken: UInt64 = 0
    private let writers: [FlowLogWriter]
    private let interval: Int
    private let clock = FabricClock()
    private var nextFlowLogs: Moment
    private var nextSweep: Moment
    private var isClosed = false

    /// A device, and what it was made for.
    private struct Device: Sendable {
        var tunnel: Tunnel
        var token: UInt64
        var place: Place?
    }

    /// Where an ENI's link has to appear, and as what.
    private struct Place: Hashable, Sendable {
        var namespacePath: String
        var name: String
        var mac: MACAddress
    }

    init(
        _ network: Switch, _ settings: FabricSettings, _ poller: Poller,
        workshop: consuming NetworkNamespace
    ) throws(FabricError) {
        self.network = network
        self.poller = poller
        self.workshop = workshop
        interval = max(settings.flowLogInterval, 1)
        nextFlowLogs = clock.now.adding(seconds: interval)
        nextSweep = clock.now.adding(seconds: 1)
        var writers: [FlowLogWriter] = []
        for log in settings.flowLogs {
            writers.append(
                try FabricError.wrapping { () throws(SystemError) in try FlowLogWriter(log) })
        }
        self.writers = writers
    }

    // MARK: Devices

    /// Switches a device's frames from now on.
    mutating func watch(_ tunnel: Tunnel, as port: Port) throws(FabricError) {
        try watch(tunnel, as: port, in: nil)
    }

    private mutating func watch(_ tunnel: Tunnel, as port: Port, in place: Place?) throws(FabricError) {
        lastToken += 1
        let token = lastToken
        try FabricError.wrapping { () throws(SystemError) in try poller.watch(tunnel.number, token: token) }
        devices[port] = Device(tunnel: tunnel, token: token, place: place)
        ports[token] = port
    }

    private mutating func remove(_ port: Port) {
        if let device = devices.removeValue(forKey: port) { ports[device.token] = nil }
    }

    /// Removes the links of ENIs that are not attached there any more, and makes those that are missing.
    mutating func reconcile() {
        guard !isClosed else { return }
        var wanted: [String: Place] = [:]
        problems = [:]
        let paths = Dictionary(network.state.instances.map { ($0.id, $0.namespacePath) }) { $1 }
        for eni in network.state.interfaces {
            guard case .device(let instance, let name)? = eni.attachment else { continue }
            guard let path = paths[instance] else {
                problems[eni.id] = FabricError("attach \(eni.id)", .unknown(instance))
                continue
            }
            wanted[eni.id] = Place(namespacePath: path, name: name, mac: eni.mac)
        }
        // Those that go first: their names may be wanted anew.
        for (port, device) in devices {
            if case .eni(let id) = port, wanted[id] != device.place { remove(port) }
        }
        for (id, place) in wanted.sorted(by: { $0.key < $1.key }) where devices[.eni(id)] == nil {
            do throws(FabricError) {
                try make(id, place)
            } catch {
                problems[id] = error.during("attach \(id) as \(place.name)")
            }
        }
    }

    private mutating func make(_ id: String, _ place: Place) throws(FabricError) {
        let namespace = try FabricError.wrapping { () throws(NamespaceError) in
            try NetworkNamespace(path: place.namespacePath)
        }
        let tunnel = try Tunnel.make(
            isEthernet: true,
            Tunnel.Appearance(name: place.name, mac: place.mac, mtu: UInt32(Switch.interfaceMTU)),
            in: namespace, workshop: workshop)
        try watch(tunnel, as: .eni(id), in: place)
    }

    func hasLink(_ eni: String) -> Bool { devices[.eni(eni)] != nil }

    func namespacePath(of instance: String) throws(FabricError) -> String {
        guard let instance = network.state.instances.first(where: { $0.id == instance }) else {
            throw FabricError("", .unknown(instance))
        }
        return instance.namespacePath
    }

    // MARK: Packets

    /// The longest time to wait in milliseconds; nil when closed.
    var pause: Int? {
        isClosed ? nil : Int(max(0, min(nextFlowLogs, nextSweep).milliseconds - clock.now.milliseconds))
    }

    /// Switches what devices have, and does what is due.
    mutating func handle(_ ready: [UInt64]) {
        guard !isClosed else { return }
        for token in ready {
            if let port = ports[token], let tunnel = devices[port]?.tunnel { drain(tunnel, of: port) }
        }
        let now = clock.now
        if now >= nextFlowLogs { writeFlowLogs() }
        if now >= nextSweep {
            nextSweep = now.adding(seconds: 1)
            network.sweep(at: now)
            if !problems.isEmpty { reconcile() }
        }
    }

    /// Takes a device's frames, but not so many that others would wait for long.
    private mutating func drain(_ tunnel: Tunnel, of port: Port) {
        for _ in 0..<64 {
            switch tunnel.read() {
            case .frame(let frame):
                for outgoing in network.handle(frame, from: port, at: clock.now) {
                    guard let device = devices[outgoing.port] else { continue }
                    if !device.tunnel.write(outgoing.bytes) { network.countUndelivered() }
                }
            case .nothing: return
            case .gone:
                // A container has ended with an ENI in it: a card goes back to the machine.
                remove(port)
                return reconcile()
            }
        }
    }

    // MARK: Flow logs

    mutating func writeFlowLogs() {
        let now = clock.now
        nextFlowLogs = now.adding(seconds: interval)
        let records = network.flows.takeRecords(at: now)
        flowLogProblem = nil
        for writer in writers {
            do throws(SystemError) {
                try writer.write(records)
            } catch {
                flowLogProblem = FabricError("", .system(error))
            }
        }
    }

    /// Removes all devices.
    mutating func close() {
        guard !isClosed else { return }
        writeFlowLogs()
        isClosed = true
        devices = [:]
        ports = [:]
    }
}
