// SPDX-License-Identifier: Apache-2.0

import Addressing
import CLibNL
import CLibNLRoute
import Glibc
import Namespaces
import Netlink

/// libnl-route-3, as somebody else who reads and writes the kernel's network, in one namespace.
final class Referee {
    private let socket: OpaquePointer

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    init(in namespace: borrowing NetworkNamespace) throws {
        guard let socket = nl_socket_alloc() else { throw Failure(description: "out of memory") }
        self.socket = socket
        let code = try namespace.run { () throws(NamespaceError) in nl_connect(socket, NETLINK_ROUTE) }
        try Self.check(code, "connect")
    }

    deinit { nl_socket_free(socket) }

    private static func check(_ code: CInt, _ what: String) throws {
        guard code >= 0 else {
            throw Failure(
                description: "\(what): \(nl_geterror(code).map { String(cString: $0) } ?? "\(code)")")
        }
    }

    /// Passes each object of a cache to `body`.
    private func forEach(
        _ what: String, _ fill: (inout OpaquePointer?) -> CInt, _ body: (OpaquePointer) throws -> Void
    ) throws {
        var cache: OpaquePointer?
        try Self.check(fill(&cache), what)
        guard let cache else { return }
        defer { nl_cache_free(cache) }
        // A dump that a change has interrupted is asked for again (nl_cache_refill()): then objects are there twice.
        var seen: [OpaquePointer] = []
        var object = nl_cache_get_first(cache)
        while let current = object {
            if !seen.contains(where: { nl_object_identical($0, current) != 0 }) {
                seen.append(current)
                try body(current)
            }
            object = nl_cache_get_next(current)
        }
    }

    // Addresses.

    /// Our address of one of libnl's; nil for none, and for the one of no bits that stands for everything.
    private static func address(_ pointer: OpaquePointer?) -> IPAddress? {
        guard let pointer, let bytes = nl_addr_get_binary_addr(pointer) else { return nil }
        let count = Int(nl_addr_get_len(pointer))
        let start = bytes.assumingMemoryBound(to: UInt8.self)
        return IPAddress(bytes: UnsafeBufferPointer(start: start, count: count))
    }

    private static func mac(_ pointer: OpaquePointer?) -> MACAddress? {
        guard let pointer, let bytes = nl_addr_get_binary_addr(pointer), nl_addr_get_len(pointer) == 6 else {
            return nil
        }
        let start = bytes.assumingMemoryBound(to: UInt8.self)
        return MACAddress(bytes: UnsafeBufferPointer(start: start, count: 6))
    }

    private static func prefix(_ pointer: OpaquePointer?) -> IPPrefix? {
        guard let pointer, let address = address(pointer) else { return nil }
        return IPPrefix(address, length: Int(nl_addr_get_prefixlen(pointer)))
    }

    /// Passes libnl's address of ours to `body`, which takes a reference of its own.
    private static func with<Value>(_ prefix: IPPrefix, _ body: (OpaquePointer) throws -> Value) throws
        -> Value
    {
        let bytes = prefix.address.bytes
        guard let address = nl_addr_build(prefix.family == .v4 ? AF_INET : AF_INET6, bytes, bytes.count)
        else {
            throw Failure(description: "out of memory")
        }
        defer { nl_addr_put(address) }
        nl_addr_set_prefixlen(address, CInt(prefix.length))
        return try body(address)
    }

    private static func with<Value>(_ address: IPAddress, _ body: (OpaquePointer) throws -> Value) throws
        -> Value
    {
        try with(IPPrefix(host: address), body)
    }

    private static func family(_ number: CInt) -> IPAddress.Family? {
        number == AF_INET ? .v4 : number == AF_INET6 ? .v6 : nil
    }

    // Rules: what libnl 3.7 knows of them.

