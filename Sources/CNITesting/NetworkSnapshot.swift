// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import LinuxCore
internal import Namespaces
internal import Netlink

/// What is in a network namespace, in words that are equal if and only if nothing has changed.
///
/// Left out is what the kernel does by itself: link-local addresses and routes, learned neighbours, and the MAC
/// address that a bridge takes from its ports.
enum NetworkSnapshot {
    /// The links, addresses, routes, rules, permanent neighbours, ports' VLANs, settings and rulesets, one a line.
    static func text(of namespace: borrowing NetworkNamespace) throws -> String {
        let routing = try RoutingSocket(in: namespace)
        var lines: [String] = []
        let links = try routing.links()
        let names = Dictionary(links.map { ($0.index, $0.name) }) { $1 }
        for link in links.sorted(by: { $0.name < $1.name }) {
            lines.append(describe(link, names))
            lines += try objects(on: link, routing)
        }
        for family in [IPAddress.Family.v4, .v6] {
            lines += try routing.rules(family).map { "rule \(family) \($0.text) protocol \($0.protocol)" }
        }
        lines += try namespace.run { () throws(NamespaceError) in SettingsSnapshot.lines() }
        lines += try rulesets(NFTablesSocket(in: namespace))
        return lines.joined(separator: "\n")
    }

    private static func describe(_ link: Link, _ names: [UInt32: String]) -> String {
        var words = ["link", link.name]
        let attributes = link.attributes
        if let kind = link.kind { words.append("type \(kind.name)") }
        if let mac = attributes.mac, link.kind?.name != "bridge" { words.append("address \(mac)") }
        if let mtu = attributes.mtu { words.append("mtu \(mtu)") }
        words.append(attributes.isUp == true ? "up" : "down")
        if attributes.isPromiscuous == true { words.append("promisc") }
        if let alias = attributes.alias { words.append("alias \(alias)") }
        if let master = link.master { words.append("master \(names[master] ?? "?")") }
        if let port = link.port {
            words.append("hairpin \(port.hairpin ?? false) isolated \(port.isolated ?? false)")
        }
        return words.joined(separator: " ")
    }

    private static func objects(on link: Link, _ routing: RoutingSocket) throws -> [String] {
        let linkLocal = [IPPrefix("fe80::/10"), IPPrefix("ff00::/8")].compactMap { $0 }
        func isOwn(_ prefix: IPPrefix) -> Bool { !linkLocal.contains { $0.contains(prefix) } }
        var lines = try routing.addresses(on: link.index).map(\.address.prefix).filter(isOwn).map {
            "  address \($0)"
        }
        for family in [IPAddress.Family.v4, .v6] {
            lines += try routing.routes(family, through: link.index).map(\.route)
                .filter { $0.table != Route.localTable && isOwn($0.destination) }.map { "  route \($0.text)" }
        }
        lines += try routing.neighbours(on: link.index).map(\.entry)
            .filter { $0.state.contains(.permanent) }
            .map { "  neighbour \($0.address) lladdr \($0.mac?.description ?? "none")" }
        // What a bridge has learned, and the entries of its own addresses, are the kernel's.
        lines += try routing.forwarding(on: link.index).map(\.entry)
            .filter { $0.state.contains(.permanent) && $0.isSelf && !$0.mac.isMulticast }
            .map { "  fdb \($0.mac)\($0.destination.map { " dst \($0)" } ?? "")" }
        if link.port != nil {
            lines += try routing.vlans(on: link.index).map { vlan in
                "  vlan \(vlan.id)\(vlan.isNative ? " pvid" : "")\(vlan.isUntagged ? " untagged" : "")"
            }
        }
        lines += try routing.qdiscs(on: link.index).map { "  qdisc \($0.qdisc.parent) \($0.qdisc.kind)" }
        return lines.sorted()
    }

    private static func rulesets(_ firewall: NFTablesSocket) throws -> [String] {
        var lines: [String] = []
        for table in try firewall.tables() {
            lines.append("table \(table.name)")
            for chain in try firewall.chains(in: table.name) {
                let rules = try firewall.rules(in: table.name, chain: chain.name)
                lines.append("chain \(chain) \(chain.base.map { "\($0)" } ?? "")")
                for (number, rule) in rules.enumerated() {
                    lines.append("chain \(chain) rule \(number): \(rule.rule.expressions)")
                }
            }
            for set in try firewall.sets(in: table.name) {
                lines.append("set \(set)")
                lines += (try firewall.elements(of: set) ?? []).map {
                    "element \(set) { \($0) } of \($0.comment ?? "nobody")"
                }
            }
        }
        return lines.sorted()
    }
}
