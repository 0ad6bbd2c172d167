// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Namespaces
internal import Netlink

/// A namespace that was read, and where to find it again.
struct ReadNamespace {
    /// At most so many namespaces are open at a time.
    private static let handful = 64

    private let path: String
    let content: Node.Namespace

    /// Reads what is in a namespace: one dump for each kind of object; of the host's the rules and all tables, too.
    init(
        _ socket: RoutingSocket, _ description: Node.Namespace, _ path: String
    ) throws(NetlinkError) {
        self.path = path
        var content = description
        content.links = try socket.links().map { Node.Link($0) }.sorted { $0.index < $1.index }
        let positions = Dictionary(content.links.enumerated().map { ($1.index, $0) }) { first, _ in first }
        for (index, address) in try socket.addresses() {
            if let position = positions[index] { content.links[position].addresses.append(address) }
        }
        let isHost = description.origin == .host
        for family in [IPAddress.Family.v4, .v6] {
            let routes = try socket.routes(family, table: isHost ? nil : Route.mainTable)
            content.add(routes.map { Node.RouteEntry($0.route, link: $0.index) })
            if isHost { content.rules += try socket.rules(family) }
        }
        content.tables.sort { $0.number < $1.number }
        self.content = content
    }

    /// The numbers by which this namespace knows others, with the others' positions.
    ///
    /// Others that are gone by now have none.
    func numbers(of others: [ReadNamespace]) throws(NetlinkError) -> [Int32: Int] {
        guard let own = try reopened() else { return [:] }
        let socket = try RoutingSocket(in: own.namespace)
        var positions: [Int32: Int] = [:]
        for start in stride(from: 0, to: others.count, by: Self.handful) {
            var open: [(position: Int, handle: Handle)] = []
            for position in start..<min(start + Self.handful, others.count) {
                if let handle = try others[position].reopened() { open.append((position, handle)) }
            }
            let numbers = try socket.namespaceNumbers(of: open.map { $0.handle.namespace.rawDescriptor })
            for (other, number) in zip(open, numbers) {
                if let number { positions[number] = other.position }
            }
        }
        return positions
    }

    /// An open namespace, in a class because arrays hold nothing that cannot be copied.
    private final class Handle {
        let namespace: NetworkNamespace

        init(_ namespace: consuming NetworkNamespace) { self.namespace = namespace }
    }

    /// The namespace again; nil if it is gone, or another is in its place.
    private func reopened() throws(NetlinkError) -> Handle? {
        do throws(NamespaceError) {
            let namespace = try NetworkNamespace(path: path)
            return try namespace.identity == content.identity ? Handle(namespace) : nil
        } catch {
            if error.meansAbsence { return nil }
            throw NetlinkError(error)
        }
    }
}

extension Node.Namespace {
    /// Puts routes into their tables; those to the machine's own addresses are left out.
    fileprivate mutating func add(_ entries: [Node.RouteEntry]) {
        for entry in entries where entry.route.table != Route.localTable {
            if entry.route.table == Route.mainTable {
                routes.append(entry)
            } else if let position = tables.firstIndex(where: { $0.number == entry.route.table }) {
                tables[position].routes.append(entry)
            } else {
                tables.append(Node.RoutingTable(entry.route.table, routes: [entry]))
            }
        }
    }
}
