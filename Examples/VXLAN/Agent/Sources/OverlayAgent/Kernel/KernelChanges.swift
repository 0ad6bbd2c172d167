// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import LeaseStores
internal import Netlink
internal import NetworkState
internal import NodeAgentCore
internal import VXLANOverlay

/// What has changed in the kernel.
struct KernelChanges: OptionSet, Sendable {
    let rawValue: UInt8

    /// Something that is ours, or that stands in its way.
    static let own = KernelChanges(rawValue: 1)
    /// The interface to the other nodes.
    static let underlay = KernelChanges(rawValue: 2)

    /// Streams changes that contradict what is expected, those of a moment together.
    static func stream(
        about node: OverlayNode, expecting expectation: Expectation
    ) -> AsyncThrowingStream<KernelChanges, any Error> {
        BlockingEvents.stream(of: KernelChanges.self, buffered: 8) { channel in
            let monitor = try NetworkMonitor()
            var filter = try KernelFilter(node, expectation)
            // Whatever was before.
            channel.send(.own)
            while !channel.isEnded {
                var changes = filter.changes(try monitor.events(within: 1000))
                if changes.isEmpty { continue }
                // Changes seldom come alone: a device goes with all that is on it.
                while true {
                    let more = try monitor.events(within: 20)
                    if more.isEmpty || channel.isEnded { break }
                    changes.formUnion(filter.changes(more))
                }
                channel.send(changes)
            }
        }
    }
}

/// Selects what concerns a node and is not as the node has it.
private struct KernelFilter {
    private let node: OverlayNode
    private let expectation: Expectation
    /// What the node is to have, and which version of the expectation that is.
    private var expected: (version: Int, entries: ExpectedEntries)?
    /// The names of the node's devices and of its interface by their numbers.
    private var names: [UInt32: String]

    init(_ node: OverlayNode, _ expectation: Expectation) throws(NetlinkError) {
        self.node = node
        self.expectation = expectation
        names = [node.underlay.index: node.underlay.name]
        for link in try RoutingSocket().links(named: node.devices) { names[link.index] = link.name }
    }

    mutating func changes(_ events: [NetworkEvent]) -> KernelChanges {
        var changes: KernelChanges = []
        if events.isEmpty { return changes }
        // What is reported by now was done for this expectation, or for one before.
        expected = expectation.entries(of: node, unless: expected)
        for event in events { changes.formUnion(self.changes(event)) }
        return changes
    }

    private mutating func changes(_ event: NetworkEvent) -> KernelChanges {
        switch event {
        case .link(let link, let isRemoved):
            if node.devices.contains(link.name) {
                // Also reported when a feature has changed, which is not in the event.
                names[link.index] = link.name
                return .own
            }
            let underlay = node.underlay
            guard link.index == underlay.index else {
                return expected?.entries.dependOnHostLink(link.name) == true ? .own : []
            }
            let isAsBefore = !isRemoved && link.attributes.mtu == underlay.mtu && link.name == underlay.name
            return isAsBefore ? [] : .underlay
        case .address(_, let index, _):
            return index == node.underlay.index ? .underlay : change(event)
        case .route, .packetForwarding: return change(event)
        case .nexthop(let id, let isRemoved):
            // If one is replaced its routes are reported as well.
            return isRemoved && expected?.entries.needNexthop(id) != false ? .own : []
        case .neighbour(_, let index, _), .forwarding(_, let index, _):
            return index == node.underlay.index || names[index] == nil ? [] : change(event)
        case .table(let table): return table == node.table ? .own : []
        // The overlay needs no rules.
        case .rule: return []
        case .lost: return [.own, .underlay]
        }
    }

    /// Something on a device of ours, a route, or an address of the host's, that is not as it has to be.
    private func change(_ event: NetworkEvent) -> KernelChanges {
        // Of links of others the name does not matter: it is none of ours.
        guard let (object, isRemoved) = event.object(naming: { names[$0] ?? "" }) else { return [] }
        guard let expected else { return .own }
        return expected.entries.conflict(with: object, isRemoved: isRemoved) ? .own : []
    }
}
