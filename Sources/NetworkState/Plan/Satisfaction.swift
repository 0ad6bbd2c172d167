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
        case (.neighbour(let wanted, _), .neighbour(let found, _)):
            wanted.mac == found.mac && wanted.state == found.state
        case (.forwarding(let wanted, _), .forwarding(let found, _)): wanted.isSelf == found.isSelf
        case (.sysctl(let wanted), .sysctl(let found)): wanted.words == found.words
        default: self == found
        }
    }
}

extension Sysctl {
    /// The kernel separates the parts of a value by tabs where people write blanks.
    fileprivate var words: [Substring] { value.split { $0 == " " || $0 == "\t" || $0 == "\n" } }
}

extension Route {
    fileprivate func isSatisfied(by found: Route) -> Bool {
        fits(source, found.source) && fits(priority, found.priority) && fits(mtu, found.mtu)
            && fits(advmss, found.advmss) && (destination.family == .v6 || fits(scope, found.scope))
            && kind == found.kind
    }
}

extension LinkState {
    /// The settings of this description that a link does not have, and its own values of them; nil if none.
    ///
    /// A bridge's kind settings, such as VLAN filtering, count; who made the link does not.
    func differences(from found: LinkState) -> (wanted: LinkState, found: LinkState)? {
        var wanted = LinkState(name)
        var had = LinkState(name)
        attributes.copyDifferences(from: found.attributes, to: &wanted.attributes, &had.attributes)
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
            wanted.kind = kind
            had.kind = found.kind
        }
        return wanted == LinkState(name) ? nil : (wanted, had)
    }
}

extension LinkKind {
    fileprivate func isSatisfied(by found: LinkKind?) -> Bool {
        guard case .bridge(let wanted) = self, case .bridge(let found) = found else {
            return name == found?.name
        }
        return fits(wanted.vlanFiltering, found.vlanFiltering) && fits(wanted.defaultVLAN, found.defaultVLAN)
            && fits(wanted.spanningTree, found.spanningTree) && fits(wanted.ageingTime, found.ageingTime)
            && fits(wanted.multicastSnooping, found.multicastSnooping)
    }
}

extension LinkAttributes {
    /// Copies each setting that is wanted and differs, with its own and with the found value.
    fileprivate func copyDifferences(
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
        difference(
            ipv6AddressGeneration, found.ipv6AddressGeneration, &wanted.ipv6AddressGeneration,
            &had.ipv6AddressGeneration)
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

/// Whether a wanted value, if there is one, is the found one.
private func fits<Value: Equatable>(_ wanted: Value?, _ found: Value?) -> Bool {
    wanted == nil || wanted == found
}

/// Notes a wanted value that is not the found one, and the found one beside it.
private func difference<Value: Equatable>(
    _ value: Value?, _ found: Value?, _ wanted: inout Value?, _ had: inout Value?
) {
    if fits(value, found) { return }
    wanted = value
    had = found
}
