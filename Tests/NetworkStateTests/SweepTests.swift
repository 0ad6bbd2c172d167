// SPDX-License-Identifier: Apache-2.0

import Addressing
import Netlink
import NetworkState
import TestSupport
import Testing

/// What is ours and not described goes; links whose kind cannot be changed are made anew.
struct SweepTests {
    private func prefix(_ text: String) throws -> IPPrefix { try #require(IPPrefix(text)) }

    private func route(
        _ text: String, via gateway: String? = nil, protocol number: UInt8, priority: UInt32? = nil
    )
        throws -> Route
    {
        var route = Route(try prefix(text), via: gateway.flatMap { IPAddress($0) })
        route.protocol = RoutingProtocol(rawValue: number)
        route.priority = priority
        return route
    }

    /// The steps from these objects to a description that claims routes of the protocol 67 and what is on `v`.
    private func steps(_ wanted: [Object], from found: [Object]) -> [String] {
        var state = NetworkState(owner: "node")
        for object in wanted { state.add(object, in: .host, for: .host) }
        state.sweep(.routes(.v4, protocol: RoutingProtocol(rawValue: 67), table: Route.mainTable), in: .host)
        state.sweep(.addresses(link: "v"), in: .host)
        state.sweep(.neighbours(link: "v"), in: .host)
        state.sweep(.forwarding(link: "v"), in: .host)
        var observed = ObservedState()
        for object in found { observed.insert(object, in: .host) }
        return state.changes(from: observed).map(\.description)
    }

    @Test func `routes of our protocol number go, through any link, and no others`() throws {
        let found: [Object] = [
            .route(try route("10.1.0.0/24", protocol: 67), link: "v"),
            .route(try route("10.2.0.0/24", protocol: 67), link: "eth0"),
            .route(try route("10.3.0.0/24", protocol: 4), link: "v"),
        ]
        #expect(
            steps([.route(try route("10.1.0.0/24", protocol: 67), link: "v")], from: found)
                == ["host: remove route 10.2.0.0/24 dev eth0"])
    }

    @Test(arguments: [nil, 0, 5] as [UInt32?])
    func `a route of somebody else stays, even in the way of a described one`(priority: UInt32?) throws {
        let ours = Object.route(try route("10.1.0.0/24", via: "10.1.0.0", protocol: 67), link: "v")
        let other = Object.route(
            try route("10.1.0.0/24", via: "192.0.2.1", protocol: 4, priority: priority), link: "eth0")
        #expect(steps([ours], from: [ours, other]) == [])
        let network = Object.route(try route("10.1.0.0/24", protocol: 2, priority: priority), link: "eth0")
        #expect(steps([ours], from: [ours, network]) == [])
    }

