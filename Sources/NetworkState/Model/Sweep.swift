// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import Netlink

/// Objects of one sort that are ours without exception, so that those that a description does not have go.
///
/// For callers that describe all of them at once, such as an agent that describes a node: what belonged to a peer that
/// left is found by this, not by remembering the peer.
public enum Sweep: Hashable, Sendable {
    /// The routes of a protocol in a table, through any link.
    ///
    /// Those of another protocol stay, regardless of their destination: who describes routes decides what not to describe.
    case routes(IPAddress.Family, protocol: RoutingProtocol, table: UInt32)
    /// The routing policy rules of a protocol, regardless of what they select.
    ///
    /// The same rule of another protocol stays.
    case rules(IPAddress.Family, protocol: RoutingProtocol)
    /// The addresses of global scope on a link.
    case addresses(link: String)
    /// The permanent neighbours on a link.
    case neighbours(link: String)
    /// The permanent entries of a link's own forwarding database that lead to another tunnel end.
    ///
    /// Those of group addresses and of 00:00:00:00:00:00, where unknown frames go, stay.
    case forwarding(link: String)
    /// The VLANs of a bridge's port.
    case vlans(link: String)

    /// The link that it is about, if it is about one.
    var link: String? {
        switch self {
        case .routes, .rules: nil
        case .addresses(let link), .neighbours(let link), .forwarding(let link), .vlans(let link): link
        }
    }

    /// Whether an object that was found is one of these.
    func covers(_ object: Object) -> Bool {
        switch (self, object) {
        case (.routes(let family, let `protocol`, let table), .route(let route, _)):
            route.protocol == `protocol` && route.table == table && route.destination.family == family
        case (.rules(let family, let `protocol`), .rule(let rule)):
            rule.protocol == `protocol` && rule.family == family
        case (.addresses(let link), .address(let address, let other)):
            link == other && address.scope == .global
        case (.neighbours(let link), .neighbour(let entry, let other)):
            link == other && entry.state == .permanent
        case (.forwarding(let link), .forwarding(let entry, let other)):
            // `bridge fdb add` makes permanent ones that are NUD_NOARP, too.
            link == other && entry.isSelf && entry.state.contains(.permanent)
                && entry.destination != nil && entry.mac.bits != 0 && !entry.mac.isMulticast
        case (.vlans(let link), .vlan(_, let other)): link == other
        default: false
        }
    }
}
