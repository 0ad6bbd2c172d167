// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import LinuxCore
internal import Namespaces
internal import Synchronization

/// A VPC's network for real: ENIs are links in machines' namespaces, and one thread switches their packets.
///
///     let fabric = try Fabric(state, FabricSettings(internet: internet))
///     state.interfaces[1].attachment = .device(instance: "i-1", name: "eth1")
///     fabric.apply(state)   // eth1 is there
///
/// Everything that it makes goes with it: when it is closed, when nobody holds it any more, and when the process dies.
/// Needs CAP_NET_ADMIN and CAP_SYS_ADMIN in the namespaces, and /dev/net/tun.
public final class Fabric: Sendable {
    private let core: Mutex<FabricCore>
    private let poller: Poller
    private let services: LinkLocalServices

    /// Makes the devices of a state; ENIs that cannot appear are in ``problems``, and are tried again.
    public init(_ state: FabricState, _ settings: FabricSettings = FabricSettings()) throws(FabricError) {
        poller = try FabricError.wrapping { () throws(SystemError) in try Poller() }
        let workshop = try FabricError.wrapping { () throws(NamespaceError) in
            try NetworkNamespace.anonymous()
        }
        let network = Switch(state)
        services = try LinkLocalServices(network.services.sorted(), workshop: workshop)
        var core = try FabricCore(network, settings, poller, workshop: workshop)
        try core.watch(services.tunnel, as: .services)
        if let internet = settings.internet {
            try core.watch(internet.open(mtu: network.outsideMTU, workshop: core.workshop), as: .internet)
        }
        if let peer = settings.peer {
            try core.watch(peer.open(mtu: network.outsideMTU, workshop: core.workshop), as: .peer)
        }
        core.reconcile()
        self.core = Mutex(core)
        try FabricError.wrapping { () throws(SystemError) in try start() }
    }

    deinit { close() }

    /// The thread holds this only while it works, so that the fabric ends with its last owner.
    private func start() throws(SystemError) {
        let poller = poller
        try DetachedThread.start { [weak self] in
            while let pause = self?.pause {
                let ready = poller.wait(milliseconds: pause)
                self?.handle(ready)
            }
        }
    }

    /// The longest time to wait in milliseconds; nil when closed.
    private var pause: Int? { core.withLock { $0.pause } }

    private func handle(_ ready: [UInt64]) { core.withLock { $0.handle(ready) } }

    /// Takes another state: links appear and vanish, rules hold at once.
    ///
    /// - Returns: The ENIs that should have a link and have none, with the reason.
    @discardableResult
    public func apply(_ state: FabricState) -> [String: FabricError] {
        core.withLock { core in
            core.network.apply(state)
            core.reconcile()
            poller.wake()
            return core.problems
        }
    }

    /// Writes flow logs a last time and removes every device.
    public func close() {
        core.withLock { $0.close() }
        poller.wake()
    }

    // MARK: What is known

    /// The ENIs that should have a link and have none, with the reason; each is tried again every second.
    public var problems: [String: FabricError] { core.withLock { $0.problems } }

    /// What has become of the packets so far.
    public var counters: Counters { core.withLock { $0.network.counters } }

    /// The flows of the interval that is not over yet.
    public var flows: [FlowRecord] { core.withLock { $0.network.flows.current } }

    /// The flows since this was asked the last time, each with its packets since then.
    public func takeNews() -> [FlowRecord] { core.withLock { $0.network.flows.takeNews() } }

    /// Why flow logs could not be written the last time; nil if they could.
    public var flowLogProblem: FabricError? { core.withLock { $0.flowLogProblem } }

    /// Whether an ENI has a link, wherever that is.
    public func hasLink(_ eni: String) -> Bool { core.withLock { $0.hasLink(eni) } }

    /// Writes the flows since the last time to the flow logs, without waiting for the interval's end.
    public func writeFlowLogs() { core.withLock { $0.writeFlowLogs() } }

    // MARK: What a simulator needs

    /// A socket that listens at an address of ``LinkLocalService``; every machine of the VPC reaches it there.
    ///
    /// A client's address tells which machine it is: ``instance(of:)``. A packet with TTL 1 reaches the machine and no
    /// container behind it, as EC2's hop limit has it.
    ///
    /// - Returns: The descriptor, which the caller must close.
    public func openListener(
        at address: IPAddress, port: UInt16, isStream: Bool = true
    ) throws(FabricError) -> CInt { try services.listen(address, port: port, isStream: isStream) }

    /// A socket that listens in a machine's namespace.
    ///
    /// - Returns: The descriptor, which the caller must close.
    public func openListener(
        inNamespaceOf instance: String, at address: IPAddress, port: UInt16, isStream: Bool = true
    ) throws(FabricError) -> CInt {
        let namespace = try core.withLock { (core) throws(FabricError) in
            try core.namespacePath(of: instance)
        }
        return try listening(
            address, port: port, isStream: isStream,
            in: FabricError.wrapping { () throws(NamespaceError) in try NetworkNamespace(path: namespace) })
    }

    /// The machine that an address belongs to by its ENI; nil if there is none.
    public func instance(of address: IPAddress) -> String? {
        core.withLock { $0.network.instance(of: address) }
    }

    /// Configures an ENI's link as a machine's DHCP client does at boot: up, the primary address, IPv6 addresses, and a
    /// default route.
    public func configure(_ eni: String) throws(FabricError) {
        try core.withLock { (core) throws(FabricError) in try core.configure(eni) }
    }
}

/// What a fabric has beside the VPC.
public struct FabricSettings: Hashable, Sendable {
    /// The internet; without it packets that go there end.
    public var internet: Side?
    /// The network behind the VPN.
    public var peer: Side?
    /// The flow logs.
    public var flowLogs: [FlowLog]
    /// The seconds after which flow logs are written: 60 at most on Nitro instances.
    public var flowLogInterval: Int

    /// Creates settings.
    public init(
        internet: Side? = nil, peer: Side? = nil, flowLogs: [FlowLog] = [], flowLogInterval: Int = 60
    ) {
        self.internet = internet
        self.peer = peer
        self.flowLogs = flowLogs
        self.flowLogInterval = flowLogInterval
    }
}