    @Test func `a route that should carry our protocol number and does not is changed`() throws {
        let ours = Object.route(try route("10.1.0.0/24", via: "10.1.0.0", protocol: 67), link: "v")
        let found = Object.route(try route("10.1.0.0/24", via: "10.1.0.0", protocol: 3), link: "v")
        #expect(steps([ours], from: [found]).count == 1)
        let plain = Object.route(try route("10.1.0.0/24", via: "10.1.0.0", protocol: 3), link: "v")
        #expect(
            steps([plain], from: [.route(try route("10.1.0.0/24", via: "10.1.0.0", protocol: 4), link: "v")])
                == [])
    }

    @Test func `only permanent entries of our device that lead to a tunnel's end go`() throws {
        let (gateway, end) = (try #require(IPAddress("10.1.0.0")), IPAddress("192.0.2.2"))
        let mac = MACAddress(bits: 0x0242_0000_0001)
        var learned = ForwardingEntry(MACAddress(bits: 0x0242_0000_0002), destination: end)
        learned.state = .reachable
        let staying: [Object] = [
            .forwarding(learned, link: "v"),
            .forwarding(ForwardingEntry(MACAddress(bits: 0), destination: end), link: "v"),
            .forwarding(ForwardingEntry(mac, destination: end), link: "other"),
            .neighbour(Neighbour(gateway, mac: mac), link: "other"),
            .neighbour(Neighbour(try #require(IPAddress("10.1.0.9")), mac: mac, state: .stale), link: "v"),
        ]
        #expect(steps([], from: staying) == [])
        let going: [Object] = [
            .forwarding(ForwardingEntry(mac, destination: end), link: "v"),
            .neighbour(Neighbour(gateway, mac: mac), link: "v"),
            .address(InterfaceAddress(try prefix("10.1.9.0/32")), link: "v"),
        ]
        #expect(steps([], from: staying + going).count == 3)
        #expect(steps(going, from: staying + going) == [])
    }

    /// The steps to a port of `br` that is in VLAN 100 alone, or whose other VLANs do not matter.
    private func portSteps(from found: [Object], isSwept: Bool = true) -> [String] {
        var state = NetworkState(owner: "net/container/eth0")
        var bridge = LinkState("br", .bridge(Netlink.Bridge(vlanFiltering: true)))
        bridge.attributes.isUp = true
        state.add(link: bridge, in: .host, for: .network)
        var port = LinkState("p", .veth(Veth()), LinkAttributes(isUp: true))
        port.master = "br"
        state.add(link: port, in: .host)
        state.add(.vlan(BridgeVLAN(100, isNative: true, isUntagged: true), link: "p"), in: .host)
        if isSwept { state.sweep(.vlans(link: "p"), in: .host) }
        var observed = ObservedState()
        for object in found { observed.insert(object, in: .host) }
        return state.changes(from: observed).map(\.description)
    }

    private func found(master: String?, defaultVLAN: UInt16?, _ vlans: BridgeVLAN...) -> [Object] {
        var settings = Netlink.Bridge(vlanFiltering: true)
        settings.defaultVLAN = defaultVLAN
        var port = LinkState("p", .veth(Veth()), LinkAttributes(isUp: true))
        port.master = master
        return [.link(LinkState("br", .bridge(settings), LinkAttributes(isUp: true))), .link(port)]
            + vlans.map { .vlan($0, link: "p") }
    }

    @Test func `a new port leaves its bridge's default VLAN before it is up`() {
        #expect(
            portSteps(from: []) == [
                "host: create link br type bridge", "host: create link p type veth",
                "host: create vlan 100 dev p",
                "host: remove vlan 1 dev p",
            ])
        #expect(portSteps(from: [], isSwept: false).contains("host: remove vlan 1 dev p") == false)
    }

    @Test(arguments: [(nil, []), (0, []), (7, ["host: remove vlan 7 dev p"])] as [(UInt16?, [String])])
    func `a port that joins is in the default VLAN that its bridge has`(standard: UInt16?, removal: [String])
    {
        let lost = BridgeVLAN(5, isNative: true, isUntagged: true)
        #expect(
            portSteps(from: found(master: nil, defaultVLAN: standard, lost))
                == ["host: set link p master br", "host: create vlan 100 dev p"] + removal)
    }

    @Test
    func
        `VLANs that are not described go from a port that has joined, and its bridge's default one is no exception`()
    {
        let wanted = BridgeVLAN(100, isNative: true, isUntagged: true)
        let foundThere = found(
            master: "br", defaultVLAN: 1, wanted, BridgeVLAN(1, isUntagged: true), BridgeVLAN(20))
        #expect(
            portSteps(from: foundThere) == ["host: remove vlan 1 dev p", "host: remove vlan 20 dev p"])
        #expect(portSteps(from: foundThere, isSwept: false) == [])
        #expect(portSteps(from: found(master: "br", defaultVLAN: 1, wanted)) == [])
    }

    @Test func `a marked link that should not be there goes only if it has the mark`() {
        for (mark, goes) in [("ours", true), ("theirs", false), (nil, false)] as [(String?, Bool)] {
            var wanted = LinkState("v")
            wanted.alias = "ours"
            var state = NetworkState(owner: "node")
            state.exclude(.link(wanted), in: .host)
            var found = LinkState("v", .vxlan(VXLAN(identifier: 1)))
            found.alias = mark
            var observed = ObservedState()
            observed.insert(.link(found), in: .host)
            #expect(state.changes(from: observed).isEmpty == !goes)
        }
    }

    private func tunnel(_ change: (inout VXLAN) -> Void = { _ in }) -> LinkState {
        var settings = VXLAN(identifier: 1, port: 8472, local: IPAddress("192.0.2.1"))
        settings.link = 2
        settings.learning = false
        change(&settings)
        return LinkState("v", .vxlan(settings), LinkAttributes(mtu: 1450, isUp: true))
    }

    @Test func `a tunnel with other ends is made anew with what is on it`() throws {
        let changes: [(inout VXLAN) -> Void] = [
            { $0.identifier = 2 }, { $0.port = 4789 }, { $0.local = IPAddress("192.0.2.9") }, { $0.link = 3 },
        ]
        let address = Object.address(InterfaceAddress(try prefix("10.1.0.0/32")), link: "v")
        for change in changes {
            #expect(
                steps([.link(tunnel()), address], from: [.link(tunnel(change)), address]) == [
                    "host: remove link v type vxlan", "host: create link v type vxlan",
                    "host: create address 10.1.0.0/32 dev v",
                ])
        }
    }

    @Test func `whether a tunnel learns is changed in its place`() {
        #expect(
            steps([.link(tunnel())], from: [.link(tunnel { $0.learning = true })]) == [
                "host: set link v type vxlan nolearning"
            ])
        #expect(steps([.link(tunnel())], from: [.link(tunnel { $0.remote = IPAddress("192.0.2.8") })]) == [])
    }
}
