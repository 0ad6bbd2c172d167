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
        case .route(let route, let link):
            Self.write("route", route.text, ObjectCoding.bytes(of: route), link, in: &fields)
        case .rule(let rule): Self.write("rule", rule.text, ObjectCoding.bytes(of: rule), nil, in: &fields)
        case .neighbour(let entry, let link):
            Self.write("neighbour", "\(entry.address)", ObjectCoding.bytes(of: entry), link, in: &fields)
        case .forwarding(let entry, let link):
            Self.write("fdb", "\(entry.mac)", ObjectCoding.bytes(of: entry), link, in: &fields)
        case .address(let address, let link):
            Self.write("address", "\(address.prefix)", ObjectCoding.bytes(of: address), link, in: &fields)
        case .vlan(let vlan, let link): vlan.record(in: &fields, link)
        case .qdisc(let qdisc, let link):
            Self.write("qdisc", qdisc.kind.name, ObjectCoding.bytes(of: qdisc), link, in: &fields)
        case .redirection(let redirection): redirection.record(in: &fields)
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
            case "route":
                fields.bytes("wire").flatMap(ObjectCoding.route).map { .route($0, link: fields["dev"]) }
            case "rule": fields.bytes("wire").flatMap(ObjectCoding.rule).map { .rule($0) }
            case "neighbour": fields.onLink(ObjectCoding.neighbour) { .neighbour($0, link: $1) }
            case "fdb": fields.onLink(ObjectCoding.forwarding) { .forwarding($0, link: $1) }
            case "address": fields.onLink(ObjectCoding.address) { .address($0, link: $1) }
            case "qdisc": fields.onLink(ObjectCoding.qdisc) { .qdisc($0, link: $1) }
            case "redirection": Redirection(fields).map { .redirection($0) }
            case "vlan": fields.vlan.map { .vlan($0.vlan, link: $0.link) }
            default: nil
            }
        guard let object else { return nil }
        self = object
    }
}

extension Object {
    /// Writes an object of rtnetlink in the words of ip(8), for people, and in its bytes, for us.
    private static func write(
        _ kind: String, _ text: String, _ bytes: [UInt8], _ link: String?, in fields: inout RecordFields
    ) -> String {
        fields["dev"] = link
        fields["is"] = text
        fields.setBytes("wire", bytes)
        return kind
    }
}

extension RecordFields {
    fileprivate func onLink<Value>(
        _ read: ([UInt8]) -> Value?, _ make: (Value, String) -> Object
    ) -> Object? {
        guard let link = self["dev"], let bytes = bytes("wire"), let value = read(bytes) else { return nil }
        return make(value, link)
    }
}

extension BridgeVLAN {
    fileprivate func record(in fields: inout RecordFields, _ link: String) -> String {
        fields["dev"] = link
        fields.set("vid", id)
        return "vlan"
    }
}

extension RecordFields {
    fileprivate var vlan: (vlan: BridgeVLAN, link: String)? {
        guard let link = self["dev"], let id: UInt16 = number("vid") else { return nil }
        return (BridgeVLAN(id), link)
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

extension Redirection {
    fileprivate func record(in fields: inout RecordFields) -> String {
        fields["dev"] = link
        fields["to"] = target
        return "redirection"
    }

    fileprivate init?(_ fields: RecordFields) {
        guard let link = fields["dev"], let target = fields["to"] else { return nil }
        self.init(from: link, to: target)
    }
}
