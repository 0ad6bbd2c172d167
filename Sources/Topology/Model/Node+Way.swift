// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import Netlink

extension Node {
    /// By which link packets of a container leave the node for elsewhere, as the host's rules and tables have it.
    public struct Way: Hashable, Sendable {
        /// The container's address.
        public var address: IPAddress
        /// The number of the host's link that leads to the container.
        public var link: UInt32
        /// The rule that decides; nil if none does, and for a host whose rules are not known.
        public var rule: Rule?
        /// The table that has the route; nil if the packets get nowhere.
        public var table: UInt32?
        /// The default route; nil if the packets get nowhere.
        public var route: RouteEntry?
        /// Tables that rules for the address's own packets lead to before, and that have no default route.
        public var emptyTables: [UInt32] = []
    }

    /// The ways out of the addresses to which the host has a route of their own by a veth pair, in the order of links.
    ///
    /// What a router or firewall behind them does, and what rules for marked packets do, is not in it.
    public var ways: [Way] {
        guard let host else { return [] }
        let pairs = Dictionary(
            host.links.filter { $0.isVeth && $0.master == nil }.map { ($0.index, $0.name) }
        ) { first, _ in first }
        let rules = RuleList(host)
        return host.routes.compactMap { entry -> Way? in
            guard let link = entry.link, let name = pairs[link], entry.route.gateway == nil,
                entry.route.destination == IPPrefix(host: entry.route.destination.address),
                !entry.route.leadsNowhere
            else { return nil }
            return rules.way(from: entry.route.destination.address, by: link, named: name)
        }.sorted { ($0.link, $0.address) < ($1.link, $1.address) }
    }
}

/// The host's rules, looked up as the kernel does for a packet that it forwards to elsewhere (fib_rules_lookup()).
private struct RuleList {
    private let rules: [Rule]
    private var routes: [UInt32: [Node.RouteEntry]] = [:]

    init(_ host: Node.Namespace) {
        rules = host.rules
        routes[Route.mainTable] = host.routes.filter { $0.route.destination.length == 0 }
        for table in host.tables {
            routes[table.number] = table.routes.filter { $0.route.destination.length == 0 }
        }
    }

    func way(from address: IPAddress, by link: UInt32, named name: String) -> Node.Way {
        var way = Node.Way(address: address, link: link)
        guard !rules.isEmpty else {
            way.route = defaultRoute(address.family, Route.mainTable)
            way.table = way.route.map { _ in Route.mainTable }
            return way
        }
        var least: UInt32 = 0
        for rule in rules where rule.family == address.family && rule.priority >= least {
            guard rule.appliesElsewhere(from: address, by: name) else { continue }
            switch rule.action {
            case .lookup:
                // A default route has a prefix of no bits, which every such limit passes over.
                if let route = defaultRoute(address.family, rule.table), rule.suppressedPrefixLength == nil {
                    way.rule = rule
                    if !route.route.leadsNowhere { (way.table, way.route) = (rule.table, route) }
                    return way
                }
                if rule.source != nil || rule.input != nil { way.emptyTables.append(rule.table) }
            case .goto: least = rule.target ?? 0
            case .nop: continue
            default:
                way.rule = rule
                return way
            }
        }
        return way
    }

    /// The default route of the lowest metric.
    private func defaultRoute(_ family: IPAddress.Family, _ table: UInt32) -> Node.RouteEntry? {
        routes[table]?.filter { $0.route.destination.family == family }.min {
            $0.route.priority ?? 0 < $1.route.priority ?? 0
        }
    }
}

extension Rule {
    /// Whether it is for an unmarked packet of any protocol from an address, that comes in by a link, and whose
    /// destination no rule names.
    fileprivate func appliesElsewhere(from address: IPAddress, by link: String) -> Bool {
        let isFor =
            (source?.contains(address) ?? true) && destination?.length ?? 0 == 0 && (input ?? link) == link
            && output == nil && (fwmark ?? 0) & (fwmask ?? .max) == 0 && typeOfService == 0
            && ipProtocol == nil && sourcePorts == nil && destinationPorts == nil && users == nil
            && !looksUpDomain
        return isFor != isInverted
    }
}