    func rules(_ family: IPAddress.Family) throws -> [Rule] {
        var rules: [Rule] = []
        let number = family == .v4 ? AF_INET : AF_INET6
        try forEach("rules", { rtnl_rule_alloc_cache(socket, number, &$0) }) { object in
            var rule = Rule(family, priority: rtnl_rule_get_prio(object), table: rtnl_rule_get_table(object))
            rule.action = Rule.Action(rawValue: rtnl_rule_get_action(object))
            rule.source = Self.prefix(rtnl_rule_get_src(object))
            rule.destination = Self.prefix(rtnl_rule_get_dst(object))
            rule.input = rtnl_rule_get_iif(object).map { String(cString: $0) }
            rule.output = rtnl_rule_get_oif(object).map { String(cString: $0) }
            rule.typeOfService = rtnl_rule_get_dsfield(object)
            let (mark, mask) = (rtnl_rule_get_mark(object), rtnl_rule_get_mask(object))
            if mark != 0 || mask != 0 { (rule.fwmark, rule.fwmask) = (mark, mask) }
            var number: UInt8 = 0
            if rtnl_rule_get_protocol(object, &number) == 0 {
                rule.protocol = RoutingProtocol(rawValue: number)
            }
            var ipProtocol: UInt8 = 0
            if rtnl_rule_get_ipproto(object, &ipProtocol) == 0 { rule.ipProtocol = ipProtocol }
            var (first, last): (UInt16, UInt16) = (0, 0)
            if rtnl_rule_get_sport(object, &first, &last) == 0 { rule.sourcePorts = first...last }
            if rtnl_rule_get_dport(object, &first, &last) == 0 { rule.destinationPorts = first...last }
            rules.append(rule)
        }
        return rules
    }

    func add(_ rule: Rule) throws {
        guard let object = rtnl_rule_alloc() else { return }
        defer { rtnl_rule_put(object) }
        rtnl_rule_set_family(object, rule.family == .v4 ? AF_INET : AF_INET6)
        rtnl_rule_set_prio(object, rule.priority)
        rtnl_rule_set_table(object, rule.table)
        rtnl_rule_set_action(object, rule.action.rawValue)
        if let source = rule.source { _ = try Self.with(source) { rtnl_rule_set_src(object, $0) } }
        if let destination = rule.destination {
            _ = try Self.with(destination) { rtnl_rule_set_dst(object, $0) }
        }
        if let input = rule.input { rtnl_rule_set_iif(object, input) }
        if let output = rule.output { rtnl_rule_set_oif(object, output) }
        rtnl_rule_set_dsfield(object, rule.typeOfService)
        if let mark = rule.fwmark {
            rtnl_rule_set_mark(object, mark)
            if let mask = rule.fwmask { rtnl_rule_set_mask(object, mask) }
        }
        rtnl_rule_set_protocol(object, rule.protocol.rawValue)
        if let ipProtocol = rule.ipProtocol { rtnl_rule_set_ipproto(object, ipProtocol) }
        if let ports = rule.sourcePorts {
            rtnl_rule_set_sport_range(object, ports.lowerBound, ports.upperBound)
        }
        if let ports = rule.destinationPorts {
            rtnl_rule_set_dport_range(object, ports.lowerBound, ports.upperBound)
        }
        try Self.check(rtnl_rule_add(socket, object, NLM_F_CREATE | NLM_F_EXCL), rule.text)
    }

    // Addresses of links.

    func addresses(on index: UInt32) throws -> [InterfaceAddress] {
        var addresses: [InterfaceAddress] = []
        try forEach("addresses", { rtnl_addr_alloc_cache(socket, &$0) }) { object in
            guard rtnl_addr_get_ifindex(object) == CInt(index),
                let local = Self.address(rtnl_addr_get_local(object)),
                let prefix = IPPrefix(local, length: Int(rtnl_addr_get_prefixlen(object)))
            else { return }
            var address = InterfaceAddress(prefix)
            address.peer = Self.address(rtnl_addr_get_peer(object))
            address.broadcast = Self.address(rtnl_addr_get_broadcast(object))
            let flags = rtnl_addr_get_flags(object)
            address.skipsDAD = flags & UInt32(IFA_F_NODAD) != 0
            address.skipsPrefixRoute = flags & UInt32(IFA_F_NOPREFIXROUTE) != 0
            address.scope = Scope(rawValue: UInt8(rtnl_addr_get_scope(object)))
            if let label = rtnl_addr_get_label(object).map({ String(cString: $0) }), label.contains(":") {
                address.label = label
            }
            addresses.append(address)
        }
        return addresses
    }

