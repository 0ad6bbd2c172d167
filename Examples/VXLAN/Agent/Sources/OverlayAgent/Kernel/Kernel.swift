// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import NIOCore
internal import Netlink
internal import NetworkState
internal import VXLANOverlay

/// The node's kernel, which is asked for one thing after the other, on a thread of its own: the calls block.
actor Kernel {
    nonisolated private let executor: any SerialExecutor
    private let session = NetworkSession(container: nil)
    /// What is being made of the kernel.
    nonisolated let expectation = Expectation()
    /// The node and the leases that the kernel was found to be equal to, if nothing has failed since.
    private var last: (node: OverlayNode, peers: JudgedLeases)?

    /// All that is isolated to the actor runs there.
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Creates a way to the kernel of the namespace that the process is in.
    ///
    /// - Parameter thread: A thread that nobody else has work for.
    init(on thread: any EventLoop) { executor = thread.executor }

    /// Compares everything, and does the difference.
    func converge(_ node: OverlayNode, to peers: [Lease]) -> Reconciliation {
        let host: HostNetworks
        let links: [Forwarding.Link]
        do throws(CNIError) {
            host = try hostNetworks(of: node.configuration, routeProtocol: node.routeProtocol)
            links = try advertisedLinks(for: node)
        } catch {
            // Without knowing what is the host's, nothing may be put in its place.
            last = nil
            return Reconciliation(failure: error.message)
        }
        let judged = node.judged(peers, beside: host)
        expectation.expect(node, judged)
        var result = perform(node.desiredState(for: judged, among: links))
        ProcessMemory.giveBack()
        result.refused = judged.refused
        last = result.failure == nil ? (node, judged) : nil
        return result
    }

    /// What the host has of its own among the overlay's addresses.
    func hostNetworks(
        of configuration: OverlayConfiguration, routeProtocol: RoutingProtocol
    ) throws(CNIError) -> HostNetworks {
        try CNIError.wrapping { () throws(NetlinkError) in
            try HostNetworks(of: configuration, by: RoutingSocket(), routeProtocol: routeProtocol)
        }
    }

    /// The links that may take router advertisements, if forwarding IPv6 is about to be switched on.
    private func advertisedLinks(for node: OverlayNode) throws(CNIError) -> [Forwarding.Link] {
        if node.configuration.v6 == nil { return [] }
        return try CNIError.wrapping { () throws(StateError) in try session.advertisedLinks(in: .host) }
    }

    /// Does only what is other for new leases than for those before; compares everything where that is not enough.
    func follow(_ node: OverlayNode, to peers: [Lease]) -> Reconciliation {
        guard let last, last.node == node else { return converge(node, to: peers) }
        // A change of the host's own networks is reported, and then everything is compared.
        let judged = node.judged(peers, beside: last.peers.host)
        let (state, expected) = node.changedState(from: last.peers, to: judged)
        expectation.expect(node, judged)
        var result = Reconciliation()
        do throws(StateError) {
            result.note(try session.converge(to: state, from: expected))
        } catch {
            // It was not as expected.
            return converge(node, to: peers)
        }
        result.wanted = judged.count
        result.programmed = judged.count
        result.refused = judged.refused
        self.last = (node, judged)
        return result
    }

    /// Takes away everything that is ours.
    func remove(vni: UInt32, routeProtocol: RoutingProtocol) throws(CNIError) -> [String] {
        let result = perform(OverlayNode.absence(vni: vni, routeProtocol: routeProtocol))
        if let failure = result.failure { throw CNIError(.ioFailure, failure) }
        return result.firstSteps + (result.stepCount > 10 ? ["and \(result.stepCount - 10) more"] : [])
    }

    private func perform(_ state: NetworkState) -> Reconciliation {
        var result = Reconciliation()
        result.wanted = state.items.count { $0.isPresent && $0.object.isRoute }
        do throws(StateError) {
            result.note(try session.converge(to: state))
            result.programmed = result.wanted
        } catch {
            result.failure = error.description
            result.programmed = result.wanted - missing(in: state, of: result.wanted)
        }
        return result
    }

    /// How many other nodes' subnets cannot be reached, after a failure: at least one thing of each is missing.
    private func missing(in state: NetworkState, of wanted: Int) -> Int {
        do throws(StateError) {
            let changes = state.changes(from: try session.observe(state))
            let kinds: [(Object) -> Bool] = [\.isRoute, \.isNeighbour, \.isForwarding]
            return kinds.map { isOfKind in
                changes.count { change in
                    switch change.action {
                    case .create(let object), .modify(let object, _): isOfKind(object)
                    default: false
                    }
                }
            }.max() ?? 0
        } catch {
            return wanted
        }
    }

    /// Finds the interface to the other nodes.
    func underlay(
        _ choice: InterfaceChoice, for families: [IPAddress.Family]
    ) throws(CNIError) -> Underlay {
        try UnderlayFinder(choice: choice, families: families).find(by: try Self.socket())
    }

    /// The MAC address of a device; nil if it is not there.
    func mac(of device: String) throws(CNIError) -> MACAddress? {
        try CNIError.wrapping { () throws(NetlinkError) in
            try RoutingSocket().link(.name(device))?.attributes.mac
        }
    }

    private static func socket() throws(CNIError) -> RoutingSocket {
        try CNIError.wrapping { () throws(NetlinkError) in try RoutingSocket() }
    }
}

extension Object {
    fileprivate var isRoute: Bool { if case .route = self { true } else { false } }
    fileprivate var isNeighbour: Bool { if case .neighbour = self { true } else { false } }
    fileprivate var isForwarding: Bool { if case .forwarding = self { true } else { false } }
}
