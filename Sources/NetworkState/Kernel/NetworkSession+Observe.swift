// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

extension NetworkSession {
    /// Reads what the kernel has, for just the objects that a description names.
    ///
    /// What is on a link that is not there is not asked for.
    ///
    /// - Parameter isInspection: Whether a container's routes are looked for in all tables: later plugins of a chain may
    ///   have moved them.
    public func observe(
        _ state: NetworkState, isInspection: Bool = false
    ) throws(StateError) -> ObservedState {
        var found = ObservedState()
        for place in Place.allCases where place == .host || hasContainer {
            do throws(StateError) {
                try observe(state, in: place, isInspection: isInspection, into: &found)
            } catch {
                throw error.located(in: place)
            }
        }
        return found
    }

    private func observe(
        _ state: NetworkState, in place: Place, isInspection: Bool, into found: inout ObservedState
    ) throws(StateError) {
        let objects = state.items.filter { $0.place == place }.map(\.object)
        let sweeps = state.sweeps.filter { $0.place == place }.map(\.sweep)
        let lent = state.lentLinks(in: place)
        if objects.isEmpty, sweeps.isEmpty, lent.isEmpty { return }
        let names = linkNames(in: objects, sweeps) + lent
        try observeLinks(names, in: place, into: &found)
        for name in names {
            guard let index = indices[name, in: place] else { continue }
            let tables = Table.all(of: objects, sweeps, on: name, inAllTables: isInspection)
            for table in tables { try observe(table, of: name, index, in: place, into: &found) }
        }
        try observeRoutes(sweeps, of: names, in: place, into: &found)
        let known =
            takesRulesForNew
            ? state.items.filter { $0.place == place && $0.lifetime != .attachment }.map(\.object)
            : objects
        try observeRules(known, sweeps, in: place, into: &found)
        try observeSettings(objects, in: place, into: &found)
        try observeFirewall(objects, in: place, into: &found)
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

    /// Refuses what is taken by others, with the words whose it is.
    ///
    /// - Parameters:
    ///   - isBegun: Whether the attachment's own links have been made before: they are in nobody's way.
    ///   - isRepeated: Whether links that have the attachment's mark are in nobody's way.
    public func refuseConflicts(
        of state: NetworkState, with found: ObservedState, isBegun: Bool, isRepeated: Bool = false
    ) throws(StateError) {
        for conflict in state.conflicts(with: found, isBegun: isBegun, isRepeated: isRepeated) {
            if let owners = conflict.elementOwners, try !isAlive(anyOf: owners) { continue }
            throw StateError(.taken(conflict.text))
        }
        try refuseLastWayOut(of: state, with: found)
        for item in state.items {
            guard let refusal = item.refusal, found[item.object.key, in: item.place] != nil,
                try hasPorts(refusal.link, in: item.place, besidesThoseOf: state.owner)
            else { continue }
            throw StateError(.taken(refusal.text), others: [refusal.remedy])
        }
        for refusal in state.refusals where try hasPorts(refusal.link, ofOthersThan: state.owner) {
            throw StateError(.taken(refusal.text), others: [refusal.remedy])
        }
    }

    /// Whether a bridge on the host has ports that do not say that they are of an attachment's network.
    private func hasPorts(_ link: String, ofOthersThan owner: String) throws(StateError) -> Bool {
        let network = owner.prefix { $0 != "/" } + "/"
        let index = try index(of: link, in: .host)
        let socket = try routing(.host)
        return try netlink { () throws(NetlinkError) in try socket.links() }
            .contains { $0.master == index && !($0.attributes.alias ?? "").hasPrefix(network) }
    }

    /// Whether others use a bridge; an attachment that asks for addresses when its interface is there has its own port.
    private func hasPorts(
        _ link: String, in place: Place, besidesThoseOf owner: String
    ) throws(StateError) -> Bool {
        let socket = try openRouting(place)
        let index = try index(of: link, in: place)
        return try netlink { () throws(NetlinkError) in try socket.somePorts(of: index) }
            .contains { $0.attributes.alias != owner }
    }

    /// Whether there is a link of one of these owners on the host: an attachment without may have died without a DEL.
    private func isAlive(anyOf owners: [String]) throws(StateError) -> Bool {
        let socket = try routing(.host)
        return try netlink { () throws(NetlinkError) in try socket.links() }
            .contains { link in link.attributes.alias.map(owners.contains) ?? false }
    }

    private func linkNames(in objects: [Object], _ sweeps: [Sweep]) -> [String] {
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
        for sweep in sweeps { add(sweep.link) }
        return names
    }

    /// Reads a table of a link.
    private func observe(
        _ table: Table, of name: String, _ index: UInt32, in place: Place, into found: inout ObservedState
    ) throws(StateError) {
        let socket = try routing(place)
        switch table {
        case .addresses:
            for entry in try netlink({ () throws(NetlinkError) in try socket.addresses(on: index) }) {
                found.insert(.address(entry.address, link: name), in: place)
            }
        case .routes(let family, let number):
            let routes = try netlink { () throws(NetlinkError) in
                try socket.routes(family, table: number, through: index)
            }
            for entry in routes {
                found.insert(.route(entry.route.way(through: index), link: name), in: place)
            }
        case .neighbours:
            for entry in try netlink({ () throws(NetlinkError) in try socket.neighbours(on: index) }) {
                found.insert(.neighbour(entry.entry, link: name), in: place)
            }
        case .forwarding:
            for entry in try netlink({ () throws(NetlinkError) in try socket.forwarding(on: index) }) {
                found.insert(.forwarding(entry.entry, link: name), in: place)
            }
        case .qdiscs: try observeQdiscs(of: name, index, in: place, into: &found)
        case .redirections: try observeRedirections(of: name, index, in: place, into: &found)
        case .vlans:
            // The kernel refuses to be asked for the VLANs of what is no port (br_vlan_dump_dev()).
            if found.link(name, in: place)?.master == nil { return }
            for vlan in try netlink({ () throws(NetlinkError) in try socket.vlans(on: index) }) {
                found.insert(.vlan(vlan, link: name), in: place)
            }
        }
    }

    /// Reads routing tables in which routes of a protocol are ours: those routes, and the ones through some links.
    private func observeRoutes(
        _ sweeps: [Sweep], of names: [String], in place: Place, into found: inout ObservedState
    ) throws(StateError) {
        let isAsked = sweeps.contains { if case .routes = $0 { true } else { false } }
        if !isAsked { return }
        let socket = try routing(place)
        var links: [(index: UInt32, name: String, isNamed: Bool)] = names.compactMap { name in
            indices[name, in: place].map { ($0, name, true) }
        }
        for case .routes(let family, let `protocol`, let table) in sweeps {
            let routes = try netlink { () throws(NetlinkError) in try socket.routes(family, table: table) }
            // Ours last: of two that differ in nothing but their protocol or metric it is the one that counts.
            for isOurs in [false, true] {
                for (index, route) in routes where (route.protocol == `protocol`) == isOurs {
                    if isOurs, route.leadsNowhere { found.insert(.route(route, link: nil), in: place) }
                    guard let index, !route.leadsNowhere else { continue }
                    var link = links.first { $0.index == index }
                    if !isOurs, link?.isNamed != true { continue }
                    if link == nil,
                        let other = try netlink({ () throws(NetlinkError) in
                            try socket.link(.index(index))
                        })
                    {
                        link = (index, other.name, false)
                        links.append((index, other.name, false))
                        indices[other.name, in: place] = index
                    }
                    if let link { found.insert(.route(route, link: link.name), in: place) }
                }
            }
        }
    }

    private func observeRules(
        _ objects: [Object], _ sweeps: [Sweep], in place: Place, into found: inout ObservedState
    ) throws(StateError) {
        for family in IPAddress.Family.allCases {
            let wanted = objects.compactMap { object -> Rule? in
                if case .rule(let rule) = object, rule.family == family { rule } else { nil }
            }
            let isSwept = sweeps.contains {
                if case .rules(let swept, _) = $0 { swept == family } else { false }
            }
            guard isSwept || !wanted.isEmpty else { continue }
            let socket = try routing(place)
            let rules = try netlink { () throws(NetlinkError) in
                isSwept ? try socket.rules(family) : try socket.rules(family, like: wanted)
            }
            for rule in rules { found.insert(.rule(rule), in: place) }
        }
    }

    /// Reads settings of links whose numbers are known, and of none.
    func observeSettings(
        _ objects: [Object], in place: Place, into found: inout ObservedState
    ) throws(StateError) {
        var settings: [Sysctl] = []
        var features: [LinkFeature] = []
        for object in objects where object.link.map({ indices[$0, in: place] != nil }) ?? true {
            switch object {
            case .sysctl(let setting): settings.append(setting)
            case .feature(let feature): features.append(feature)
            default: continue
            }
        }
        if settings.isEmpty, features.isEmpty { return }
        try enter(place) { () throws(StateError) in
            for setting in try SysctlFile.read(settings) { found.insert(.sysctl(setting), in: place) }
            for feature in try Ethtool.read(features) { found.insert(.feature(feature), in: place) }
        }
    }
}

/// What is read of a link in one dump.
private enum Table: Hashable {
    case addresses, neighbours, forwarding, vlans, qdiscs, redirections
    /// Of a table, or of all.
    case routes(IPAddress.Family, UInt32?)

