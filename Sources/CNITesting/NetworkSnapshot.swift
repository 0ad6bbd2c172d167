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
            lines += try routing.rules(family).map { "rule \(family) \($0.priority) lookup \($0.table)" }
        }
        lines += try settings(links.map(\.name), in: namespace)
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
            lines += try routing.routes(family, table: Route.mainTable, through: link.index).map(\.route)
                .filter { isOwn($0.destination) }.map { "  route \($0.text)" }
        }
        lines += try routing.neighbours(on: link.index).map(\.entry)
            .filter { $0.state & Neighbour.permanent != 0 }.map { "  neighbour \($0.address)" }
        if link.port != nil {
            lines += try routing.vlans(on: link.index).map { vlan in
                "  vlan \(vlan.id)\(vlan.isNative ? " pvid" : "")\(vlan.isUntagged ? " untagged" : "")"
            }
        }
        return lines.sorted()
    }

    private static func settings(
        _ links: [String], in namespace: borrowing NetworkNamespace
    ) throws -> [String] {
        var paths = ["net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"]
        for link in links.sorted() {
            paths += ["disable_ipv6", "keep_addr_on_down", "accept_dad", "ndisc_notify"].map {
                "net/ipv6/conf/\(link)/\($0)"
            }
            paths.append("net/ipv4/conf/\(link)/arp_notify")
        }
        return try namespace.run { () throws(NamespaceError) in
            paths.compactMap { path in
                guard let content = try? File.read("/proc/sys/\(path)") else { return nil }
                return "sysctl \(path)=\(String(decoding: content.prefix { $0 != 10 }, as: UTF8.self))"
            }
        }
    }

    private static func rulesets(_ firewall: NFTablesSocket) throws -> [String] {
        var lines: [String] = []
        for table in try firewall.tables() {
            lines.append("table \(table.name)")
            for chain in try firewall.chains(in: table.name) {
                let rules = try firewall.rules(in: table.name, chain: chain.name)
                lines.append("chain \(chain): \(rules.count) rules")
            }
            for set in try firewall.sets(in: table.name) {
                lines.append("set \(set)")
                lines += (try firewall.elements(of: set) ?? []).map { "element \(set) { \($0) }" }
            }
        }
        return lines.sorted()
    }
}
