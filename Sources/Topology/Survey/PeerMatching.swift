// SPDX-License-Identifier: Apache-2.0

internal import Netlink

/// Finds the links that are pairs, or that rest on others, across namespaces.
///
/// A link tells its peer's number and the number that its own namespace has for the peer's, which means nothing in
/// any other: each namespace has to be asked for the numbers that it has for the others.
struct PeerMatching {
    private let namespaces: [Node.Namespace]
    private let positions: [[UInt32: Int]]
    private var connections: Set<Node.Connection> = []
    private var matched: Set<Node.Connection.End> = []

    static func connections(of open: [ReadNamespace], _ notes: inout [String]) -> [Node.Connection] {
        var matching = PeerMatching(open.map(\.content))
        for (position, namespace) in open.enumerated() {
            var numbers: [Int32: Int] = [:]
            // The host is asked first, after which most containers have nothing left to ask for.
            if matching.needsNumbers(position) {
                do throws(NetlinkError) {
                    numbers = try namespace.numbers(of: open)
                } catch {
                    notes.append("namespace \(namespace.content.name): \(error)")
                }
            }
            matching.match(position, numbers)
        }
        return matching.sorted
    }

    init(_ namespaces: [Node.Namespace]) {
        self.namespaces = namespaces
        positions = namespaces.map { namespace in
            Dictionary(namespace.links.enumerated().map { ($1.index, $0) }) { first, _ in first }
        }
    }

    private func needsNumbers(_ position: Int) -> Bool {
        namespaces[position].links.contains { link in
            link.peerNamespace != nil
                && !matched.contains(Node.Connection.End(namespace: position, link: link.index))
        }
    }

    /// Matches the links of a namespace, which knows others by `numbers`.
    mutating func match(_ position: Int, _ numbers: [Int32: Int]) {
        for link in namespaces[position].links {
            let end = Node.Connection.End(namespace: position, link: link.index)
            guard let index = link.peer, !matched.contains(end),
                let other = link.peerNamespace.map({ numbers[$0] }) ?? position,
                let peer = positions[other][index].map({ namespaces[other].links[$0] })
            else { continue }
            let otherEnd = Node.Connection.End(namespace: other, link: index)
            guard link.isVeth else {
                connections.insert(Node.Connection(.lower, otherEnd, end))
                continue
            }
            // A number may have been given to another link meanwhile.
            guard peer.isVeth, peer.peer == link.index,
                (peer.peerNamespace == nil) == (link.peerNamespace == nil)
            else { continue }
            matched.formUnion([end, otherEnd])
            connections.insert(
                (other, index) < (position, link.index)
                    ? Node.Connection(.veth, otherEnd, end) : Node.Connection(.veth, end, otherEnd))
        }
    }

    /// What was matched, in the order of the first ends.
    var sorted: [Node.Connection] {
        connections.sorted { one, other in
            let ends = [one.first, one.second, other.first, other.second]
            let keys = ends.map { ($0.namespace, $0.link) }
            return keys[0] == keys[2] ? keys[1] < keys[3] : keys[0] < keys[2]
        }
    }
}
