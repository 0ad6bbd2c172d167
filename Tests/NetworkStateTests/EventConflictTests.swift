// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import Netlink
import NetworkState
import Testing

/// What is said of one change has to be what planning would say of everything.
struct EventConflictTests {
    private static let owner = "swift-cni test"

    /// Addresses, neighbours, forwarding entries and routes on two links, some of which are ours as a whole.
    private func state(_ random: inout RandomObjects) -> NetworkState {
        var state = NetworkState(owner: Self.owner)
        for link in random.links { state.add(.link(LinkState(link)), in: .host, for: .host) }
        for object in random.objects(20) where !state.items.contains(where: { $0.object.key == object.key }) {
            if random.chance(85) {
                state.add(object, in: .host, for: .host)
            } else {
                state.exclude(object, in: .host)
            }
        }
        for family in IPAddress.Family.allCases where random.chance(70) {
            state.sweep(.routes(family, protocol: RandomObjects.protocol, table: Route.mainTable), in: .host)
        }
        for link in random.links where random.chance(70) {
            state.sweep(.addresses(link: link), in: .host)
            state.sweep(.neighbours(link: link), in: .host)
            state.sweep(.forwarding(link: link), in: .host)
        }
        return state
    }

    /// A kernel in which everything is as described, and something else is there that the description leaves alone.
    private func satisfied(_ state: NetworkState, _ random: inout RandomObjects) -> [Object.Key: Object] {
        var found: [Object.Key: Object] = [:]
        for item in state.items where item.isPresent { found[item.object.key] = item.object }
        for object in random.objects(10) where found[object.key] == nil {
            var with = found
            with[object.key] = object
            if state.changes(from: observed(with)).isEmpty { found = with }
        }
        return found
    }

    private func observed(_ objects: [Object.Key: Object]) -> ObservedState {
        var state = ObservedState()
        for object in objects.values { state.insert(object, in: .host) }
        return state
    }

    @Test func `an object conflicts with a description if and only if there are steps to do for it`() throws {
        var counts = (conflicts: 0, agreements: 0)
        for stream in 0..<400 {
            var random = RandomObjects(generator: Seeded(stream))
            let state = state(&random)
            let found = satisfied(state, &random)
            try #require(state.changes(from: observed(found)).isEmpty, "TEST_SEED=\(Seeded.seed)")
            for change in random.objects(30) + found.values.map({ random.variant(of: $0) }) {
                var after = found
                let isRemoved = random.chance(30)
                // What goes was there, as it was.
                let object = isRemoved ? found[change.key] ?? change : change
                if case .link = object { continue }
                after[object.key] = isRemoved ? nil : object
                let steps = state.changes(from: observed(after))
                let conflicts = state.conflicts(with: object, isRemoved: isRemoved, in: .host)
                try #require(
                    conflicts == !steps.isEmpty,
                    "TEST_SEED=\(Seeded.seed) \(isRemoved ? "without" : "with") \(object): \(steps)")
                if conflicts { counts.conflicts += 1 } else { counts.agreements += 1 }
            }
        }
        #expect(counts.conflicts > 1000 && counts.agreements > 1000, "\(counts)")
    }

    @Test func `in the other namespace it is another object`() throws {
        let prefix = try #require(IPPrefix("192.0.2.1/24"))
        let address = Object.address(InterfaceAddress(prefix), link: "eth0")
        var state = NetworkState(owner: Self.owner)
        state.add(address, in: .container)
        #expect(state.conflicts(with: address, isRemoved: true, in: .container))
        #expect(!state.conflicts(with: address, isRemoved: true, in: .host))
        #expect(!state.conflicts(with: address, isRemoved: false, in: .container))
    }

    @Test
    func `a device of another MTU or gone is a conflict, one with settings that nobody described is not`() {
        var wanted = LinkState("v1", nil, LinkAttributes(mtu: 1450))
        var state = NetworkState(owner: Self.owner)
        state.add(.link(wanted), in: .host, for: .host)
        func conflicts(isRemoved: Bool = false) -> Bool {
            state.conflicts(with: .link(wanted), isRemoved: isRemoved, in: .host)
        }
        wanted.attributes.isUp = true
        #expect(!conflicts())
        #expect(conflicts(isRemoved: true))
        wanted.attributes.mtu = 1300
        #expect(conflicts())
    }

    @Test func `a route of ours through another link is a conflict, one of others is not`()
        throws
    {
        var route = Route(
            try #require(IPPrefix("10.5.2.0/24")), via: IPAddress("10.5.2.0"))
        route.protocol = RandomObjects.protocol
        var state = NetworkState(owner: Self.owner)
        state.add(.route(route, link: "v1"), in: .host, for: .host)
        state.sweep(.routes(.v4, protocol: RandomObjects.protocol, table: Route.mainTable), in: .host)
        func conflicts(_ route: Route, _ link: String?) -> Bool {
            state.conflicts(with: .route(route, link: link), isRemoved: false, in: .host)
        }
        #expect(!conflicts(route, "v1"))
        #expect(conflicts(route, "eth0"))
        #expect(conflicts(route, nil))
        var other = Route(route.destination)
        #expect(!conflicts(other, "eth0"))
        other.protocol = RandomObjects.protocol
        #expect(conflicts(other, "eth0"))
    }
}

