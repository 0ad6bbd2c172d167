// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import Netlink

/// One thing in a network namespace: how it should be, or how it was found.
public enum Object: Hashable, Sendable {
    // Large ones are kept outside: a description and its steps are copied often, and most of what an agent describes is
    // smaller.

    /// A link.
    indirect case link(LinkState)
    /// A VLAN that a bridge's port is in.
    case vlan(BridgeVLAN, link: String)
    /// An address on a link.
    indirect case address(InterfaceAddress, link: String)
    /// A route through a link.
    indirect case route(Route, link: String?)
    /// A routing policy rule.
    indirect case rule(Rule)
    /// A neighbour on a link.
    case neighbour(Neighbour, link: String)
    /// An entry of a link's forwarding database.
    case forwarding(ForwardingEntry, link: String)
    /// A kernel setting.
    case sysctl(Sysctl)
    /// A feature of a link.
    case feature(LinkFeature)
    /// A queueing discipline of a link.
    indirect case qdisc(Qdisc, link: String)
    /// What comes in by a link and is handed to another.
    case redirection(Redirection)
    /// An nf_tables table, chain, set, rule or element.
    indirect case firewall(FirewallObject)

    /// What tells an object from others in its namespace; two objects with one key are states of one thing.
    public enum Key: Hashable, Sendable {
        case link(String)
        case vlan(UInt16, String)
        case address(IPPrefix, String)
        /// With the link of one without a gateway: a network can be on several links.
        case route(IPPrefix, table: UInt32, IPAddress?, on: String?)
        /// Regardless of who made it: a rule that does the same does as well.
        indirect case rule(Rule)
        case neighbour(IPAddress, String)
        case forwarding(MACAddress, IPAddress?, String)
        case sysctl(String)
        case feature(LinkFeature.Kind, String)
        case qdisc(TrafficHandle, String)
        case redirection(String)
        case firewall(FirewallObject.Key)
    }

    /// The object's key.
    public var key: Key {
        switch self {
        case .link(let link): .link(link.name)
        case .vlan(let vlan, let link): .vlan(vlan.id, link)
        case .address(let address, let link): .address(address.prefix, link)
        case .route(let route, let link):
            .route(
                route.destination, table: route.table, route.gateway,
                on: route.gateway == nil && route.nexthops.isEmpty ? link : nil)
        case .rule(let rule): .rule(rule.withoutProtocol)
        case .neighbour(let entry, let link): .neighbour(entry.address, link)
        case .forwarding(let entry, let link): .forwarding(entry.mac, entry.destination, link)
        case .sysctl(let setting): .sysctl(setting.path)
        case .feature(let feature): .feature(feature.kind, feature.link)
        case .qdisc(let qdisc, let link): .qdisc(qdisc.parent, link)
        case .redirection(let redirection): .redirection(redirection.link)
        case .firewall(let object): .firewall(object.key)
        }
    }

    /// The link that the object is on and goes away with.
    package var link: String? {
        switch self {
        case .link, .rule, .firewall: nil
        case .vlan(_, let link), .address(_, let link), .neighbour(_, let link), .forwarding(_, let link):
            link
        case .route(_, let link): link
        case .sysctl(let setting): setting.link
        case .feature(let feature): feature.link
        case .qdisc(_, let link): link
        case .redirection(let redirection): redirection.link
        }
    }
}

extension Rule {
    fileprivate var withoutProtocol: Rule {
        var rule = self
        rule.protocol = .unspecified
        return rule
    }
}

extension Object {
    /// Whether it can be set but not removed: it stays, or goes with its link.
    package var isSetting: Bool {
        switch self {
        case .sysctl, .feature: true
        default: false
        }
    }
}

extension Object: CustomStringConvertible {
    /// The object in the words of ip(8), bridge(8), sysctl(8) or nft(8).
    public var description: String {
        switch self {
        case .link(let link): "link \(link.name)\(link.kind.map { " type \($0.name)" } ?? "")"
        case .vlan(let vlan, let link): "vlan \(vlan.id) dev \(link)"
        case .address(let address, let link): "address \(address.prefix) dev \(link)"
        case .route(let route, let link): "route \(route.text)\(link.map { " dev \($0)" } ?? "")"
        case .rule(let rule): "rule \(rule.text)"
        case .neighbour(let entry, let link): "neighbour \(entry.address) dev \(link)"
        case .forwarding(let entry, let link): "fdb \(entry.mac) dev \(link)"
        case .sysctl(let setting): "sysctl \(setting.path)=\(setting.value)"
        case .feature(let feature):
            "feature \(feature.kind.rawValue) \(feature.isOn ? "on" : "off") dev \(feature.link)"
        case .qdisc(let qdisc, let link): "qdisc \(qdisc.parent) \(qdisc.kind.text) dev \(link)"
        case .redirection(let redirection):
            "redirection of packets from \(redirection.link) to \(redirection.target)"
        case .firewall(let object): object.description
        }
    }
}

extension Qdisc.Kind {
    /// The name, and the rate of what has one: in bits per second, as tc(8) writes it.
    fileprivate var text: String {
        if case .tbf(let bucket) = self {
            "tbf rate \(bucket.rate * 8)bit burst \(bucket.burst)"
        } else {
            name
        }
    }
}