    func add(_ address: InterfaceAddress, on index: UInt32) throws {
        guard let object = rtnl_addr_alloc() else { return }
        defer { rtnl_addr_put(object) }
        rtnl_addr_set_ifindex(object, CInt(index))
        try Self.check(try Self.with(address.prefix) { rtnl_addr_set_local(object, $0) }, "local")
        if let peer = address.peer {
            try Self.check(try Self.with(peer) { rtnl_addr_set_peer(object, $0) }, "peer")
        }
        // The prefix of the peer would be the address's otherwise.
        rtnl_addr_set_prefixlen(object, CInt(address.prefix.length))
        if let broadcast = address.broadcast {
            try Self.check(try Self.with(broadcast) { rtnl_addr_set_broadcast(object, $0) }, "broadcast")
        }
        rtnl_addr_set_scope(object, CInt(address.scope.rawValue))
        var flags: CInt = 0
        if address.skipsDAD { flags |= IFA_F_NODAD }
        if address.skipsPrefixRoute { flags |= IFA_F_NOPREFIXROUTE }
        rtnl_addr_set_flags(object, UInt32(flags))
        if let label = address.label { rtnl_addr_set_label(object, label) }
        try Self.check(rtnl_addr_add(socket, object, NLM_F_CREATE | NLM_F_EXCL), "address \(address.prefix)")
    }

    // Neighbours.

    func neighbours(on index: UInt32) throws -> [Neighbour] {
        var neighbours: [Neighbour] = []
        try forEach("neighbours", { rtnl_neigh_alloc_cache(socket, &$0) }) { object in
            guard rtnl_neigh_get_ifindex(object) == CInt(index),
                let address = Self.address(rtnl_neigh_get_dst(object))
            else { return }
            var entry = Neighbour(address, mac: Self.mac(rtnl_neigh_get_lladdr(object)))
            entry.state = NeighbourState(rawValue: UInt16(rtnl_neigh_get_state(object)))
            entry.flags = NeighbourFlags(rawValue: UInt8(rtnl_neigh_get_flags(object)))
            neighbours.append(entry)
        }
        return neighbours
    }

    func add(_ entry: Neighbour, on index: UInt32) throws {
        guard let object = rtnl_neigh_alloc() else { return }
        defer { rtnl_neigh_put(object) }
        rtnl_neigh_set_ifindex(object, CInt(index))
        rtnl_neigh_set_family(object, entry.address.family == .v4 ? AF_INET : AF_INET6)
        rtnl_neigh_set_state(object, CInt(entry.state.rawValue))
        rtnl_neigh_set_flags(object, UInt32(entry.flags.rawValue))
        try Self.check(try Self.with(entry.address) { rtnl_neigh_set_dst(object, $0) }, "dst")
        if let mac = entry.mac, let address = nl_addr_build(AF_LLC, mac.bytes, 6) {
            rtnl_neigh_set_lladdr(object, address)
            nl_addr_put(address)
        }
        try Self.check(
            rtnl_neigh_add(socket, object, NLM_F_CREATE | NLM_F_REPLACE), "neighbour \(entry.address)")
    }
}

// Routes.
extension Referee {
    /// The routes of a table, with the link of those with one way.
    func routes(_ family: IPAddress.Family, table: UInt32) throws -> [(index: UInt32?, route: Route)] {
        var routes: [(index: UInt32?, route: Route)] = []
        let number = family == .v4 ? AF_INET : AF_INET6
        try forEach("routes", { rtnl_route_alloc_cache(socket, number, 0, &$0) }) { object in
            guard rtnl_route_get_table(object) == table else { return }
            var route = Route(Self.prefix(rtnl_route_get_dst(object)) ?? .everything(family))
            route.table = table
            route.typeOfService = rtnl_route_get_tos(object)
            route.protocol = RoutingProtocol(rawValue: rtnl_route_get_protocol(object))
            route.type = RouteType(rawValue: rtnl_route_get_type(object))
            route.scope = Scope(rawValue: rtnl_route_get_scope(object))
            let priority = rtnl_route_get_priority(object)
            if priority != 0 { route.priority = priority }
            route.source = Self.address(rtnl_route_get_pref_src(object))
            var metric: UInt32 = 0
            if rtnl_route_get_metric(object, CInt(RTAX_MTU), &metric) == 0 { route.mtu = metric }
            if rtnl_route_get_metric(object, CInt(RTAX_ADVMSS), &metric) == 0 { route.advmss = metric }
            var index: UInt32?
            let count = rtnl_route_get_nnexthops(object)
            for number in 0..<count {
                guard let way = rtnl_route_nexthop_n(object, number) else { continue }
                let gateway =
                    Self.address(rtnl_route_nh_get_gateway(way)) ?? Self.address(rtnl_route_nh_get_via(way))
                let link = UInt32(rtnl_route_nh_get_ifindex(way))
                if count > 1 {
                    route.nexthops.append(
                        Route.Nexthop(link, via: gateway, weight: UInt16(rtnl_route_nh_get_weight(way)) + 1))
                } else {
                    route.gateway = gateway
                    index = link == 0 ? nil : link
                }
            }
            routes.append((index, route))
        }
        return routes
    }

