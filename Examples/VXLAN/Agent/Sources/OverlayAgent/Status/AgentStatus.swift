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
    /// Entries of the store that cannot be read, with the reason.
    public var unreadable: [String] = []
    /// Leases that were left out, with the reason.
    public var refused: [RefusedLease] = []
    /// When the kernel was compared last.
    public var lastPass: ContinuousClock.Instant?
    /// How long that took.
    public var passTime = Duration.zero
    /// What could not be done then.
    public var kernelFailure: String?
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
        if waitingFor == nil, lastPass == nil {
            problems.append(store.failure.map { "store: \($0)" } ?? "kernel: not compared yet")
        }
        if let contest { problems.append("store: \(contest)") }
        if let underlayFailure { problems.append("interface: \(underlayFailure)") }
        if let kernelFailure { problems.append("kernel: \(kernelFailure)") }
        if programmedPeers < wantedPeers {
            problems.append("peers: \(programmedPeers) of \(wantedPeers) can be reached")
        }
        // Other leases that were left out are another node's fault; these the host's operator can do something about.
        problems += refused.filter { $0.conflict != nil }.map { "host: \($0)" }
        return problems
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
