// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Namespaces
internal import Netlink

/// A namespace that was read, with a handle on it to match links with those of others.
struct OpenNamespace {
    private let handle: NamespaceFinder.Handle
    let content: Node.Namespace

    /// Reads what is in a namespace: one dump for each kind of object.
    init(_ handle: NamespaceFinder.Handle, _ namespace: Node.Namespace) throws(NetlinkError) {
        self.handle = handle
        var content = namespace
        let socket = try RoutingSocket(in: handle.namespace)
        content.links = try socket.links().map { Node.Link($0) }.sorted { $0.index < $1.index }
        let positions = Dictionary(content.links.enumerated().map { ($1.index, $0) }) { first, _ in first }
        for (index, address) in try socket.addresses() {
            if let position = positions[index] { content.links[position].addresses.append(address) }
        }
        for family in [IPAddress.Family.v4, .v6] {
            content.routes += try socket.routes(family, table: Route.mainTable).map {
                Node.RouteEntry($0.route, link: $0.index)
            }
        }
        self.content = content
    }

    /// The numbers by which this namespace knows others, with the others' positions.
    func numbers(of others: [OpenNamespace]) throws(NetlinkError) -> [Int32: Int] {
        let numbers = try RoutingSocket(in: handle.namespace).namespaceNumbers(
            of: others.map { $0.handle.namespace.rawDescriptor })
        var positions: [Int32: Int] = [:]
        for (position, number) in numbers.enumerated() {
            if let number { positions[number] = position }
        }
        return positions
    }
}
