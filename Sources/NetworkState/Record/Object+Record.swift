// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

extension Object {
    /// Writes what is needed to take the object back, and returns the word for what it is; nil for what is in no record.
    func record(in fields: inout RecordFields) -> String? {
        switch self {
        case .link(let link): link.record(in: &fields)
        case .sysctl(let setting): setting.record(in: &fields)
        case .feature(let feature): feature.record(in: &fields)
        case .route(let route, let link): route.record(in: &fields, link)
        case .rule(let rule): rule.record(in: &fields)
        case .neighbour(let entry, let link): entry.record(in: &fields, link)
        case .forwarding(let entry, let link): entry.record(in: &fields, link)
        case .address(let address, let link): address.record(in: &fields, link)
        case .vlan(let vlan, let link): vlan.record(in: &fields, link)
        case .firewall: nil
        }
    }

    /// Reads what ``record(in:)`` has written; nil if something is missing.
    init?(recorded kind: String, _ fields: RecordFields) {
        let object: Object? =
            switch kind {
            case "link": LinkState(fields).map { .link($0) }
            case "sysctl": Sysctl(fields).map { .sysctl($0) }
            case "feature": LinkFeature(fields).map { .feature($0) }
            case "route": Route(fields).map { .route($0, link: fields["dev"]) }
            case "rule": Rule(fields).map { .rule($0) }
            case "neighbour": fields.onLink(Neighbour.init) { .neighbour($0, link: $1) }
            case "fdb": fields.onLink(ForwardingEntry.init) { .forwarding($0, link: $1) }
            case "address": fields.onLink(InterfaceAddress.init) { .address($0, link: $1) }
            case "vlan": fields.onLink(BridgeVLAN.init) { .vlan($0, link: $1) }
            default: nil
            }
        guard let object else { return nil }
        self = object
    }
}

extension RecordFields {
    fileprivate func onLink<Value>(
        _ read: (RecordFields) -> Value?, _ make: (Value, String) -> Object
    ) -> Object? {
        guard let link = self["dev"], let value = read(self) else { return nil }
        return make(value, link)
    }

    fileprivate func prefix(_ key: String) -> IPPrefix? { self[key].flatMap { IPPrefix($0) } }
    fileprivate func address(_ key: String) -> IPAddress? { self[key].flatMap { IPAddress($0) } }
}

extension Route {
    fileprivate func record(in fields: inout RecordFields, _ link: String?) -> String {
        fields["to"] = destination.description
        fields["via"] = gateway?.description
        fields["dev"] = link
        fields.set("table", table)
        fields.set("metric", priority)
        fields.set("kind", kind)
        fields.set("origin", origin)
        return "route"
    }

    fileprivate init?(_ fields: RecordFields) {
        guard let destination = fields.prefix("to"), let table: UInt32 = fields.number("table"),
            let kind: UInt8 = fields.number("kind"), let origin: UInt8 = fields.number("origin")
        else { return nil }
        self.init(destination, via: fields.address("via"))
        self.table = table
        self.kind = kind
        self.origin = origin
        priority = fields.number("metric")
    }
}

extension Rule {
    fileprivate func record(in fields: inout RecordFields) -> String {
        fields.set("family", family.rawValue)
        fields.set("priority", priority)
        fields.set("table", table)
        fields["from"] = source?.description
        fields["to"] = destination?.description
        fields["iif"] = input
        fields.set("fwmark", mark)
        fields.set("fwmask", markMask)
        fields.set("origin", origin)
        return "rule"
    }

    fileprivate init?(_ fields: RecordFields) {
        guard let number: UInt8 = fields.number("family"), let family = IPAddress.Family(rawValue: number),
            let priority: UInt32 = fields.number("priority"), let table: UInt32 = fields.number("table"),
            let origin: UInt8 = fields.number("origin")
        else { return nil }
        self.init(family, priority: priority, table: table)
        self.origin = origin
        source = fields.prefix("from")
        self.destination = fields.prefix("to")
        input = fields["iif"]
        mark = fields.number("fwmark")
        markMask = fields.number("fwmask")
    }
}

extension Neighbour {
    fileprivate func record(in fields: inout RecordFields, _ link: String) -> String {
        fields["dev"] = link
        fields["to"] = address.description
        fields["lladdr"] = mac?.description
        fields.set("state", state)
        return "neighbour"
    }