/// Objects of few addresses, so that they meet.
struct RandomObjects {
    static let `protocol` = RoutingProtocol(rawValue: 0x43)

    var generator: Seeded
    let links = ["v1", "v2"]

    mutating func chance(_ percent: Int = 50) -> Bool { number(0...99) < percent }

    private mutating func number(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &generator)
    }

    private mutating func link() -> String { links[number(0...1)] }

    private mutating func address() -> IPAddress {
        IPAddress(chance() ? .v4 : .v6, bits: 0x0a00_0000 + UInt128(number(1...4)))
    }

    private mutating func mac() -> MACAddress { MACAddress(bits: 0x0200_0000_0000 + UInt64(number(1...3))) }

    mutating func objects(_ count: Int) -> [Object] { (0..<count).map { _ in object() } }

    private mutating func object() -> Object {
        switch number(0...3) {
        case 0:
            var address = InterfaceAddress(IPPrefix(host: address()))
            address.scope = chance(80) ? .global : .link
            return .address(address, link: link())
        case 1: return .neighbour(neighbour(address()), link: link())
        case 2: return .forwarding(entry(mac(), chance(80) ? address() : nil), link: link())
        default: return .route(route(to: IPPrefix(host: address())), link: link())
        }
    }

    /// The same thing, perhaps in another state.
    mutating func variant(of object: Object) -> Object {
        switch object {
        case .neighbour(let old, let link): return .neighbour(neighbour(old.address), link: link)
        case .forwarding(let old, let link):
            return .forwarding(entry(old.mac, old.destination), link: link)
        case .route(var route, let link):
            if chance(30) { route.protocol = .static }
            if chance(30) { route.priority = 7 }
            return .route(route, link: chance(80) ? link : self.link())
        default: return object
        }
    }

    private mutating func neighbour(_ address: IPAddress) -> Neighbour {
        Neighbour(address, mac: mac(), state: chance(80) ? .permanent : .stale)
    }

    private mutating func entry(_ mac: MACAddress, _ destination: IPAddress?) -> ForwardingEntry {
        var entry = ForwardingEntry(mac, destination: destination)
        if chance(20) { entry.state = .reachable }
        if chance(10) { entry.isSelf = false }
        return entry
    }

    private mutating func route(to destination: IPPrefix) -> Route {
        let gateway = IPAddress(destination.family, bits: 0x0a00_0000 + UInt128(number(1...2)))
        var route = Route(destination, via: chance(80) ? gateway : nil)
        route.protocol = chance(70) ? Self.protocol : .static
        if chance(20) { route.priority = UInt32(number(1...2000)) }
        return route
    }
}
