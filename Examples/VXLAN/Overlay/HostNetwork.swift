// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import Netlink
public import NetworkState

/// Something of the host's own among the overlay's addresses, which the overlay neither removes nor covers.
///
/// An address or a network on any link but the overlay's own devices, or a route that somebody else has made.
public struct HostNetwork: Hashable, Sendable {
    /// What it is.
    public enum Kind: Hashable, Sendable {
        /// An address on a link, with its network.
        case address
        /// A network that is on a link, without a gateway.
        case connected
        /// A route to elsewhere, by the gateway if it has one.
        case route(via: IPAddress?)
    }

    /// What it is.
    public let kind: Kind
    /// The addresses that it takes.
    public let prefix: IPPrefix
    /// The link's name; nil for a route through several links or none.
    public let link: String?

    /// The one rule of what is the host's own.
    ///
    /// - Parameter object: An object of the host's namespace.
    /// - Parameter routeProtocol: The protocol number of the overlay's routes.
    /// - Returns: Nil for what is the overlay's, for what shares no address with its network, and for what is neither
    ///   an address nor a route of the main table.
    public init?(_ object: Object, in configuration: OverlayConfiguration, routeProtocol: RoutingProtocol) {
        switch object {
        case .address(let address, let link):
            if configuration.ownsDevice(link) { return nil }
            (kind, prefix, self.link) = (.address, address.prefix, link)
        case .route(let route, let link):
            let isOwn = route.protocol == routeProtocol && !route.isJoined(through: link)
            // A default route leads everywhere and is meant to give way.
            guard route.table == Route.mainTable, !isOwn, route.destination.length > 0 else { return nil }
            let isOnOwnDevice = link.map { configuration.ownsDevice($0) } ?? false
            if isOnOwnDevice, route.isTakenOver { return nil }
            let isConnected = route.gateway == nil && route.type == .unicast && link != nil
            kind = isConnected && !isOnOwnDevice ? .connected : .route(via: route.gateway)
            (prefix, self.link) = (route.destination, link)
        default: return nil
        }
        guard let pool = configuration[prefix.family], pool.network.overlaps(prefix) else { return nil }
    }

    /// Why another node's subnet cannot be reached.
    func reason(against subnet: IPPrefix) -> String {
        let place = link.map { " on \($0)" } ?? ""
        return switch kind {
        case .address: "its subnet \(subnet) overlaps the host's own address \(prefix)\(place)"
        case .connected: "its subnet \(subnet) overlaps the host's own network \(prefix)\(place)"
        case .route(let gateway):
            "the host has another route to its subnet \(subnet)"
                + "\(gateway.map { " via \($0)" } ?? "")\(link.map { " dev \($0)" } ?? "")"
        }
    }
}

extension OverlayConfiguration {
    /// Whether a device is one that the overlay makes, or takes over, of either family.
    fileprivate func ownsDevice(_ name: String) -> Bool {
        IPAddress.Family.allCases.contains { backend.deviceName($0) == name }
    }
}

extension Route {
    /// RTN_UNICAST.

    /// Whether the kernel has joined IPv6 routes of several into one, which has the protocol of the first: ours always have a
    /// link.
    fileprivate func isJoined(through link: String?) -> Bool {
        destination.family == .v6 && type == .unicast && link == nil && gateway == nil
    }

    /// Whether a route on a device of the overlay goes with the device: the kernel's, for an address of the device, or that to a node's subnet as flannel makes it, which is taken over.
    fileprivate var isTakenOver: Bool { `protocol` == .kernel || gateway == destination.first }
}