    /// The tables of a link that objects or sweeps are about, each once; without those routing tables that a sweep has
    /// read as a whole.
    static func all(
        of objects: [Object], _ sweeps: [Sweep], on link: String, inAllTables: Bool
    ) -> [Table] {
        var tables: [Table] = []
        func add(_ table: Table) {
            if !tables.contains(table) { tables.append(table) }
        }
        for object in objects where object.link == link {
            switch object {
            case .address: add(.addresses)
            case .neighbour: add(.neighbours)
            case .forwarding: add(.forwarding)
            case .vlan: add(.vlans)
            case .qdisc: add(.qdiscs)
            case .redirection: add(.redirections)
            case .route(let route, _):
                add(.routes(route.destination.family, inAllTables ? nil : route.table))
            case .link, .rule, .sysctl, .feature, .firewall: continue
            }
        }
        for sweep in sweeps {
            switch sweep {
            case .addresses(let name): if name == link { add(.addresses) }
            case .neighbours(let name): if name == link { add(.neighbours) }
            case .forwarding(let name): if name == link { add(.forwarding) }
            case .vlans(let name): if name == link { add(.vlans) }
            case .routes(let family, _, let number):
                tables.removeAll { $0 == .routes(family, number) }
            case .rules: continue
            }
        }
        return tables
    }
}
