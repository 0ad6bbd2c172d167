// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import Netlink

/// Random objects of rtnetlink that a kernel takes.
struct RandomObjects {
    private var random: Seeded

    init(_ stream: Int) { random = Seeded(stream) }

    private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

    private mutating func chance(_ count: Int = 3) -> Bool { below(count) == 0 }

    private mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    private mutating func number(_ range: ClosedRange<UInt32>) -> UInt32 {
        UInt32.random(in: range, using: &random)
    }

    private mutating func family() -> IPAddress.Family { chance(2) ? .v4 : .v6 }

    /// A network below 10.64.0.0/10 or fd00:64::/32.
    private mutating func network(_ family: IPAddress.Family) -> IPPrefix {
        let bits =
            family == .v4
            ? UInt128(0x0a40_0000 | number(0...0x003f_ffff))
            : UInt128(0xfd00_0064) << 96 | UInt128(random.next())
        let length = family == .v4 ? 11 + below(22) : 33 + below(96)
        return (IPPrefix(IPAddress(family, bits: bits), length: length) ?? .everything(family)).network
    }

    private mutating func ports() -> ClosedRange<UInt16> {
        let first = UInt16(number(1...60_000))
        return first...(chance(2) ? first : first + UInt16(number(0...5_000)))
    }

    mutating func rule(_ priority: UInt32) -> Rule {
        var rule = Rule(family(), priority: priority, table: pick([254, 1000, 70_000]))
        if chance(5) { rule.isInverted = true }
        if chance() { rule.source = network(rule.family) }
        if chance() { rule.destination = network(rule.family) }
        if chance() { rule.input = pick(["lo", "eth0", "nowhere"]) }
        if chance() { rule.output = pick(["lo", "eth0", "nowhere"]) }
        if chance() {
            rule.fwmark = number(0...(.max))
            if chance(2) { rule.fwmask = number(1...(.max)) }
        }
        if chance(4) { rule.typeOfService = pick([0x04, 0x08, 0x10]) }
        if chance() {
            rule.ipProtocol = pick([6, 17])
            if chance(2) { rule.sourcePorts = ports() }
            if chance(2) { rule.destinationPorts = ports() }
        }
        if chance() {
            let first = number(0...5_000)
            rule.users = first...(first + number(0...100))
        }
        if chance() { rule.suppressedPrefixLength = number(0...32) }
        rule.protocol = RoutingProtocol(rawValue: pick([3, 4, 77, 0]))
        switch below(8) {
        case 0:
            rule.action = .goto
            rule.target = priority + 1 + number(0...100)
            rule.table = 0
        case 1:
            rule.action = pick([.blackhole, .unreachable, .prohibit, .nop])
            rule.table = 0
        default: break
        }
        return rule
    }

    /// A route, and the link it is through.
    mutating func route(through a: UInt32, _ b: UInt32) -> (Route, UInt32?) {
        let family = family()
        var route = Route(network(family))
        route.table = pick([1000, 70_000])
        route.protocol = RoutingProtocol(rawValue: pick([3, 4, 88]))
        if chance(2) { route.priority = number(1...5_000) }
        if family == .v4, chance(4) { route.typeOfService = pick([0x04, 0x08, 0x10]) }
        if chance() { route.mtu = number(1_280...1_500) }
        if chance() { route.advmss = number(536...1_400) }
        // RTAX_INITCWND, RTAX_QUICKACK.
        if chance() { route.otherMetrics.append(11, [UInt8(below(50) + 1), 0, 0, 0]) }
        if chance(5) { route.otherMetrics.append(15, [1, 0, 0, 0]) }
        if family == .v6, chance(4) { route.preference = pick([1, 3]) }
        // An IPv4 route that throws packets away has no link, and no metrics of one.
        if family == .v4, chance(6) {
            route.type = pick([.blackhole, .unreachable, .prohibit, .throw])
            (route.mtu, route.advmss, route.otherMetrics) = (nil, nil, RawAttributes())
            return (route, nil)
        }
        if chance() { route.source = IPAddress(family == .v4 ? "10.200.0.1" : "fd00:200::1") }
        func gateway(_ last: Int) -> IPAddress? {
            IPAddress(family == .v4 ? "10.200.0.\(last)" : "fd00:200::\(last)")
        }
        switch below(4) {
        case 0:
            // A way of its own, and no gateway.
            return (route, chance(2) ? a : b)
        case 1:
            route.nexthops = (2..<(4 + below(3))).map { Route.Nexthop(a, via: gateway($0)) }
            if family == .v4 {
                for index in route.nexthops.indices { route.nexthops[index].weight = UInt16(number(1...256)) }
            }
            return (route, nil)
        case 2:
            route.gateway = family == .v4 ? IPAddress("fd00:200::7") : gateway(7)
            return (route, a)
        default:
            route.gateway = IPAddress(family == .v4 ? "192.0.2.1" : "fd00:77::1")
            route.isOnLink = true
            return (route, a)
        }
    }

    mutating func address() -> InterfaceAddress {
        let family = family()
        let network = network(family)
        let host = IPAddress(family, bits: network.first.bits | UInt128(number(1...200)))
        var address = InterfaceAddress(IPPrefix(host, length: network.length) ?? network)
        address.skipsDAD = family == .v6
        if chance() { address.skipsPrefixRoute = true }
        if chance() { address.metric = number(1...1_000) }
        if chance() { address.protocol = RoutingProtocol(rawValue: pick([1, 2, 99])) }
        if family == .v4 {
            if chance() { address.scope = pick([.link, .host]) }
            if chance() { address.label = "a:\(below(99))" }
            if chance(4) { address.broadcast = nil }
            if chance(4) {
                address.peer = IPAddress("172.16.0.\(below(250) + 1)")
                address.broadcast = nil
            }
        } else if chance(4) {
            address.peer = IPAddress("fd00:77::\(below(250) + 1)")
        }
        return address
    }

    mutating func neighbour() -> Neighbour {
        let family = family()
        let last = below(200) + 20
        let address =
            IPAddress(family == .v4 ? "10.200.0.\(last)" : "fd00:200::\(last)") ?? .unspecified(family)
        var entry = Neighbour(address, mac: MACAddress(bits: 0x0200_0000_0000 | UInt64(number(0...(.max)))))
        // NUD_PERMANENT and NUD_NOARP, which do not change by themselves.
        entry.state = pick([.permanent, .noARP])
        if family == .v6, chance() { entry.flags.insert(.router) }
        if chance() { entry.flags.insert(.externallyLearned) }
        if chance() { entry.protocol = RoutingProtocol(rawValue: pick([3, 4, 200])) }
        return entry
    }
}
