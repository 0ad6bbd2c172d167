// SPDX-License-Identifier: Apache-2.0

import Addressing
import Netlink
import Testing

@testable import NetworkState

/// Links that join a routing domain, and routes that leave the main table for an attachment's time.
struct DomainTests {
    private func route(_ text: String, table: UInt32 = Route.mainTable) throws -> Route {
        var route = Route(try #require(IPPrefix(text)))
        route.table = table
        return route
    }

    private func found(master: String? = nil) throws -> ObservedState {
        var found = ObservedState()
        var link = LinkState("net1", .veth(Veth()), LinkAttributes(isUp: true))
        link.master = master
        found.insert(.link(link), in: .container)
        for text in ["10.8.0.2/24", "2001:db8:8::2/64", "fe80::1/64"] {
            let address = InterfaceAddress(try #require(IPPrefix(text)))
            found.insert(.address(address, link: "net1"), in: .container)
        }
        found.insert(.route(try route("198.51.100.0/24"), link: "net1"), in: .container)
        return found
    }

    private func state() throws -> NetworkState {
        var state = NetworkState(owner: "net/a/net1")
        state.add(link: LinkState("blue", .vrf(VRF(table: 5))), in: .container, for: .network)
        var link = LinkState("net1")
        link.master = "blue"
        state.add(.link(link), in: .container)
        state.exclude(.route(try route("198.51.100.0/24"), link: "net1"), in: .container, for: .attachment)
        state.add(routes: [try route("198.51.100.0/24", table: 5)], through: "net1", in: .container)
        return state
    }

    @Test func `what the kernel would lose is taken off before and put back afterwards`() throws {
        let changes = try state().changes(from: found())
        #expect(
            changes.map(\.description) == [
                "container: remove route 198.51.100.0/24 dev net1",
                "container: remove address 2001:db8:8::2/64 dev net1",
                "container: create link blue type vrf", "container: set link net1 master blue",
                "container: create address 2001:db8:8::2/64 dev net1",
                "container: create route 198.51.100.0/24 table 5 dev net1",
            ])
    }

    @Test func `the record has the way back, but for the domain, which may be others', too`() throws {
        let state = try state()
        let lines = state.recorded(state.changes(from: try found())).compactMap { RecordText.line($0) }
        #expect(
            lines.compactMap { RecordText.step($0)?.description } == [
                "container: remove route 198.51.100.0/24 table 5 dev net1",
                "container: remove address 2001:db8:8::2/64 dev net1", "container: set link net1 nomaster",
                "container: create address 2001:db8:8::2/64 dev net1",
                "container: create route 198.51.100.0/24 dev net1",
            ])
    }

    @Test func `a link that is in the domain, or joins a bridge, keeps its addresses as they are`() throws {
        var found = try found(master: "blue")
        found.insert(.link(LinkState("blue", .vrf(VRF(table: 5)))), in: .container)
        #expect(try !state().changes(from: found).contains { $0.description.contains("address") })
        var joining = NetworkState(owner: "net/a/net1")
        joining.add(link: LinkState("br0", .bridge(Netlink.Bridge())), in: .container, for: .network)
        var link = LinkState("net1")
        link.master = "br0"
        joining.add(.link(link), in: .container)
        #expect(try !joining.changes(from: self.found()).contains { $0.description.contains("address") })
    }

    @Test func `what others' rules of a sweep take away does not come back`() throws {
        var state = NetworkState(owner: "net/a/net1")
        state.sweep(.addresses(link: "net1"), in: .container)
        let changes = state.changes(from: try found())
        #expect(!changes.isEmpty)
        #expect(state.recorded(changes).isEmpty)
    }

    @Test(arguments: [17, 22, 100, 101, 113])
    func `a route that a living container has no room for any more keeps no DEL from its end`(
        errno: CInt
    ) throws {
        let error = StateError(.netlink(NetlinkError(operation: "route add", errno: errno)))
        let step = Change(.create(.route(try route("198.51.100.0/24"), link: "net1")), in: .container)
        #expect(step.isRefusedGift(error))
        #expect(!Change(step.action, in: .host).isRefusedGift(error))
        #expect(!Change(.remove(.link(LinkState("net1"))), in: .container).isRefusedGift(error))
    }
}
