// SPDX-License-Identifier: Apache-2.0

public import VXLANOverlay

/// All leases that a store has, in an order that stays the same, the node's own among them.
public struct KnownLeases: Hashable, Sendable {
    /// An entry of the store, or a family of it, that cannot be read.
    public struct Unreadable: Hashable, Sendable, CustomStringConvertible {
        /// The entry's name: the node's in Kubernetes, else the lease's.
        public var name: String
        /// What is wrong with it.
        public var reason: String

        /// Creates one.
        public init(name: String, reason: String) {
            self.name = name
            self.reason = reason
        }

        /// `worker3: flannel.alpha.coreos.com/backend-data: …`.
        public var description: String { "\(name): \(reason)" }
    }

    /// The leases, with the families that could be read.
    public var leases: [Lease]
    /// The names of the leases' nodes, in the same order; empty for a store that does not know them.
    public var nodes: [String]
    /// What could not be read.
    public var unreadable: [Unreadable]

    /// Creates a list.
    public init(_ leases: [Lease], nodes: [String] = [], unreadable: [Unreadable] = []) {
        self.leases = leases
        self.nodes = nodes
        self.unreadable = unreadable
    }

    /// The names of nodes by their leases.
    public var nodesByLease: [Lease: String] {
        Dictionary(zip(leases, nodes)) { first, _ in first }
    }
}
