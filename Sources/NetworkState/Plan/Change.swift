// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import Netlink

/// One step from what is there to what is wanted.
public struct Change: Hashable, Sendable {
    /// What the step does.
    public enum Action: Hashable, Sendable {
        /// Makes an object that is not there.
        case create(Object)
        /// Makes an object that is there another way, with what it was.
        case modify(Object, from: Object)
        /// Removes an object that is there.
        case remove(Object)
        /// Moves a link into the other namespace, or renames it in its own.
        indirect case move(LinkState, as: LinkState, to: Place)
        /// Tells the neighbours a link's addresses: gratuitous ARP and unsolicited neighbour advertisement.
        case announce(String, MACAddress)
        /// Removes a rule of another implementation's ruleset, which has no name.
        case removeRule(NFTables.InstalledRule)
        /// Has the kernel keep the MAC address that a link has.
        case keep(String, MACAddress)
    }

    /// The namespace it is done in.
    public var place: Place
    /// What it does.
    public var action: Action
    /// How long the object is there.
    public var lifetime: Lifetime

    /// Creates a step.
    public init(_ action: Action, in place: Place, lifetime: Lifetime = .attachment) {
        self.action = action
        self.place = place
        self.lifetime = lifetime
    }

    /// The step back; nil where there is nothing to take back.
    public var inverse: Change? {
        switch action {
        // A link that others make is only asked for.
        case .create(.link(let link)) where link.kind == nil: nil
        // Which link it was the other end of, or on top of, is known by a number alone.
        case .remove(.link(let link)) where link.identity?.peer != nil: nil
        case .create(let object): Change(.remove(object), in: place, lifetime: lifetime)
        case .remove(let object): Change(.create(object), in: place, lifetime: lifetime)
        case .modify(let object, let old): Change(.modify(old, from: object), in: place, lifetime: lifetime)
        case .move(let link, let other, let target):
            Change(.move(other, as: link, to: place), in: target, lifetime: lifetime)
        case .announce, .keep, .removeRule: nil
        }
    }

    /// In which namespace the kernel is asked for it: a link is made where the one is that it rests on.
    var socketPlace: Place {
        if case .create(.link(let link)) = action, let parent = link.parent { parent.place } else { place }
    }

    /// Where the step comes in the order that the kernel needs: bridge before port, settings before the link
    /// is up, link up before route, everything before neighbours hear of it.
    ///
    /// A port is in its bridge's default VLAN only when it has joined, and is out of it before it is up.
    var phase: Int {
        switch action {
        case .create(.link(let link)): link.peer == nil ? 10 : 20
        case .modify(.link(let link), _): Self.phase(ofSettings: link)
        case .create(let object), .modify(let object, _): Self.phase(of: object, place)
        case .move: 20
        case .remove(.link): 5
        case .remove(.vlan): 26
        case .removeRule: 1
        case .remove(let object): 9 - Self.phase(of: object, place) / 10
        case .keep: 55
        case .announce: 90
        }
    }

    private static func phase(ofSettings link: LinkState) -> Int {
        if link.master != nil { return 22 }
        // A link that is lent goes down first; it comes up again where it goes back to.
        if link.loan != nil || link.parent != nil { return 15 }
        return link.peer == nil ? 35 : 40
    }

    private static func phase(of object: Object, _ place: Place) -> Int {
        switch object {
        case .link: 10
        case .vlan: 25
        case .sysctl(let setting): setting.link == nil && place == .host ? 80 : 30
        case .feature: 30
        case .qdisc: 46
        case .redirection: 47
        case .address: 50
        case .route, .rule, .neighbour, .forwarding: 60
        case .firewall: 70
        }
    }
}

extension Change: CustomStringConvertible {
    /// The step for people: `container: create address 10.1.0.5/24 dev eth0`.
    public var description: String {
        let step =
            switch action {
            case .create(let object): "create \(object)"
            case .modify(.link(let link), _): "set link \(link.settingsText)"
            case .modify(let object, let old): object.text(insteadOf: old)
            case .remove(let object): "remove \(object)"
            case .removeRule(let entry): "remove rule \(entry.handle) of \(entry.rule.text)"
            case .move(let link, let other, let target):
                "move link \(link.name) to the \(target == place ? "name" : target.rawValue)"
                    + (target == place || link.name != other.name ? " \(other.name)" : "")
            case .announce(let link, _): "announce addresses of \(link)"
            case .keep(let link, let mac): "keep address \(mac) of \(link)"
            }
        return "\(place.rawValue): \(step)"
    }
}

extension Object {
    /// What a change from another state of the object is, with what differs.
    fileprivate func text(insteadOf old: Object) -> String {
        switch (self, old) {
        case (.sysctl(let new), .sysctl(let old)):
            "set sysctl \(new.path)=\(new.value), which is \(old.value)"
        case (.firewall(.element(let new, let set)), .firewall(.element(let old, _)))
        where new.data == old.data:
            "set owner of element \(set) { \(new) } to \(new.comment ?? "nobody")"
        case (.firewall(.guestRule), .firewall(.guestRule)): "put \(self) before all others"
        default: description == old.description ? "renew \(self)" : "change \(old) to \(self)"
        }
    }
}

extension LinkState {
    /// The settings that are not nil, in the words of ip(8) and bridge(8).
    var settingsText: String {
        var words = [name]
        if let mtu = attributes.mtu { words.append("mtu \(mtu)") }
        if let mac = attributes.mac { words.append("address \(mac)") }
        if let isUp = attributes.isUp { words.append(isUp ? "up" : "down") }
        if let alias = attributes.alias { words.append("alias \(alias)") }
        if let length = attributes.transmitQueueLength { words.append("txqueuelen \(length)") }
        if let isOn = attributes.isPromiscuous { words.append("promisc \(isOn ? "on" : "off")") }
        if let isOn = attributes.isAllMulticast { words.append("allmulticast \(isOn ? "on" : "off")") }
        if let mode = attributes.ipv6AddressGeneration { words.append("addrgenmode \(mode)") }
        if let isOn = attributes.announcesIPv4 { words.append("arp_notify \(isOn ? "on" : "off")") }
        if let master { words.append(master.isEmpty ? "nomaster" : "master \(master)") }
        if let kind { words.append("type \(kind.text)") }
        if let port {
            if let isOn = port.hairpin { words.append("hairpin \(isOn ? "on" : "off")") }
            if let isOn = port.isolated { words.append("isolated \(isOn ? "on" : "off")") }
            if let isOn = port.learning { words.append("learning \(isOn ? "on" : "off")") }
            if let isOn = port.unicastFlood { words.append("flood \(isOn ? "on" : "off")") }
        }
        return words.joined(separator: " ")
    }
}
