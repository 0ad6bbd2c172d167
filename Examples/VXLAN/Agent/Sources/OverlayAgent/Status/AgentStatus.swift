// SPDX-License-Identifier: Apache-2.0

public import NodeAgentStatus
internal import Synchronization
public import VXLANOverlay

/// How a node's agent is doing.
public struct AgentStatus: Sendable {
    /// What the agent is about to do, until it has a lease; nil from then on.
    public var waitingFor: String? = "start"
    /// The node's lease.
    public var lease: Lease?
    /// The node's tunnel devices.
    public var devices: [String] = []
    /// When the store answered last, and what has failed since.
    public var store = Contact()
    /// Why somebody else writes what this node has published; nil if nobody does.
    public var contest: String?
    /// Other nodes, or families of them, that are not reached since their entries in the store cannot be used.
    public var leftOut: [LeftOut] = []
    /// When the kernel was compared last.
    public var lastComparison: ContinuousClock.Instant?
    /// How long that took.
    public var reconcileTime = Duration.zero
    /// What could not be done then.
    public var kernelFailure: String?
    /// Whether pods can be attached: everything was in place once, and the plugin's file is written.
    public var isAttachable = false
    /// What is wrong with the interface to the other nodes.
    public var underlayFailure: String?
    /// How many of other nodes' subnets are to be reached.
    public var wantedPeers = 0
    /// How many of them are.
    public var programmedPeers = 0
    /// When the agent's loop came by last.
    public var lastReconcile = ContinuousClock.now

    /// Creates the status of an agent that starts.
    public init() {}

    /// Why the node is not ready to send containers' packets to others; none if it is.
    ///
    /// The store is not among them: see ``readiness(contactLimit:now:)``.
    public var problems: [String] {
        var problems: [String] = []
        if let waitingFor { problems.append("waiting for \(waitingFor)") }
        // Without the leases there is nothing to compare with: then it is the store that has to be looked at.
        if waitingFor == nil, lastComparison == nil {
            problems.append(store.failure.map { "store: \($0)" } ?? "kernel: not compared yet")
        }
        if let contest { problems.append("store: \(contest)") }
        if let underlayFailure { problems.append("interface: \(underlayFailure)") }
        if let kernelFailure { problems.append("kernel: \(kernelFailure)") }
        if programmedPeers < wantedPeers {
            problems.append("peers: \(programmedPeers) of \(wantedPeers) can be reached")
        }
        problems += leftOut.filter { $0.cause == .host }.map { "host: \($0.reason)" }
        return problems
    }

    /// How many nodes are named on a page.
    private static let shown = 20

    /// Nodes that are left out for what they have published: their operator's concern, and none of this node's.
    public var notes: [String] {
        let others = leftOut.filter { $0.cause != .host }
        let rest = others.count - Self.shown
        return others.prefix(Self.shown).map { "peer left out: \($0)" }
            + (rest > 0 ? ["peers left out: \(rest) more"] : [])
    }
}

/// The status, for those who change it and those who look at it.
public final class StatusBoard: Sendable {
    private let status = Mutex(AgentStatus())

    /// Creates a board with the status of an agent that starts.
    public init() {}

    /// The status now.
    public var now: AgentStatus { status.withLock { $0 } }

    /// Changes the status.
    func update(_ body: (inout AgentStatus) -> Void) { status.withLock { body(&$0) } }
}
