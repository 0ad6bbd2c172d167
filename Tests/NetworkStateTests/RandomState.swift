// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import Netlink
import NetworkState

/// Random descriptions, of the shapes that plugins make.
struct RandomState {
    var generator: Seeded

    mutating func chance(_ percent: Int = 50) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }

    private mutating func number(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &generator)
    }

    private mutating func mac() -> MACAddress { MACAddress.random(using: &generator) }

    private mutating func prefix() -> IPPrefix? {
        chance()
            ? IPPrefix("10.\(number(0...3)).0.\(number(1...6))/24")
            : IPPrefix("fd00:\(number(0...3))::\(number(1...6))/64")
    }

    /// A bridge, pairs, and what is on them.
    mutating func state() -> NetworkState {
        var state = NetworkState(owner: "net/container/eth0")
        var bridge = LinkState("br\(number(0...1))", .bridge(Netlink.Bridge()), LinkAttributes(isUp: true))
        if chance() { bridge.attributes.isPromiscuous = chance() }
        if chance(30) {
            let standard: [UInt16?] = [nil, 0, 2]
            bridge.kind = .bridge(
                Netlink.Bridge(vlanFiltering: true, defaultVLAN: standard[number(0...2)]))
        }
        state.add(link: bridge, in: .host, for: .network)
        for index in 0...number(0...2) {
            let mtu: UInt32? = chance() ? UInt32(number(1280...1500)) : nil
            var host = LinkState("veth\(index)", nil, LinkAttributes(mtu: mtu, isUp: true))
            if chance(80) {
                host.master = bridge.name
                var port = BridgePort()
                port.hairpin = chance()
                port.isolated = chance() ? true : nil
                host.port = port
            }
            var container = LinkState("eth\(index)", nil, LinkAttributes(mtu: mtu, mac: mac(), isUp: true))
            if chance() { container.initial.announcesIPv4 = true }
            if chance() { (host.initial.mac, host.initial.transmitQueueLength) = (mac(), 500) }
            state.addVeth(host: host, container: container)
            if host.master != nil, chance(40) { addVLANs(to: &state, port: host.name) }
            addObjects(to: &state, link: container.name)
        }
        if chance(30) { addGatewayPort(to: &state, bridge: bridge.name) }
        if chance() { state.add(settings: [Sysctl("net/ipv4/ip_forward", "1")], in: .host, for: .host) }
        for gateway in [prefix(), prefix()].compactMap({ $0 }) where chance() {
            if state.items.contains(where: { $0.object.key == .address(gateway, bridge.name) }) { continue }
            state.add(addresses: [InterfaceAddress(gateway)], to: bridge.name, in: .host, for: .network)
        }
        return state
    }

    /// A pair of which both ends are on the host.
    private mutating func addGatewayPort(to state: inout NetworkState, bridge: String) {
        var port = LinkState("gwp", .veth(Veth()), LinkAttributes(isUp: true))
        var gateway = LinkState("gw", .veth(Veth()), LinkAttributes(mac: mac(), isUp: true))
        (port.master, port.peer) = (bridge, LinkState.Peer(.host, gateway.name))
        gateway.peer = LinkState.Peer(.host, port.name)
        for link in chance() ? [port, gateway] : [gateway, port] {
            state.add(link: link, in: .host, for: .network)
        }
        addVLANs(to: &state, port: port.name)
    }

    private mutating func addVLANs(to state: inout NetworkState, port: String) {
        let native = UInt16(number(1...3))
        state.add(.vlan(BridgeVLAN(native, isNative: true, isUntagged: true), link: port), in: .host)
        for id in 1...UInt16(3) where id != native && chance() {
            state.add(.vlan(BridgeVLAN(id), link: port), in: .host)
        }
        if chance(70) { state.sweep(.vlans(link: port), in: .host) }
    }

    private mutating func addObjects(to state: inout NetworkState, link: String) {
        func has(_ object: Object) -> Bool {
            state.items.contains { $0.place == .container && $0.object.key == object.key }
        }
        var objects: [Object] = []
        for prefix in [prefix(), prefix()].compactMap({ $0 }) {
            objects.append(.address(InterfaceAddress(prefix), link: link))
            objects.append(
                .route(Route(.everything(prefix.family), via: prefix.address), link: link))
        }
        if let prefix = prefix() {
            objects.append(.neighbour(Neighbour(prefix.address, mac: mac()), link: link))
        }
        objects.append(.forwarding(ForwardingEntry(mac()), link: link))
        objects.append(.sysctl(Sysctl("ipv6", "accept_dad", of: link, chance() ? "1" : "0")))
        objects.append(.feature(LinkFeature(.transmitChecksum, of: link, chance())))
        for object in objects where chance(60) && !has(object) { state.add(object, in: .container) }
    }

    /// A kernel in which some of a description is there, some of it otherwise, and something else, too.
    mutating func observed(before wanted: NetworkState) throws -> ObservedState {
        var kernel = SimulatedKernel(ObservedState())
        let other = state()
        let changes = (chance(70) ? wanted : other).changes(from: kernel.state)
        for change in changes where chance(85) {
            // What depends on a step that was left out is left out.
            try? kernel.perform(change)
        }
        var found = kernel.state
        for case .link(var link) in found.all(in: .host) where chance(30) {
            link.attributes.isUp = chance()
            link.attributes.mtu = UInt32(number(1280...1500))
            found.insert(.link(link), in: .host)
        }
        return found
    }
}
