// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import LeaseStores
internal import Netlink
internal import VXLANOverlay

/// What has changed in the kernel.
struct KernelChanges: OptionSet, Sendable {
    let rawValue: UInt8

    /// Something that is ours, or that stands in its way.
    static let own = KernelChanges(rawValue: 1)
    /// The interface to the other nodes.
    static let underlay = KernelChanges(rawValue: 2)

    /// Tells of changes by whomever, those of a moment together.
    static func stream(about node: OverlayNode) -> AsyncThrowingStream<KernelChanges, any Error> {
        BlockingEvents.stream(of: KernelChanges.self, buffered: 8) { channel in
            let monitor = try NetworkMonitor()
            var filter = try KernelFilter(node)
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

/// Tells apart what concerns a node.
private struct KernelFilter {
    private let node: OverlayNode
    /// The numbers of the node's devices.
    private var devices: Set<UInt32>

    init(_ node: OverlayNode) throws(NetlinkError) {
        self.node = node
        devices = Set(try RoutingSocket().links(named: node.devices).map(\.index))
    }

    mutating func changes(_ events: [NetworkEvent]) -> KernelChanges {
        var changes: KernelChanges = []
        for event in events { changes.formUnion(self.changes(event)) }
        return changes
    }

    private mutating func changes(_ event: NetworkEvent) -> KernelChanges {
        switch event {
        case .link(let link, let isRemoved):
            if node.devices.contains(link.name) {
                devices.insert(link.index)
                return .own
            }
            let underlay = node.underlay
            guard link.index == underlay.index else { return [] }
            let isAsBefore = !isRemoved && link.attributes.mtu == underlay.mtu && link.name == underlay.name
            return isAsBefore ? [] : .underlay
        case .address(_, let index, _):
            if index == node.underlay.index { return .underlay }
            return devices.contains(index) ? .own : []
        case .route(let route, _, let isRemoved):
            if isRemoved { return route.origin == node.routeOrigin ? .own : [] }
            // A rival of one of ours; our own coming is no news.
            let network = node.configuration[route.destination.family]?.network
            let isOurs = route.origin == node.routeOrigin
            return !isOurs && network?.contains(route.destination) == true ? .own : []
        case .neighbour(_, let index, _), .forwarding(_, let index, _):
            return devices.contains(index) ? .own : []
        case .table(let table): return table == node.table ? .own : []
        case .lost: return [.own, .underlay]
        }
    }
}
