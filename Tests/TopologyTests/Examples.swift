// SPDX-License-Identifier: Apache-2.0

import Addressing
import Netlink
import Topology

/// Small nodes that are written down.
enum Example {
    struct Malformed: Error {}

    static func prefix(_ text: String) throws -> IPPrefix {
        guard let prefix = IPPrefix(text) else { throw Malformed() }
        return prefix
    }

    static func link(
        _ index: UInt32, _ name: String, _ kind: LinkKind? = .veth(Veth()), _ addresses: String...,
        master: UInt32? = nil,
        alias: String? = nil, mtu: UInt32? = 1500
    ) throws -> Node.Link {
        var link = Node.Link(index, name, kind)
        link.addresses = try addresses.map { InterfaceAddress(try prefix($0)) }
        link.master = master
        link.alias = alias
        link.mtu = mtu
        return link
    }

    static func route(_ destination: String, via gateway: String, _ link: UInt32) throws -> Node.RouteEntry {
        Node.RouteEntry(Route(try prefix(destination), via: IPAddress(gateway)), link: link)
    }

    static func cable(_ host: UInt32, _ namespace: Int, _ link: UInt32 = 2) -> Node.Connection {
        Node.Connection(
            .veth, Node.Connection.End(namespace: 0, link: host),
            Node.Connection.End(namespace: namespace, link: link))
    }

    static let bridge = LinkKind.bridge(Netlink.Bridge())

    static func loopback() throws -> Node.Link {
        try link(1, "lo", nil, "127.0.0.1/8", "::1/128", mtu: 65536)
    }

    /// A host with a bridge and one container on it.
    static func single() throws -> Node {
        var host = Node.Namespace("worker-1", origin: .host)
        host.links = [
            try loopback(),
            try link(2, "eth0", nil, "192.0.2.10/24", "2001:db8::10/64", "fe80::1/64"),
            try link(3, "cni0", bridge, "10.88.0.1/24"),
            try link(4, "veth1a2b3c4d", master: 3, alias: "pods/web/eth0"),
        ]
        host.routes = [
            try route("0.0.0.0/0", via: "192.0.2.1", 2), try route("10.99.0.0/16", via: "192.0.2.7", 2),
        ]
        var web = Node.Namespace("cni-6e1c", origin: .named(path: "/run/netns/cni-6e1c"))
        web.links = [
            try loopback(), try link(2, "eth0", .veth(Veth()), "10.88.0.2/24", "fd00::2/64", "fe80::2/64"),
        ]
        web.routes = [try route("0.0.0.0/0", via: "10.88.0.1", 2)]
        var node = Node(name: "worker-1", namespaces: [host, web], connections: [cable(4, 1)])
        node.masquerades = [
            Node.Masquerade(try prefix("10.88.0.2/32").address, attachment: AttachmentMark("pods/web/eth0"))
        ]
        return node
    }

    /// The same with ports of the host that lead to the container.
    static func publishing(
        _ ports: [(ipProtocol: UInt8, host: String?, hostPort: UInt16, port: UInt16)]
    ) throws -> Node {
        var node = try single()
        let web = try prefix("10.88.0.2/32").address
        node.publishedPorts = ports.map { port in
            Node.PublishedPort(
                port.ipProtocol, of: port.host.flatMap { IPAddress($0) }, port.hostPort, to: web, port.port,
                attachment: AttachmentMark("pods/web/eth0"))
        }
        return node
    }

    /// Containers without a bridge, a tunnel on its own, and a container with two interfaces and a bridge inside.
    static func routed() throws -> Node {
        var host = Node.Namespace("edge", origin: .host)
        var tunnel = VXLAN(identifier: 42, port: 4789, local: IPAddress("192.0.2.10"))
        tunnel.remote = IPAddress("192.0.2.11")
        host.links = [
            try link(3, "p2pblue", .veth(Veth()), "169.254.1.1/32", alias: "pairs/blue/eth0"),
            try link(4, "p2pgreen", alias: "pairs/green/eth0", mtu: 9000),
            try link(5, "vxlan42", .vxlan(tunnel), "10.89.0.0/32", mtu: 1450),
        ]
        host.routes = [try route("10.89.1.0/24", via: "10.89.1.0", 5)]
        var blue = Node.Namespace("blue", origin: .named(path: "/run/netns/blue"))
        blue.links = [
            try link(2, "eth0", .veth(Veth()), "10.77.0.2/32"), try link(3, "mv0", .other("macvlan")),
        ]
        var green = Node.Namespace("sleep (812)", origin: .process(812, command: "sleep"))
        green.links = [
            try link(2, "eth0", .veth(Veth()), "10.77.0.3/32"), try link(3, "br0", bridge, "172.16.0.1/24"),
            try link(4, "tap0", .other("tun"), master: 3),
        ]
        let lower = Node.Connection(
            .lower, Node.Connection.End(namespace: 0, link: 5), Node.Connection.End(namespace: 1, link: 3))
        return Node(
            name: "edge", namespaces: [host, blue, green], connections: [cable(3, 1), cable(4, 2), lower])
    }

