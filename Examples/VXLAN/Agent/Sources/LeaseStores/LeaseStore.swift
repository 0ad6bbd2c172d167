// SPDX-License-Identifier: Apache-2.0

public import NodeAgentCore
public import VXLANOverlay

/// Where a cluster's leases are kept.
///
/// A store is asked in this order: for the configuration, for a lease, and then to follow the leases until the task is
/// cancelled.
public protocol LeaseStore: Sendable {
    /// What people call the store and where it is: `etcd http://127.0.0.1:2379/coreos.com/network`.
    var description: String { get }

    /// Reads the cluster's configuration.
    ///
    /// - Throws: At the first failure; the caller comes again.
    func configuration() async throws(AgentError) -> OverlayConfiguration

    /// Gets the node a lease that no other node has, if possible the one that it had before, and publishes it.
    ///
    /// - Throws: At the first failure; the caller comes again. A race for a subnet that another node won is not a
    ///   failure: the store takes another subnet.
    func acquire(_ request: LeaseRequest) async throws(AgentError) -> Lease

    /// Keeps the node's own lease alive and tells of all leases, until the task is cancelled or the lease is lost.
    ///
    /// Failures that may pass are told, and tried again after a pause; the data path does not depend on them.
    ///
    /// - Throws: ``AgentError/Code/leaseLost``, ``AgentError/Code/cancelled``.
    func follow(
        _ lease: Lease, report: @escaping @Sendable (LeaseEvent) async -> Void
    ) async throws(AgentError) -> Never

    /// Hears that the node's kernel is as it should be for the first time with this lease.
    func ready(_ lease: Lease) async throws(AgentError)

    /// Gives the node's own lease back, for a node that leaves the cluster for good; one that is gone is fine.
    func release(_ lease: Lease) async throws(AgentError)
}

extension LeaseStore {
    /// Most stores have nobody to tell.
    public func ready(_ lease: Lease) async throws(AgentError) {}
}

/// What a store tells of.
public enum LeaseEvent: Hashable, Sendable {
    /// All leases as they are, in an order that stays the same, the node's own among them; and what of the store's entries
    /// could not be read, with the reason.
    ///
    /// Told at first, and after each change. It may be told again without one.
    case leases([Lease], unreadable: [String])
    /// The store has answered; nothing is new.
    case contact
    /// The store did not answer, or not as it should; it is tried again.
    case failure(AgentError)
    /// Somebody else writes what this node has published, again and again: why that is a problem; nil when it has ended.
    case contested(String?)
}
