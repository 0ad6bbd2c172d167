// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import Netlink
public import NetworkState

/// What the host has of its own among the overlay's addresses.
public struct HostNetworks: Hashable, Sendable {
    /// All of it.
    public let all: Set<HostNetwork>
    /// The same by whatever link, as changes are reported.
    private let known: Set<Known>
    /// Addresses and networks on links in their order, without those within others: no two share an address.
    private let onLinks: [HostNetwork]
    /// Routes by their destination.
    private let routes: [IPPrefix: HostNetwork]

    private struct Known: Hashable {
        let kind: HostNetwork.Kind
        let prefix: IPPrefix
    }

    /// A host that has nothing of its own there.
    public init() { self.init([]) }

    /// Sorts out what is the host's own of what was found on it.
    public init(
        among objects: some Sequence<Object>, in configuration: OverlayConfiguration,
        routeProtocol: RoutingProtocol
    ) {
        self.init(objects.compactMap { HostNetwork($0, in: configuration, routeProtocol: routeProtocol) })
    }

    private init(_ networks: [HostNetwork]) {
        all = Set(networks)
        known = Set(networks.map { Known(kind: $0.kind, prefix: $0.prefix) })
        var onLinks: [HostNetwork] = []
        var routes: [IPPrefix: HostNetwork] = [:]
        // An address first: it says more than the network that it is in.
        let sorted = networks.sorted {
            ($0.prefix.first, $0.prefix.length, $0.order, $0.link ?? "")
                < ($1.prefix.first, $1.prefix.length, $1.order, $1.link ?? "")
        }
        for network in sorted {
            if case .route = network.kind {
                routes[network.prefix] = network
            } else if onLinks.last.map({ !$0.prefix.overlaps(network.prefix) }) ?? true {
                onLinks.append(network)
            }
        }
        (self.onLinks, self.routes) = (onLinks, routes)
    }

    /// The networks that no subnet of any node may share an address with.
    public var prefixes: [IPPrefix] { onLinks.map(\.prefix.network) }

    /// What keeps another node's subnet from being reached; nil if nothing does.
    ///
    /// Networks that share an address with it, and routes to the very same destination: of other routes the longer one
    /// wins, which takes nothing from the host.
    ///
    /// Takes log n steps.
    public func conflict(with subnet: IPPrefix) -> HostNetwork? {
        var low = 0
        var high = onLinks.count
        while low < high {
            let middle = (low + high) / 2
            if onLinks[middle].prefix.last < subnet.first { low = middle + 1 } else { high = middle }
        }
        if low < onLinks.count, onLinks[low].prefix.overlaps(subnet) { return onLinks[low] }
        return routes[subnet]
    }

    /// Whether this is another host with or without something that was reported, by whatever link.
    func isChanged(by network: HostNetwork, isRemoved: Bool) -> Bool {
        isRemoved || !known.contains(Known(kind: network.kind, prefix: network.prefix))
    }

    /// Whether something goes, or comes back, with a link.
    func areOn(_ link: String) -> Bool { all.contains { $0.link == link } }
}

extension HostNetwork {
    fileprivate var order: Int { kind == .address ? 0 : 1 }
}
