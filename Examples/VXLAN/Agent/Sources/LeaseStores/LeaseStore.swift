// SPDX-License-Identifier: Apache-2.0

public import CNITypes
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
    /// - Throws: At the first failure; the caller retries.
    func configuration() async throws(AgentError) -> OverlayConfiguration

    /// Addresses that an operator has written down for the node: the interface that has one of them is the one to use, if
    /// no option chooses another.
    ///
    /// - Throws: At the first failure; the caller retries.
    func wantedAddresses() async throws(AgentError) -> [IPAddress]

    /// Gets the node a lease that no other node has, if possible the one that it had before, and publishes it.
    ///
    /// - Throws: At the first failure; the caller retries. A race for a subnet that another node won is not a
    ///   failure: the store takes another subnet.
    func acquire(_ request: LeaseRequest) async throws(AgentError) -> Lease

    /// Keeps the node's own lease alive and reports all leases, until the task is cancelled or the lease is lost.
    ///
    /// Failures that may pass are reported, and tried again after a pause; the data path does not depend on them.
    ///
    /// - Throws: ``AgentError/Code/leaseLost``, ``AgentError/Code/cancelled``.
    func follow(
        _ lease: Lease, report: @escaping @Sendable (LeaseEvent) async -> Void
    ) async throws(AgentError) -> Never

    /// Called when the node's kernel is as it should be for the first time with this lease.
    func ready(_ lease: Lease) async throws(AgentError)

    /// Gives the node's own lease back, for a node that leaves the cluster for good; one that is gone is fine.
    func release(_ lease: Lease) async throws(AgentError)
}

extension LeaseStore {
    /// None: most stores have no place for them.
    public func wantedAddresses() async throws(AgentError) -> [IPAddress] { [] }

    /// Does nothing: most stores have no place for it.
    public func ready(_ lease: Lease) async throws(AgentError) {}
}

/// What a store reports.
public enum LeaseEvent: Hashable, Sendable {
    /// All leases as they are.
    ///
    /// Reported at first, and after each change; maybe again without one.
    case leases(KnownLeases)
    /// The store has answered; nothing is new.
    case contact
    /// The store did not answer, or not as it should; it is tried again.
    case failure(AgentError)
    /// Somebody else writes what this node has published, again and again: why that is a problem; nil when it has ended.
    case contested(String?)
}
