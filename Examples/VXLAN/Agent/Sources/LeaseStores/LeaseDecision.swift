// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
public import NodeAgentCore
public import VXLANOverlay

/// Which lease a node is to have, given those that there are: for stores in which nodes choose their subnets.
///
/// A pure function; the store makes sure that what it was decided from still holds when it is written.
public struct LeaseDecision: Hashable, Sendable {
    /// The lease to publish.
    public var lease: Lease
    /// Whether a lease of that name is there and is the node's own, so that it is replaced.
    public var isThere: Bool
    /// Own leases of former configurations, which are to go.
    public var obsolete: [SubnetKey]

    /// How many free subnets are looked at, so that nodes that come at the same time seldom want the same one.
    private static let choice = 100

    /// Decides: the node's own lease if the network still has room for it, else the subnets that it had before if they
    /// are free, else random free ones.
    ///
    /// - Parameter taken: All leases, and the names of entries that cannot be read, which are taken as well.
    /// - Throws: ``AgentError/Code/noSubnet``.
    public init(
        for request: LeaseRequest, leases: [Lease], unreadable: [SubnetKey] = [],
        using generator: inout some RandomNumberGenerator
    ) throws(AgentError) {
        let own = leases.filter { request.isOwn($0) }
        if let kept = own.first(where: { request.accepts($0.key) }) {
            lease = request.lease(kept.key, formerly: kept, using: &generator)
            isThere = true
            obsolete = own.map(\.key).filter { $0 != kept.key }
            return
        }
        let others = leases.filter { !request.isOwn($0) }.map(\.key) + unreadable
        func choose(
            _ pool: AddressPool?, _ taken: [IPPrefix], _ former: IPPrefix?,
            using generator: inout some RandomNumberGenerator
        ) throws(AgentError) -> IPPrefix? {
            guard let pool else { return nil }
            if let former, pool.canHold(former), !Occupied(taken).contains(former) { return former }
            let avoided = request.avoided.filter { $0.family == pool.network.family }.map(\.network)
            let occupied = Occupied(taken + avoided)
            var free: [IPPrefix] = []
            for number in 0..<pool.subnetCount {
                guard let subnet = pool.subnet(number) else { break }
                if !occupied.contains(subnet) { free.append(subnet) }
                if free.count == Self.choice { break }
            }
            guard let subnet = free.randomElement(using: &generator) else {
                throw AgentError(
                    .noSubnet,
                    "all \(pool.subnetCount) subnets of \(pool.network) belong to other nodes, or overlap networks of this one"
                )
            }
            return subnet
        }
        let subnets = SubnetKey(
            v4: try choose(
                request.configuration.v4, others.compactMap(\.v4), request.former?.v4, using: &generator),
            v6: try choose(
                request.configuration.v6, others.compactMap(\.v6), request.former?.v6, using: &generator))
        lease = request.lease(subnets, formerly: own.first, using: &generator)
        isThere = false
        obsolete = own.map(\.key)
    }

    /// Subnets that somebody has, of any length, to be searched in log n steps.
    private struct Occupied {
        private var sorted: [IPPrefix]

        init(_ subnets: [IPPrefix]) {
            sorted = []
            // Of nested ones the outer one is enough.
            for subnet in subnets.sorted(by: { ($0.first, $0.length) < ($1.first, $1.length) })
            where sorted.last.map({ !$0.overlaps(subnet) }) ?? true {
                sorted.append(subnet)
            }
        }

        func contains(_ subnet: IPPrefix) -> Bool {
            var low = 0
            var high = sorted.count
            while low < high {
                let middle = (low + high) / 2
                if sorted[middle].last < subnet.first { low = middle + 1 } else { high = middle }
            }
            return low < sorted.count && sorted[low].overlaps(subnet)
        }
    }
}
