// SPDX-License-Identifier: Apache-2.0

import Netlink
import Testing

@testable import Topology

@Suite("Matching of peers")
struct PeerMatchingTests {
    private func link(_ index: UInt32, peer: UInt32?, in number: Int32? = nil, _ kind: LinkKind? = nil)
        -> Node.Link
    {
        var link = Node.Link(index, "l\(index)", kind ?? .veth(Veth()))
        link.peer = peer
        link.peerNamespace = number
        return link
    }

    private func namespaces(_ links: [Node.Link]...) -> [Node.Namespace] {
        links.map { Node.Namespace("x", origin: .host, links: $0) }
    }

    private func end(_ namespace: Int, _ link: UInt32) -> Node.Connection.End {
        Node.Connection.End(namespace: namespace, link: link)
    }

    @Test func `a cable's ends name each other`() {
        var matching = PeerMatching(namespaces([link(5, peer: 2, in: 7)], [link(2, peer: 5, in: 0)]))
        matching.match(0, [7: 1])
        matching.match(1, [0: 0])
        #expect(matching.sorted == [Node.Connection(.veth, end(0, 5), end(1, 2))])
    }

    @Test func `a number that was given to another link meanwhile matches nothing`() {
        var matching = PeerMatching(namespaces([link(5, peer: 2, in: 7)], [link(2, peer: 6, in: 0)]))
        matching.match(0, [7: 1])
        #expect(matching.sorted == [])
    }

    @Test func `a number that means no known namespace matches nothing`() {
        var matching = PeerMatching(namespaces([link(5, peer: 6, in: 7), link(6, peer: 5)]))
        matching.match(0, [:])
        #expect(matching.sorted == [])
    }

    @Test func `what rests on a link comes second`() {
        let lower = link(9, peer: nil, .other("bond"))
        let upper = link(3, peer: 9, in: 1, .other("macvlan"))
        var matching = PeerMatching(namespaces([lower, link(10, peer: 9, .other("vlan"))], [upper]))
        matching.match(0, [:])
        matching.match(1, [1: 0])
        #expect(
            matching.sorted == [
                Node.Connection(.lower, end(0, 9), end(0, 10)), Node.Connection(.lower, end(0, 9), end(1, 3)),
            ])
    }
}
