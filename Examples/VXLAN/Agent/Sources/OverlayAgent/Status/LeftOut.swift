// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import LeaseStores
internal import VXLANOverlay

/// Another node, or a family of it, that is not reached since its entry in the store cannot be used.
public struct LeftOut: Hashable, Sendable, CustomStringConvertible {
    /// What keeps it out.
    public enum Cause: String, Hashable, Sendable {
        /// Something of this host's own among the overlay's addresses.
        case host
        /// What the node has published contradicts the network, this node or another one.
        case lease
        /// What the node has published cannot be read.
        case unreadable
    }

    /// The node's name in Kubernetes; else its address, or the name of an entry that cannot be read.
    public let node: String
    /// The node's subnet; empty if it cannot be read.
    public let subnet: String
    /// What keeps it out.
    public let cause: Cause
    /// Why, in a sentence: `lease 10.5.34.0-24: its VNI is 7, ours is 1`.
    public let reason: String

    /// The node and the reason: `worker3: lease 10.5.34.0-24: its VNI is 7, ours is 1`.
    public var description: String { "\(node): \(reason)" }

    /// Creates one.
    public init(node: String, subnet: String = "", cause: Cause, reason: String) {
        self.node = node
        self.subnet = subnet
        self.cause = cause
        self.reason = reason
    }

    init(_ entry: KnownLeases.Unreadable) {
        self.init(node: entry.name, cause: .unreadable, reason: entry.reason)
    }

    /// - Parameter nodes: The names of nodes by their leases, of a store that knows them.
    init(_ refused: RefusedLease, _ nodes: [Lease: String]) {
        let part = refused.lease[refused.family]
        self.init(
            node: nodes[refused.lease] ?? part.map { "\($0.publicIP)" } ?? "",
            subnet: part.map { "\($0.subnet)" } ?? "", cause: refused.conflict == nil ? .lease : .host,
            reason: refused.description)
    }
}
