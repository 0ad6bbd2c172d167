// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink
internal import NodeAgentCore
internal import Synchronization
internal import VPCNetwork

/// Tells changes of the kernel that concern the node's network from those of pods and of others.
final class KernelInterest: Sendable {
    private struct Content {
        var indices: Set<UInt32> = []
        var macs: Set<MACAddress> = []
        var tables: Set<UInt32> = []
    }

    private let content = Mutex(Content())

    func set(indices: Set<UInt32>, macs: Set<MACAddress>, tables: Set<UInt32>) {
        content.withLock { $0 = Content(indices: indices, macs: macs, tables: tables) }
    }

    /// Whether an event may be about something that is described.
    ///
    /// Pods' links, routes and rules are the plugin's: a thousand of them cost the agent nothing.
    func concerns(_ event: NetworkEvent) -> Bool {
        let content = content.withLock { $0 }
        switch event {
        case .link(let link, _):
            return content.indices.contains(link.index)
                || link.attributes.mac.map(content.macs.contains) == true
        case .address(_, let index, _): return content.indices.contains(index)
        case .route(let route, let index, _):
            return content.tables.contains(route.table) && route.table != RouteTable.main
                || index.map(content.indices.contains) == true
        case .rule(let rule, _):
            // The plugin's: those of a pod.
            return rule.priority != 512 && rule.priority != 1536
        case .table(let table): return table.name == "cni_vpc"
        case .packetForwarding, .lost: return true
        case .nexthop, .neighbour, .forwarding: return false
        }
    }

    /// A signal for changes that concern the node, those of a moment together.
    func changes() -> AsyncThrowingStream<Void, any Error> {
        BlockingEvents.stream(of: Void.self, buffered: 1) { channel in
            let monitor = try NetworkMonitor()
            channel.send(())
            while !channel.isEnded {
                var isConcerned = try monitor.events(within: 1000).contains { self.concerns($0) }
                if !isConcerned { continue }
                // Changes seldom come alone: an ENI goes with all that is on it.
                for _ in 0..<50 where !channel.isEnded {
                    let more = try monitor.events(within: 20)
                    if more.isEmpty { break }
                    isConcerned = isConcerned || more.contains { self.concerns($0) }
                }
                channel.send(())
            }
        }
    }
}