    func add(_ route: Route, through index: UInt32?) throws {
        guard let object = rtnl_route_alloc() else { return }
        defer { rtnl_route_put(object) }
        let family = route.destination.family
        rtnl_route_set_family(object, UInt8(family == .v4 ? AF_INET : AF_INET6))
        try Self.check(try Self.with(route.destination) { rtnl_route_set_dst(object, $0) }, "dst")
        rtnl_route_set_table(object, route.table)
        rtnl_route_set_tos(object, route.typeOfService)
        rtnl_route_set_protocol(object, route.protocol.rawValue)
        rtnl_route_set_type(object, route.type.rawValue)
        if let scope = route.scope { rtnl_route_set_scope(object, scope.rawValue) }
        if let priority = route.priority { rtnl_route_set_priority(object, priority) }
        if let source = route.source { _ = try Self.with(source) { rtnl_route_set_pref_src(object, $0) } }
        if let mtu = route.mtu { rtnl_route_set_metric(object, CInt(RTAX_MTU), mtu) }
        if let advmss = route.advmss { rtnl_route_set_metric(object, CInt(RTAX_ADVMSS), advmss) }
        var ways = route.nexthops
        if let index { ways = [Route.Nexthop(index, via: route.gateway)] }
        for way in ways {
            guard let nexthop = rtnl_route_nh_alloc() else { continue }
            rtnl_route_nh_set_ifindex(nexthop, CInt(way.index))
            if ways.count > 1 { rtnl_route_nh_set_weight(nexthop, UInt8(way.weight - 1)) }
            if let gateway = way.gateway {
                try Self.with(gateway) { address in rtnl_route_nh_set_gateway(nexthop, address) }
            }
            rtnl_route_add_nexthop(object, nexthop)
        }
        try Self.check(rtnl_route_add(socket, object, NLM_F_CREATE | NLM_F_EXCL), route.text)
    }

    // Links and disciplines.

    /// The type, the parent and the settings of a link, in our words.
    func kind(of name: String) throws -> (kind: LinkKind?, parent: UInt32)? {
        var found: (kind: LinkKind?, parent: UInt32)?
        try forEach("links", { rtnl_link_alloc_cache(socket, AF_UNSPEC, &$0) }) { link in
            guard let own = rtnl_link_get_name(link), String(cString: own) == name else { return }
            let type = rtnl_link_get_type(link).map { String(cString: $0) }
            found = (type.map { Self.kind($0, link) }, UInt32(bitPattern: rtnl_link_get_link(link)))
        }
        return found
    }

    private static func kind(_ type: String, _ link: OpaquePointer) -> LinkKind {
        switch type {
        case "macvlan":
            var settings = MACVLAN(mode: MACVLAN.Mode(rawValue: rtnl_link_macvlan_get_mode(link)))
            settings.flags = rtnl_link_macvlan_get_flags(link)
            return .macvlan(settings)
        case "ipvlan":
            var mode: UInt16 = 0
            _ = rtnl_link_ipvlan_get_mode(link, &mode)
            return .ipvlan(IPVLAN(mode: IPVLAN.Mode(rawValue: mode)))
        case "vlan":
            let number = UInt16(truncatingIfNeeded: rtnl_link_vlan_get_protocol(link))
            return .vlan(
                VLAN(
                    id: UInt16(rtnl_link_vlan_get_id(link)),
                    tagProtocol: VLAN.TagProtocol(rawValue: UInt16(bigEndian: number)),
                    flags: UInt32(rtnl_link_vlan_get_flags(link))))
        case "vrf":
            var table: UInt32 = 0
            _ = rtnl_link_vrf_get_tableid(link, &table)
            return .vrf(VRF(table: table))
        case "vxlan":
            var (identifier, port): (UInt32, UInt32) = (0, 0)
            _ = rtnl_link_vxlan_get_id(link, &identifier)
            _ = rtnl_link_vxlan_get_port(link, &port)
            var local: OpaquePointer?
            _ = rtnl_link_vxlan_get_local(link, &local)
            defer { nl_addr_put(local) }
            var settings = VXLAN(identifier: identifier, port: UInt16(port), local: address(local))
            settings.learning = rtnl_link_vxlan_get_learning(link) != 0
            return .vxlan(settings)
        case "bridge": return .bridge(Netlink.Bridge())
        case "veth": return .veth(Veth())
        case "dummy": return .dummy(Dummy())
        case "ifb": return .ifb(IFB())
        default: return .other(type)
        }
    }

