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
        func fits<Value: Equatable>(_ path: KeyPath<Route, Value?>) -> Bool {
            self[keyPath: path] == nil || self[keyPath: path] == found[keyPath: path]
        }
        return fits(\.source) && fits(\.priority) && fits(\.mtu) && fits(\.advmss)
            && (destination.family == .v6 || fits(\.scope)) && kind == found.kind
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
        func fits<Value: Equatable>(_ path: KeyPath<Bridge, Value?>) -> Bool {
            wanted[keyPath: path] == nil || wanted[keyPath: path] == found[keyPath: path]
        }
        return fits(\.vlanFiltering) && fits(\.defaultVLAN) && fits(\.spanningTree) && fits(\.ageingTime)
            && fits(\.multicastSnooping)
    }
}

extension LinkAttributes {
    /// Copies each setting that is wanted and differs, with its own and with the found value.
    fileprivate func copyDifferences(
        from found: LinkAttributes, to wanted: inout LinkAttributes, _ had: inout LinkAttributes
    ) {
        func copy<Value: Equatable>(_ path: WritableKeyPath<LinkAttributes, Value?>) {
            guard let value = self[keyPath: path], value != found[keyPath: path] else { return }
            wanted[keyPath: path] = value
            had[keyPath: path] = found[keyPath: path]
        }
        copy(\.mtu)
        copy(\.mac)
        copy(\.isUp)
        copy(\.alias)
        copy(\.transmitQueueLength)
        copy(\.isPromiscuous)
        copy(\.isAllMulticast)
        copy(\.ipv6AddressGeneration)
        copy(\.announcesIPv4)
    }
}

extension BridgePort {
    /// The settings that differ; the state is the kernel's to change and does not count.
    fileprivate func differences(from found: BridgePort) -> (wanted: BridgePort, found: BridgePort)? {
        var wanted = BridgePort()
        var had = BridgePort()
        for path in [\BridgePort.hairpin, \.isolated, \.learning, \.unicastFlood] {
            guard let value = self[keyPath: path], value != found[keyPath: path] else { continue }
            wanted[keyPath: path] = value
            had[keyPath: path] = found[keyPath: path]
        }
        return wanted == BridgePort() ? nil : (wanted, had)
    }
}
