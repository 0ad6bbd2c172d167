// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

/// A machine's network, as its kernel had it: namespaces, the links in them, and which links are connected.
///
/// A plain value. ``Survey`` reads one; ``terminalPicture(_:)`` and ``svg(_:)`` draw it.
public struct Node: Hashable, Sendable {
    /// The machine's name.
    public var name: String
    /// The namespaces; the first is the host's, the one that the survey was made from.
    public var namespaces: [Namespace]
    /// The links that are connected to links in other namespaces, or rest on them, each pair once.
    public var connections: [Connection]
    /// The addresses that leave the machine under its own.
    public var masquerades: [Masquerade]
    /// The ports of the machine that lead to containers.
    public var publishedPorts: [PublishedPort] = []
    /// What the survey could not see, in words for people.
    public var notes: [String]

    /// Creates a node.
    public init(
        name: String, namespaces: [Namespace] = [], connections: [Connection] = [],
        masquerades: [Masquerade] = [], notes: [String] = []
    ) {
        self.name = name
        self.namespaces = namespaces
        self.connections = connections
        self.masquerades = masquerades
        self.notes = notes
    }

    /// The namespace that the survey was made from.
    public var host: Namespace? { namespaces.first }

    /// The link at one end of a connection.
    public func link(at end: Connection.End) -> Link? {
        guard namespaces.indices.contains(end.namespace) else { return nil }
        return namespaces[end.namespace].link(end.link)
    }

    /// The masquerades whose address no namespace has.
    ///
    /// They are left over, or their container is one that the survey did not find.
    public var masqueradesWithoutAddress: [Masquerade] {
        let addresses = addresses
        return masquerades.filter { !addresses.contains($0.address) }
    }
}

/// Nodes that are drawn or described together.
public struct Cluster: Hashable, Sendable {
    /// The nodes.
    public var nodes: [Node]

    /// Creates a cluster.
    public init(_ nodes: [Node]) { self.nodes = nodes }
}
