// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

/// Turns a node into an outline, remembering which links were named already.
struct OutlineBuilder {
    let node: Node
    /// The cables, both ways.
    let cables: [Node.Connection.End: Node.Connection.End]
    /// What links rest on.
    let lowers: [Node.Connection.End: Node.Connection.End]
    let masqueraded: Set<IPAddress>
    /// By which way packets leave that come in by a link of the host's.
    let ways: [UInt32: [Node.Way]]
    /// The published ports that no card has yet, of attachments that links are marked as.
    private var portsByMark: [AttachmentMark: [Node.PublishedPort]]
    /// The others, by the container's address.
    private var portsByAddress: [IPAddress: [Node.PublishedPort]]
    /// The masqueraded addresses that a bridge's facts count.
    var counted: Set<IPAddress> = []
    private var named: Set<Node.Connection.End> = []
    /// The namespaces that have a card.
    var shown: Set<Int> = []

    init(_ node: Node) {
        self.node = node
        var cables: [Node.Connection.End: Node.Connection.End] = [:]
        var lowers: [Node.Connection.End: Node.Connection.End] = [:]
        for connection in node.connections {
            switch connection.kind {
            case .veth:
                cables[connection.first] = connection.second
                cables[connection.second] = connection.first
            case .lower: lowers[connection.second] = connection.first
            }
        }
        self.cables = cables
        self.lowers = lowers
        masqueraded = Set(node.masquerades.map(\.address))
        ways = Dictionary(grouping: node.ways, by: \.link)
        let marks = Set(node.namespaces.flatMap(\.links).compactMap(\.attachment))
        let isMarked = Dictionary(grouping: node.publishedPorts) {
            $0.attachment.map { marks.contains($0) } ?? false
        }
        portsByMark = [:]
        for port in isMarked[true] ?? [] {
            if let mark = port.attachment { portsByMark[mark, default: []].append(port) }
        }
        portsByAddress = Dictionary(grouping: isMarked[false] ?? [], by: \.address)
    }

    /// The published ports of an attachment to a namespace, by their owner, or by the address if no link is marked as the owner's.
    mutating func ports(of marks: [AttachmentMark], in namespace: Node.Namespace) -> PortLines {
        var ports = marks.flatMap { portsByMark.removeValue(forKey: $0) ?? [] }
        for address in namespace.links.flatMap(\.addresses).map(\.prefix.address) {
            ports += portsByAddress.removeValue(forKey: address) ?? []
        }
        return PortLines(ports)
    }

    /// The links of a namespace that a picture shows.
    func links(_ namespace: Int) -> [(end: Node.Connection.End, link: Node.Link)] {
        guard node.namespaces.indices.contains(namespace) else { return [] }
        return node.namespaces[namespace].links.filter { !$0.isIdleLoopback }.map {
            (Node.Connection.End(namespace: namespace, link: $0.index), $0)
        }
    }

    /// Remembers that a link is named; returns it only the first time.
    mutating func claim(_ end: Node.Connection.End) -> Node.Connection.End? {
        named.insert(end).inserted ? end : nil
    }

    func isNamed(_ end: Node.Connection.End) -> Bool { named.contains(end) }
}

extension Card {
    /// Links first, then containers, by their names.
    static func areInOrder(_ one: Card, _ other: Card) -> Bool {
        func rank(_ card: Card) -> Int { card.style == .tunnel || card.style == .link ? 0 : 1 }
        return rank(one) == rank(other) ? one.key.isNaturallyBefore(other.key) : rank(one) < rank(other)
    }
}

extension Node.Link {
    /// The addresses without the link-local ones, which every IPv6 interface has by itself.
    var shownAddresses: [IPPrefix] {
        addresses.map(\.prefix).filter { !($0.family == .v6 && $0.address.isLinkLocal) }
    }
}
