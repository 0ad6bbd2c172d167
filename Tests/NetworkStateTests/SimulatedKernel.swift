// SPDX-License-Identifier: Apache-2.0

import Netlink
import NetworkState

/// A kernel that does what it is told and refuses what makes no sense.
struct SimulatedKernel {
    private(set) var state: ObservedState

    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    init(_ state: ObservedState) { self.state = state }

    /// Has an object another way, as if somebody had changed it.
    mutating func replace(_ object: Object, in place: Place) { state.insert(object, in: place) }

    /// Does a step as the kernel would.
    mutating func perform(_ change: Change) throws {
        func refuse(_ why: String) throws { throw Refusal(description: "\(change): \(why)") }
        let place = change.place
        switch change.action {
        case .removeRule, .announce, .keep, .move: return
        case .create(.link(let link)):
            if state.link(link.name, in: place) != nil { try refuse("exists") }
            if let master = link.master, state.link(master, in: place) == nil { try refuse("no master") }
            var made = link
            if let peer = link.peer {
                if state.link(peer.name, in: peer.place) != nil { try refuse("peer exists") }
                // Both ends are made down, with the settings that creation takes.
                made.attributes.isUp = false
                var other = LinkState(peer.name, .veth(Veth()))
                other.attributes.isUp = false
                if case .veth(let pair) = link.kind, let attributes = pair.peer?.attributes {
                    (other.attributes.mtu, other.attributes.mac) = (attributes.mtu, attributes.mac)
                }
                other.peer = LinkState.Peer(place, link.name)
                state.insert(.link(other), in: peer.place)
            }
            made.port = nil
            if case .bridge(var settings) = made.kind {
                settings.defaultVLAN = settings.defaultVLAN ?? 1
                made.kind = .bridge(settings)
            }
            state.insert(.link(made), in: place)
            join(made, in: place)
        case .modify(.link(let settings), _):
            guard var link = state.link(settings.name, in: place) else { return try refuse("no such link") }
            if let master = settings.master {
                if !master.isEmpty, state.link(master, in: place) == nil { try refuse("no master") }
                for case .vlan(let vlan, link.name) in state.all(in: place) {
                    forget(.vlan(vlan.id, link.name), in: place)
                }
                link.master = master.isEmpty ? nil : master
                join(link, in: place)
            }
            Self.copy(settings.attributes, to: &link.attributes)
            if let port = settings.port { Self.copy(port, to: &link) }
            if let kind = settings.kind { link.kind = Self.changed(link.kind, by: kind) }
            state.insert(.link(link), in: place)
        case .remove(.link(let link)):
            guard let present = state.link(link.name, in: place) else { return try refuse("no such link") }
            removeLink(present.name, in: place)
            if let peer = present.peer { removeLink(peer.name, in: peer.place) }
        case .create(let object):
            if state[object.key, in: place] != nil { try refuse("exists") }
            try requireLink(of: object, change)
            state.insert(object, in: place)
        case .modify(let object, _):
            if state[object.key, in: place] == nil { try refuse("does not exist") }
            state.insert(object, in: place)
        case .remove(let object):
            if state[object.key, in: place] == nil { try refuse("does not exist") }
            if object.isSetting { return }  // a setting cannot be removed
            forget(object.key, in: place)
        }
    }

    /// What is nil is left as it is.
    private static func changed(_ kind: LinkKind?, by changes: LinkKind) -> LinkKind {
        guard case .bridge(var bridge)? = kind, case .bridge(let changes) = changes else { return changes }
        bridge.vlanFiltering = changes.vlanFiltering ?? bridge.vlanFiltering
        bridge.defaultVLAN = changes.defaultVLAN ?? bridge.defaultVLAN
        bridge.spanningTree = changes.spanningTree ?? bridge.spanningTree
        bridge.ageingTime = changes.ageingTime ?? bridge.ageingTime
        bridge.multicastSnooping = changes.multicastSnooping ?? bridge.multicastSnooping
        return .bridge(bridge)
    }

    /// A bridge puts a port that joins into its default VLAN.
    private mutating func join(_ port: LinkState, in place: Place) {
        guard let master = port.master, case .bridge(let settings) = state.link(master, in: place)?.kind,
            let id = settings.defaultVLAN, id != 0
        else { return }
        state.insert(.vlan(BridgeVLAN(id, isNative: true, isUntagged: true), link: port.name), in: place)
    }

    private func requireLink(of object: Object, _ change: Change) throws {
        guard let name = object.link else { return }
        guard let link = state.link(name, in: change.place) else {
            throw Refusal(description: "\(change): no such link")
        }
        if case .route = object, link.attributes.isUp != true {
            throw Refusal(description: "\(change): network is down")
        }
        if case .vlan = object, link.master == nil {
            throw Refusal(description: "\(change): not a port of a bridge")
        }
    }

    private mutating func forget(_ key: Object.Key, in place: Place) {
        var rest = ObservedState()
        for other in Place.allCases {
            for object in state.all(in: other) where other != place || object.key != key {
                rest.insert(object, in: other)
            }
        }
        state = rest
    }

    private mutating func removeLink(_ name: String, in place: Place) {
        for object in state.all(in: place) where object.link == name {
            forget(object.key, in: place)
        }
        for case .link(var port) in state.all(in: place) where port.master == name {
            port.master = nil
            state.insert(.link(port), in: place)
        }
        forget(.link(name), in: place)
    }

    private static func copy(_ wanted: LinkAttributes, to had: inout LinkAttributes) {
        if let value = wanted.mtu { had.mtu = value }
        if let value = wanted.mac { had.mac = value }
        if let value = wanted.isUp { had.isUp = value }
        if let value = wanted.alias { had.alias = value }
        if let value = wanted.transmitQueueLength { had.transmitQueueLength = value }
        if let value = wanted.isPromiscuous { had.isPromiscuous = value }
        if let value = wanted.ipv6AddressGeneration { had.ipv6AddressGeneration = value }
        if let value = wanted.announcesIPv4 { had.announcesIPv4 = value }
    }

    private static func copy(_ wanted: BridgePort, to link: inout LinkState) {
        var port = link.port ?? BridgePort()
        if let value = wanted.hairpin { port.hairpin = value }
        if let value = wanted.isolated { port.isolated = value }
        if let value = wanted.learning { port.learning = value }
        if let value = wanted.unicastFlood { port.unicastFlood = value }
        link.port = port
    }
}