    /// Containers on two network cards: a rule for each of the second one's sends their packets by its table.
    static func policyRouted() throws -> Node {
        var host = Node.Namespace("cloud", origin: .host)
        host.links = [
            try link(2, "eth0", nil, "10.0.0.10/24"), try link(3, "eth1", nil, "10.0.1.10/24"),
            try link(4, "eni1", alias: "vpc/one/eth0"), try link(5, "eni2", alias: "vpc/two/eth0"),
            try link(6, "eni3", alias: "vpc/three/eth0"),
        ]
        host.routes = [try route("0.0.0.0/0", via: "10.0.0.1", 2)]
        for (index, address) in [(4, "10.0.0.100"), (5, "10.0.1.100"), (6, "10.0.1.101")]
            as [(UInt32, String)]
        {
            host.routes.append(Node.RouteEntry(Route(try prefix("\(address)/32")), link: index))
        }
        host.tables = [Node.RoutingTable(2, routes: [try route("0.0.0.0/0", via: "10.0.1.1", 3)])]
        host.tables[0].routes[0].route.table = 2
        var marked = Rule(.v4, priority: 1024, table: 254)
        (marked.fwmark, marked.fwmask) = (0x80, 0x80)
        host.rules = [Rule(.v4, priority: 0, table: 255), marked]
        for address in ["10.0.1.100", "10.0.1.101"] {
            var rule = Rule(.v4, priority: 1536, table: 2)
            rule.source = try prefix("\(address)/32")
            host.rules.append(rule)
        }
        host.rules += [Rule(.v4, priority: 32766, table: 254), Rule(.v4, priority: 32767, table: 253)]
        var node = Node(name: "cloud", namespaces: [host])
        for (number, name) in ["one", "two", "three"].enumerated() {
            var inside = Node.Namespace(name, origin: .named(path: "/run/netns/\(name)"))
            let address = ["10.0.0.100/32", "10.0.1.100/32", "10.0.1.101/32"][number]
            inside.links = [try link(2, "eth0", .veth(Veth()), address)]
            inside.routes = [try route("0.0.0.0/0", via: "169.254.1.1", 2)]
            node.namespaces.append(inside)
            node.connections.append(cable(UInt32(number + 4), number + 1))
        }
        var lent = Node.Namespace("four", origin: .named(path: "/run/netns/four"))
        lent.links = [try link(9, "eth0", nil, "10.0.2.10/24", alias: "vpc/four/eth0")]
        lent.routes = [try route("0.0.0.0/0", via: "10.0.2.1", 9)]
        node.namespaces.append(lent)
        return node
    }

    /// A container with two cables to a bridge, and one more cable to another container.
    static func twice() throws -> Node {
        var host = Node.Namespace("two", origin: .host)
        host.links = [
            try link(2, "cni0", bridge), try link(3, "veth0", master: 2, alias: "a/web/eth0"),
            try link(4, "veth1", master: 2, alias: "b/web/net1"),
        ]
        var web = Node.Namespace("web", origin: .named(path: "/run/netns/web"))
        web.links = [try link(2, "eth0"), try link(3, "net1"), try link(4, "net2")]
        var other = Node.Namespace("other", origin: .named(path: "/run/netns/other"))
        other.links = [try link(2, "back")]
        let between = Node.Connection(
            .veth, Node.Connection.End(namespace: 1, link: 4), Node.Connection.End(namespace: 2, link: 2))
        return Node(
            name: "two", namespaces: [host, web, other],
            connections: [cable(3, 1, 2), cable(4, 1, 3), between])
    }

    /// Everything that can be wrong.
    static func broken() throws -> Node {
        var host = Node.Namespace("sick", origin: .host)
        host.links = [
            try link(2, "cni0", bridge), try link(3, "veth0", master: 2, alias: "pods/lost/eth0"),
            try link(4, "veth1", master: 2, alias: "pods/slow/eth0", mtu: 1400),
        ]
        host.links[0].isOperational = false
        host.links[1].isUp = false
        var slow = Node.Namespace("slow", origin: .named(path: "/run/netns/slow"))
        slow.links = [try link(2, "eth0"), try link(3, "net1")]
        slow.links[0].isUp = false
        var node = Node(
            name: "sick",
            namespaces: [host, slow, Node.Namespace("idle", origin: .named(path: "/run/netns/idle"))],
            connections: [cable(4, 1)])
        node.masquerades = [
            Node.Masquerade(try prefix("10.1.0.9/32").address, attachment: AttachmentMark("pods/gone/eth0"))
        ]
        node.notes = ["open /run/netns/secret: Permission denied"]
        return node
    }

    /// A bridge with so many containers, of which every fifth has a second address and the first a long name.
    static func crowd(_ count: Int) throws -> Node {
        var host = Node.Namespace("busy", origin: .host)
        host.links = [try link(2, "cni0", bridge, "10.88.0.1/16")]
        var node = Node(name: "busy", namespaces: [host])
        for number in 1...count {
            let id = number == 1 ? "a-container-with-a-name-that-goes-on" : "pod-\(number)"
            let port = try link(UInt32(number + 2), "veth\(number)", master: 2, alias: "pods/\(id)/eth0")
            node.namespaces[0].links.append(port)
            var inside = Node.Namespace(id, origin: .named(path: "/run/netns/\(id)"))
            inside.links = [
                try link(2, "eth0", .veth(Veth()), "10.88.\(number / 200).\(number % 200 + 2)/16")
            ]
            if number % 5 == 0 {
                inside.links[0].addresses.append(InterfaceAddress(try prefix("fd00::\(number)/64")))
            }
            node.namespaces.append(inside)
            node.connections.append(cable(port.index, number))
        }
        return node
    }
}
