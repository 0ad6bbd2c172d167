// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

extension Object {
    /// Whether an object that was found is as this one should be; what is nil here may be anything.
    public func isSatisfied(by found: Object) -> Bool {
        switch (self, found) {
        case (.link(let wanted), .link(let found)): wanted.differences(from: found) == nil
        case (.address(_, _), .address(let found, _)): !found.isDuplicate
        case (.route(let wanted, let link), .route(let found, let foundLink)):
            wanted.isSatisfied(by: found) && (link == nil || link == foundLink)
        // The same rule, regardless of who made it.
        case (.rule, .rule): key == found.key
        case (.neighbour(let wanted, _), .neighbour(let found, _)):
            wanted.mac == found.mac && wanted.state == found.state
        case (.forwarding(let wanted, _), .forwarding(let found, _)):
            wanted.isSelf == found.isSelf && wanted.state == found.state
        // What the kernel reports besides of a VLAN is not described.
        case (.vlan(let wanted, _), .vlan(let found, _)):
            wanted.isNative == found.isNative && wanted.isUntagged == found.isUntagged
        case (.sysctl(let wanted), .sysctl(let found)): wanted.words == found.words
        case (.qdisc(let wanted, _), .qdisc(let found, _)): wanted.isSatisfied(by: found)
        case (.firewall(let wanted), .firewall(let found)): wanted.isSatisfied(by: found)
        default: self == found
        }
    }
}

extension FirewallObject {
    /// Comments do not count, which kernels before 5.10 do not keep, but for the owners of elements.
    fileprivate func isSatisfied(by found: FirewallObject) -> Bool {
        switch (self, found) {
        case (.table(let wanted), .table(let found)): wanted.isDormant == found.isDormant
        case (.chain(let wanted, let rules), .chain(let found, let foundRules)):
            wanted.base == found.base && rules == foundRules
        case (.openTable, .openTable), (.openChain, .openChain): true
        case (.guestRule, .guestRule(let found)): found.standing == .first
        case (.set(let wanted), .set(let found)): wanted.isAlike(found)
        case (.element(let wanted, _), .element(let found, _)):
            wanted.key == found.key && wanted.keyEnd == found.keyEnd && wanted.data == found.data
                && wanted.owners.allSatisfy { found.owners.contains($0) }
        default: false
        }
    }
}

extension Sysctl {
    /// The kernel separates the parts of a value by tabs where people write blanks.
    fileprivate var words: [Substring] { value.split { $0 == " " || $0 == "\t" || $0 == "\n" } }
}

extension Route {
    fileprivate func isSatisfied(by found: Route) -> Bool {
        fits(nexthopID, found.nexthopID) && fits(source, found.source) && fits(priority, found.priority)
            && fits(mtu, found.mtu)
            && fits(advmss, found.advmss) && (destination.family == .v6 || fits(scope, found.scope))
            && type == found.type && (!isOnLink || found.isOnLink)
            && typeOfService == found.typeOfService && sources == found.sources && nexthops == found.nexthops
            && encapsulation == found.encapsulation && fits(preference, found.preference)
            && (otherMetrics.isEmpty || otherMetrics == found.otherMetrics) && other == found.other
            // A protocol number of one's own says who made it; the kernel's usual ones say nothing.
            && (`protocol`.rawValue < Self.firstOwnProtocol || `protocol` == found.protocol)
    }

    /// The first number that rtnetlink.h leaves to users.
    private static var firstOwnProtocol: UInt8 { 64 }
}

extension LinkState {
    /// The settings of this description that a link does not have, and its own values of them; nil if none.
    ///
    /// A bridge's kind settings, such as VLAN filtering, count; who made the link does not.
    func differences(from found: LinkState) -> (wanted: LinkState, found: LinkState)? {
        var wanted = LinkState(name)
        var had = LinkState(name)
        attributes.noteDifferences(from: found.attributes, to: &wanted.attributes, &had.attributes)
        if let master, master != found.master {
            wanted.master = master
            had.master = found.master ?? ""
        }
        if let port {
            let differences = port.differences(from: found.port ?? BridgePort())
            wanted.port = differences?.wanted
            had.port = differences?.found
        }
        if let kind, !kind.isSatisfied(by: found.kind) {
            (wanted.kind, had.kind) = kind.changeable(from: found.kind)
        }
        return wanted == LinkState(name) ? nil : (wanted, had)
    }
}

extension LinkAttributes {
    /// Copies each setting that is wanted and differs, with its own and with the found value.
    func noteDifferences(
        from found: LinkAttributes, to wanted: inout LinkAttributes, _ had: inout LinkAttributes
    ) {
        difference(mtu, found.mtu, &wanted.mtu, &had.mtu)
        difference(mac, found.mac, &wanted.mac, &had.mac)
        difference(isUp, found.isUp, &wanted.isUp, &had.isUp)
        difference(alias, found.alias, &wanted.alias, &had.alias)
        difference(
            transmitQueueLength, found.transmitQueueLength, &wanted.transmitQueueLength,
            &had.transmitQueueLength)
        difference(isPromiscuous, found.isPromiscuous, &wanted.isPromiscuous, &had.isPromiscuous)
        difference(isAllMulticast, found.isAllMulticast, &wanted.isAllMulticast, &had.isAllMulticast)
        // A link without IPv6 (ipv6.disable=1, packets that are too small) tells none, and takes none; a larger MTU can
        // bring it IPv6.
        if found.ipv6AddressGeneration != nil || wanted.mtu != nil {
            difference(
                ipv6AddressGeneration, found.ipv6AddressGeneration, &wanted.ipv6AddressGeneration,
                &had.ipv6AddressGeneration)
        }
        difference(announcesIPv4, found.announcesIPv4, &wanted.announcesIPv4, &had.announcesIPv4)
    }
}

extension BridgePort {
    /// The settings that differ; the state is the kernel's to change and does not count.
    fileprivate func differences(from found: BridgePort) -> (wanted: BridgePort, found: BridgePort)? {
        var wanted = BridgePort()
        var had = BridgePort()
        difference(hairpin, found.hairpin, &wanted.hairpin, &had.hairpin)
        difference(isolated, found.isolated, &wanted.isolated, &had.isolated)
        difference(learning, found.learning, &wanted.learning, &had.learning)
        difference(unicastFlood, found.unicastFlood, &wanted.unicastFlood, &had.unicastFlood)
        return wanted == BridgePort() ? nil : (wanted, had)
    }
}