    /// Makes a link on a parent.
    func add(_ name: String, _ kind: LinkKind, parent: UInt32?) throws {
        let allocated: OpaquePointer? =
            switch kind {
            case .macvlan: rtnl_link_macvlan_alloc()
            case .ipvlan: rtnl_link_ipvlan_alloc()
            case .vlan: rtnl_link_vlan_alloc()
            case .vrf: rtnl_link_vrf_alloc()
            case .vxlan: rtnl_link_vxlan_alloc()
            default: rtnl_link_alloc()
            }
        guard let link = allocated else { throw Failure(description: "out of memory") }
        defer { rtnl_link_put(link) }
        rtnl_link_set_name(link, name)
        if let parent { rtnl_link_set_link(link, CInt(parent)) }
        switch kind {
        case .macvlan(let settings):
            if let mode = settings.mode { rtnl_link_macvlan_set_mode(link, mode.rawValue) }
        case .ipvlan(let settings):
            if let mode = settings.mode { rtnl_link_ipvlan_set_mode(link, mode.rawValue) }
        case .vlan(let settings):
            if let number = settings.tagProtocol {
                rtnl_link_vlan_set_protocol(link, number.rawValue.bigEndian)
            }
            if let id = settings.id { rtnl_link_vlan_set_id(link, id) }
            if let flags = settings.flags { rtnl_link_vlan_set_flags(link, flags) }
        case .vrf(let settings): if let table = settings.table { rtnl_link_vrf_set_tableid(link, table) }
        case .vxlan(let settings):
            if let identifier = settings.identifier { rtnl_link_vxlan_set_id(link, identifier) }
            if let port = settings.port { rtnl_link_vxlan_set_port(link, UInt32(port)) }
            if let local = settings.local { _ = try Self.with(local) { rtnl_link_vxlan_set_local(link, $0) } }
            if let learning = settings.learning { rtnl_link_vxlan_set_learning(link, learning ? 1 : 0) }
        default: rtnl_link_set_type(link, kind.name)
        }
        try Self.check(
            rtnl_link_add(socket, link, NLM_F_CREATE | NLM_F_EXCL), "link add \(name) type \(kind.text)")
    }

    /// The disciplines of a link: kind, handle and parent, and of a bucket its rate, burst and limit in bytes.
    func qdiscs(on index: UInt32) throws -> [Qdisc] {
        var qdiscs: [Qdisc] = []
        try forEach("qdiscs", { rtnl_qdisc_alloc_cache(socket, &$0) }) { object in
            guard rtnl_tc_get_ifindex(object) == CInt(index), let kind = rtnl_tc_get_kind(object) else {
                return
            }
            let (handle, parent) = (rtnl_tc_get_handle(object), rtnl_tc_get_parent(object))
            if handle == 0 { return }
            let name = String(cString: kind)
            let described: Qdisc.Kind =
                switch name {
                case "tbf":
                    .tbf(
                        TokenBucket(
                            rate: UInt64(rtnl_qdisc_tbf_get_rate(object)),
                            burst: UInt32(rtnl_qdisc_tbf_get_rate_bucket(object)),
                            limit: UInt32(rtnl_qdisc_tbf_get_limit(object))))
                case "ingress": .ingress
                case "clsact": .clsact
                default: .other(name)
                }
            qdiscs.append(
                Qdisc(
                    described, handle: TrafficHandle(rawValue: handle),
                    parent: TrafficHandle(rawValue: parent)))
        }
        return qdiscs
    }

    /// Makes a discipline at the root of a link.
    func add(_ bucket: TokenBucket, handle: TrafficHandle, on index: UInt32) throws {
        guard let object = rtnl_qdisc_alloc() else { return }
        defer { rtnl_qdisc_put(object) }
        rtnl_tc_set_ifindex(object, CInt(index))
        rtnl_tc_set_parent(object, TrafficHandle.root.rawValue)
        rtnl_tc_set_handle(object, handle.rawValue)
        rtnl_tc_set_kind(object, "tbf")
        rtnl_qdisc_tbf_set_rate(object, CInt(bucket.rate), CInt(bucket.burst), 0)
        rtnl_qdisc_tbf_set_limit(object, CInt(bucket.limit))
        try Self.check(rtnl_qdisc_add(socket, object, NLM_F_CREATE | NLM_F_EXCL), "tbf")
    }
}