    fileprivate init?(_ fields: RecordFields) {
        guard let address = fields.address("to"), let state: UInt16 = fields.number("state") else { return nil }
        self.init(address, mac: fields["lladdr"].flatMap { MACAddress($0) }, state: state)
    }
}

extension ForwardingEntry {
    fileprivate func record(in fields: inout RecordFields, _ link: String) -> String {
        fields["dev"] = link
        fields["lladdr"] = mac.description
        fields["dst"] = destination?.description
        fields.set("state", state)
        fields.set("self", isSelf ? 1 : 0)
        return "fdb"
    }

    fileprivate init?(_ fields: RecordFields) {
        guard let mac = fields["lladdr"].flatMap({ MACAddress($0) }), let state: UInt16 = fields.number("state")
        else { return nil }
        self.init(mac, destination: fields.address("dst"))
        self.state = state
        isSelf = fields["self"] == "1"
    }
}

extension InterfaceAddress {
    fileprivate func record(in fields: inout RecordFields, _ link: String) -> String {
        fields["dev"] = link
        fields["to"] = prefix.description
        return "address"
    }

    fileprivate init?(_ fields: RecordFields) {
        guard let prefix = fields.prefix("to") else { return nil }
        self.init(prefix)
    }
}

extension BridgeVLAN {
    fileprivate func record(in fields: inout RecordFields, _ link: String) -> String {
        fields["dev"] = link
        fields.set("vid", id)
        return "vlan"
    }

    fileprivate init?(_ fields: RecordFields) {
        guard let id: UInt16 = fields.number("vid") else { return nil }
        self.init(id)
    }
}

extension Sysctl {
    fileprivate func record(in fields: inout RecordFields) -> String {
        fields["path"] = path
        fields["value"] = value
        fields["dev"] = link
        return "sysctl"
    }

    fileprivate init?(_ fields: RecordFields) {
        guard let path = fields["path"], let value = fields["value"] else { return nil }
        self.init(path, value)
        link = fields["dev"]
        guard isOfNetworkNamespace else { return nil }
    }
}

extension LinkFeature {
    fileprivate func record(in fields: inout RecordFields) -> String {
        fields["dev"] = link
        fields["name"] = kind.rawValue
        fields["value"] = isOn ? "on" : "off"
        return "feature"
    }

    fileprivate init?(_ fields: RecordFields) {
        guard let link = fields["dev"], let kind = fields["name"].flatMap({ Kind(rawValue: $0) }) else {
            return nil
        }
        self.init(kind, of: link, fields["value"] == "on")
    }
}

extension LinkState {
    fileprivate func record(in fields: inout RecordFields) -> String {
        fields["dev"] = name
        fields.set("mtu", attributes.mtu)
        fields["lladdr"] = attributes.mac?.description
        fields.set("txqueuelen", attributes.transmitQueueLength)
        fields["up"] = attributes.isUp.map { $0 ? "1" : "0" }
        fields["promisc"] = attributes.isPromiscuous.map { $0 ? "1" : "0" }
        fields["allmulticast"] = attributes.isAllMulticast.map { $0 ? "1" : "0" }
        fields["arp_notify"] = attributes.announcesIPv4.map { $0 ? "1" : "0" }
        fields.set("addrgenmode", attributes.ipv6AddressGeneration?.rawValue)
        fields["alias"] = attributes.alias
        fields["master"] = master
        return "link"
    }

    fileprivate init?(_ fields: RecordFields) {
        guard let name = fields["dev"] else { return nil }
        func flag(_ key: String) -> Bool? { fields[key].map { $0 == "1" } }
        self.init(name)
        attributes.mtu = fields.number("mtu")
        attributes.mac = fields["lladdr"].flatMap { MACAddress($0) }
        attributes.transmitQueueLength = fields.number("txqueuelen")
        attributes.isUp = flag("up")
        attributes.isPromiscuous = flag("promisc")
        attributes.isAllMulticast = flag("allmulticast")
        attributes.announcesIPv4 = flag("arp_notify")
        attributes.ipv6AddressGeneration = fields.number("addrgenmode").flatMap(
            LinkAttributes.IPv6AddressGeneration.init(rawValue:))
        attributes.alias = fields["alias"]
        master = fields["master"]
    }
}
