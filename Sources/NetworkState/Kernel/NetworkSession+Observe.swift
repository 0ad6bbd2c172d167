// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

extension NetworkSession {
    /// Reads what the kernel has, for just the objects that a description names.
    ///
    /// What is on a link that is not there is not asked for.
    public func observe(_ state: NetworkState) throws(StateError) -> ObservedState {
        var found = ObservedState()
        for place in Place.allCases where place == .host || hasContainer {
            let objects = state.items.filter { $0.place == place }.map(\.object)
            if objects.isEmpty { continue }
            try observeLinks(linkNames(in: objects), in: place, into: &found)
            for name in linkNames(in: objects) {
                guard let index = indices[name, in: place] else { continue }
                try observe(objects.filter { $0.link == name }, on: name, index, in: place, into: &found)
            }
            try observeRules(objects, in: place, into: &found)
            try observeSettings(objects, in: place, into: &found)
            try observeFirewall(objects, in: place, into: &found)
        }
        return found
    }

    /// Reads what the kernel has, to change it: until ``apply(_:of:then:)`` nobody removes shared objects, and if
    /// some have to be made nobody else makes them either.
    public func observeForChange(_ state: NetworkState) throws(StateError) -> ObservedState {
        try holdShared()
        let found = try observe(state)
        if !state.hasSharedChanges(from: found) { return found }
        try holdExclusively()
        return try observe(state)
    }

    private func linkNames(in objects: [Object]) -> [String] {
        var names: [String] = []
        func add(_ name: String?) {
            if let name, !names.contains(name) { names.append(name) }
        }
        for object in objects {
            if case .link(let link) = object {
                add(link.name)
                add(link.master)
            } else {
                add(object.link)
            }
        }
        return names
    }

    /// Reads what the kinds of `objects` on one link have.
    private func observe(
        _ objects: [Object], on name: String, _ index: UInt32, in place: Place,
        into found: inout ObservedState
    ) throws(StateError) {
        let socket = try routing(place)
        var kinds: [Int] = []
        func isFirst(_ kind: Int) -> Bool {
            defer { kinds.append(kind) }
            return !kinds.contains(kind)
        }
        for object in objects {
            switch object {
            case .address:
                guard isFirst(0) else { continue }
                for entry in try netlink({ () throws(NetlinkError) in try socket.addresses(on: index) }) {
                    found.insert(.address(entry.address, link: name), in: place)
                }
            case .route(let route, _):
                let family = route.destination.family
                guard isFirst(Int(family.rawValue) << 32 | Int(route.table)) else { continue }
                let routes = try netlink { () throws(NetlinkError) in
                    try socket.routes(family, table: route.table, through: index)
                }
                for entry in routes { found.insert(.route(entry.route, link: name), in: place) }
            case .neighbour:
                guard isFirst(1) else { continue }
                for entry in try netlink({ () throws(NetlinkError) in try socket.neighbours(on: index) }) {
                    found.insert(.neighbour(entry.entry, link: name), in: place)
                }
            case .forwarding:
                guard isFirst(2) else { continue }
                for entry in try netlink({ () throws(NetlinkError) in try socket.forwarding(on: index) }) {
                    found.insert(.forwarding(entry.entry, link: name), in: place)
                }
            case .vlan:
                guard isFirst(3) else { continue }
                for vlan in try netlink({ () throws(NetlinkError) in try socket.vlans(on: index) }) {
                    found.insert(.vlan(vlan, link: name), in: place)
                }
            case .link, .rule, .sysctl, .firewall: continue
            }
        }
    }

    private func observeRules(
        _ objects: [Object], in place: Place, into found: inout ObservedState
    ) throws(StateError) {
        for family in IPAddress.Family.allCases {
            let isAsked = objects.contains {
                if case .rule(let rule) = $0 { rule.family == family } else { false }
            }
            guard isAsked else { continue }
            let socket = try routing(place)
            for rule in try netlink({ () throws(NetlinkError) in try socket.rules(family) }) {
                found.insert(.rule(rule), in: place)
            }
        }
    }

    private func observeSettings(
        _ objects: [Object], in place: Place, into found: inout ObservedState
    ) throws(StateError) {
        let settings = objects.compactMap { object -> Sysctl? in
            guard case .sysctl(let setting) = object,
                setting.link.map({ indices[$0, in: place] != nil }) ?? true
            else { return nil }
            return setting
        }
        if settings.isEmpty { return }
        for setting in try enter(place, { () throws(StateError) in try SysctlFile.read(settings) }) {
            found.insert(.sysctl(setting), in: place)
        }
    }
}
