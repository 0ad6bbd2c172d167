// SPDX-License-Identifier: Apache-2.0

// Each kind compares itself: see `LinkKindSettings`.
extension LinkKind {
    /// Compares a link as it should be with one that was found.
    ///
    /// One of another kind, or whose settings make no sense, must be re-created.
    public func fit(_ found: LinkKind?) -> LinkKindFit {
        guard let found else { return .needsNewLink }
        switch self {
        case .bridge(let wanted): if case .bridge(let found) = found { return wanted.fit(found) }
        case .veth(let wanted): if case .veth(let found) = found { return wanted.fit(found) }
        case .vxlan(let wanted): if case .vxlan(let found) = found { return wanted.fit(found) }
        case .dummy(let wanted): if case .dummy(let found) = found { return wanted.fit(found) }
        case .macvlan(let wanted): if case .macvlan(let found) = found { return wanted.fit(found) }
        case .ipvlan(let wanted): if case .ipvlan(let found) = found { return wanted.fit(found) }
        case .vlan(let wanted): if case .vlan(let found) = found { return wanted.fit(found) }
        case .ifb(let wanted): if case .ifb(let found) = found { return wanted.fit(found) }
        case .vrf(let wanted): if case .vrf(let found) = found { return wanted.fit(found) }
        case .tun(let wanted): if case .tun(let found) = found { return wanted.fit(found) }
        case .custom(let wanted): return wanted.settings.fit(kind: found)
        case .other(let name, let data):
            // What is written nowhere cannot be compared, but what is given has to be there.
            if name != found.name { return .needsNewLink }
            return data.isEmpty || found == .other(name, data: data) ? .same : .changeable
        }
        return .needsNewLink
    }

    /// Whether a link that was found is as this one should be.
    public func isSatisfied(by found: LinkKind?) -> Bool { fit(found) == .same }

    /// Whether a link of the same kind must be re-created to become as this one should be: the kernel does not change
    /// what identifies, say, a tunnel.
    ///
    /// A link of another kind is somebody else's, and not to be replaced.
    public func needsNewLink(insteadOf found: LinkKind?) -> Bool {
        name == found?.name && fit(found) == .needsNewLink
    }

    /// The settings to change on a link that exists, and their values as found; all settings if it must be re-created.
    public func changeable(from found: LinkKind?) -> (wanted: LinkKind, found: LinkKind?) {
        guard fit(found) == .changeable else { return (self, found) }
        switch (self, found) {
        case (.bridge(let wanted), .bridge(let found)?):
            let changes = wanted.changes(from: found)
            return (.bridge(changes.wanted), .bridge(changes.found))
        case (.vxlan(let wanted), .vxlan(let found)?):
            let changes = wanted.changes(from: found)
            return (.vxlan(changes.wanted), .vxlan(changes.found))
        case (.macvlan(let wanted), .macvlan(let found)?):
            let changes = wanted.changes(from: found)
            return (.macvlan(changes.wanted), .macvlan(changes.found))
        case (.ipvlan(let wanted), .ipvlan(let found)?):
            let changes = wanted.changes(from: found)
            return (.ipvlan(changes.wanted), .ipvlan(changes.found))
        case (.vlan(let wanted), .vlan(let found)?):
            let changes = wanted.changes(from: found)
            return (.vlan(changes.wanted), .vlan(changes.found))
        case (.custom(let wanted), .some(let found)): return wanted.settings.changeable(from: found)
        // Kinds without settings that could be changed, and links of another kind.
        case (.veth, _), (.dummy, _), (.ifb, _), (.vrf, _), (.tun, _), (.other, _), (.bridge, _), (.vxlan, _),
            (.macvlan, _), (.ipvlan, _), (.vlan, _), (.custom, nil):
            return (self, found)
        }
    }
}

extension LinkKindSettings {
    fileprivate func fit(kind found: LinkKind) -> LinkKindFit {
        guard let found = try? found.settings(as: Self.self) else { return .needsNewLink }
        return fit(found)
    }

    fileprivate func changeable(from found: LinkKind) -> (wanted: LinkKind, found: LinkKind?) {
        guard let found = try? found.settings(as: Self.self) else { return (.custom(self), found) }
        let changes = changes(from: found)
        return (.custom(changes.wanted), .custom(changes.found))
    }
}
