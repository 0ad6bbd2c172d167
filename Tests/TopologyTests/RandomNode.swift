// SPDX-License-Identifier: Apache-2.0

import Addressing
import Netlink
import Topology

/// Makes nodes up: of any size, with names that nobody should give.
struct RandomNode<Generator: RandomNumberGenerator> {
    var generator: Generator
    private var node = Node(name: "")
    private var nextIndex: [UInt32] = []

    init(_ generator: Generator) { self.generator = generator }

    mutating func make() -> Node {
        node = Node(name: name())
        nextIndex = []
        addNamespace(.host)
        let bridges = (0..<number(0...3)).map { _ in add(0, .bridge(Netlink.Bridge())) }
        for _ in 0..<number(0...3) { addHostLink(bridges) }
        for _ in 0..<(pick([0, 1, 2, 5, 12, 30, 60]) ?? 0) { addContainer(bridges) }
        for _ in 0..<number(0...2) { connectContainers() }
        if chance(2) { addRules() }
        for _ in 0..<number(0...4) {
            node.masquerades.append(Node.Masquerade(address(), attachment: chance(2) ? mark() : nil))
        }
        for _ in 0..<(pick([0, 0, 1, 4, 40]) ?? 0) { addPublishedPort() }
        for _ in 0..<number(0...2) { node.notes.append(name() + " " + name()) }
        return node
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &generator) }
    private mutating func chance(_ of: Int) -> Bool { number(1...of) == 1 }
    private mutating func pick<Value>(_ values: [Value]) -> Value? { values.randomElement(using: &generator) }

    mutating func name() -> String {
        let plain = "abcdefghijklmnopqrstuvwxyz0123456789-_."
        let hostile = [
            "\u{1b}[31m", "\u{9b}2J", "<script>", "&amp;", "\"'", "]]>", "\u{202e}", "😀", "é", "\u{0}\n",
        ]
        if chance(6) { return (pick(hostile) ?? "") + (pick(hostile) ?? "") }
        if chance(8) { return String(repeating: "0123456789abcdef", count: 4) }
        let length = pick([1, 4, 4, 8, 15, 15, 40]) ?? 4
        return String((0..<length).compactMap { _ in plain.randomElement(using: &generator) })
    }

    private mutating func address() -> IPAddress {
        chance(2)
            ? IPAddress(.v4, bits: UInt128(UInt32.random(in: 0...UInt32.max, using: &generator)))
            : IPAddress(.v6, bits: UInt128.random(in: 0...UInt128.max, using: &generator))
    }

    /// A port that leads to a container, or to nobody.
    private mutating func addPublishedPort() {
        let links = node.namespaces.flatMap(\.links)
        let link = pick(links)
        node.publishedPorts.append(
            Node.PublishedPort(
                pick([6, 17, 132, 255]) ?? 6, of: chance(3) ? address() : nil, UInt16(number(0...65535)),
                to: link?.addresses.first?.prefix.address ?? address(), UInt16(number(0...65535)),
                attachment: chance(2) ? link?.attachment : chance(2) ? mark() : nil))
    }

    private mutating func mark() -> AttachmentMark {
        AttachmentMark(network: name(), container: name(), interface: name())
    }

    private mutating func addNamespace(_ origin: Node.Namespace.Origin) {
        node.namespaces.append(Node.Namespace(name(), origin: origin))
        nextIndex.append(2)
        var loopback = Node.Link(1, "lo")
        if chance(2), let prefix = IPPrefix("127.0.0.1/8") { loopback.addresses = [InterfaceAddress(prefix)] }
        if chance(9) { loopback.addresses.append(InterfaceAddress(IPPrefix(host: address()))) }
        node.namespaces[node.namespaces.count - 1].links = [loopback]
    }

    @discardableResult
    private mutating func add(_ namespace: Int, _ kind: LinkKind?, master: UInt32? = nil) -> UInt32 {
        let index = nextIndex[namespace]
        nextIndex[namespace] += UInt32(number(1...3))
        var link = Node.Link(index, String(name().prefix(15)), kind)
        link.mtu = chance(3) ? nil : pick([1500, 9000])
        link.isUp = !chance(5)
        link.isOperational = !chance(5)
        link.master = master
        link.alias = chance(2) ? mark().description : chance(3) ? name() : nil
        for _ in 0..<number(0...3) {
            let prefix = IPPrefix(address(), length: number(0...32)) ?? IPPrefix(host: address())
            link.addresses.append(InterfaceAddress(prefix))
            if chance(3) { node.masquerades.append(Node.Masquerade(prefix.address)) }
        }
        node.namespaces[namespace].links.append(link)
        if chance(4) {
            let route = Route(.everything(.v4), via: chance(3) ? nil : address())
            node.namespaces[namespace].routes.append(Node.RouteEntry(route, link: index))
        }
        return index
    }

    private mutating func addHostLink(_ bridges: [UInt32]) {
        var tunnel = VXLAN(identifier: 7, port: chance(2) ? 4789 : nil, local: address())
        tunnel.remote = chance(2) ? address() : nil
        let kinds: [LinkKind?] = [
            nil, .vxlan(tunnel), .other(name()), .veth(Veth()), .bridge(Netlink.Bridge()),
        ]
        let index = add(0, pick(kinds) ?? nil, master: chance(2) ? pick(bridges) : chance(2) ? 999 : nil)
        if chance(2) {
            let second = add(0, .veth(Veth()), master: chance(2) ? pick(bridges) : nil)
            let third = add(0, .veth(Veth()), master: chance(2) ? pick(bridges) : nil)
            connect(.veth, 0, second, 0, third)
        }
        if chance(3) { connect(.lower, 0, index, 0, add(0, .other("vlan"))) }
    }

    private mutating func addContainer(_ bridges: [UInt32]) {
        addNamespace(chance(2) ? .named(path: "/run/netns/x") : .process(77, command: name()))
        let position = node.namespaces.count - 1
        for _ in 0..<(pick([0, 1, 1, 1, 2, 3]) ?? 1) {
            let inside = add(position, .veth(Veth()))
            if chance(10) { continue }
            let outside = add(0, .veth(Veth()), master: chance(6) ? nil : pick(bridges))
            if chance(10) { continue }
            connect(.veth, 0, outside, position, inside)
        }
        if chance(5) {
            let bridge = add(position, .bridge(Netlink.Bridge()))
            add(position, .other("macvlan"), master: bridge)
        }
    }

    /// Routes to containers, and rules and tables by which their packets leave.
    private mutating func addRules() {
        let links = node.namespaces[0].links
        for table in 1...UInt32(number(1...4)) {
            var route = Route(.everything(.v4), via: chance(3) ? nil : address())
            route.table = table
            if chance(5) { route.type = .blackhole }
            let entry = Node.RouteEntry(route, link: chance(5) ? nil : pick(links)?.index)
            node.namespaces[0].tables.append(Node.RoutingTable(table, routes: chance(4) ? [] : [entry]))
        }
        for link in links where link.isVeth {
            for _ in 0..<number(0...2) {
                let host = IPPrefix(host: address())
                node.namespaces[0].routes.append(Node.RouteEntry(Route(host), link: link.index))
                var rule = Rule(host.family, priority: UInt32(number(1...9)), table: UInt32(number(1...5)))
                rule.source = chance(4) ? nil : host
                rule.input = chance(4) ? link.name : nil
                rule.action = pick([.lookup, .lookup, .lookup, .goto, .prohibit]) ?? .lookup
                rule.target = UInt32(number(1...9))
                node.namespaces[0].rules.append(rule)
            }
        }
        node.namespaces[0].rules.sort { $0.priority < $1.priority }
    }

    private mutating func connectContainers() {
        guard node.namespaces.count > 2 else { return }
        let one = number(1...node.namespaces.count - 1)
        let other = number(1...node.namespaces.count - 1)
        let (first, second) = (add(one, .veth(Veth())), add(other, .veth(Veth())))
        connect(chance(4) ? .lower : .veth, one, first, other, second)
    }

    private mutating func connect(
        _ kind: Node.Connection.Kind, _ one: Int, _ first: UInt32, _ other: Int, _ second: UInt32
    ) {
        node.connections.append(
            Node.Connection(
                kind, Node.Connection.End(namespace: one, link: first),
                Node.Connection.End(namespace: other, link: second)))
    }
}
