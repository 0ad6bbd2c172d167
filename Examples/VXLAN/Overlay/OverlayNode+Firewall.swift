// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink
internal import NetworkState

extension OverlayNode {
    /// The bit that kube-proxy marks packets with that it masquerades itself.
    private static var serviceMark: UInt32 { 0x4000 }

    /// Adds the rules, whose number does not grow with nodes or containers; a table that has none of them goes.
    func addFirewall(to state: inout NetworkState) {
        let name = table
        let table = NFTables.Table(name, comment: "swift-cni: the overlay's way out, and through")
        guard masquerades || acceptsForwarding else {
            return state.exclude(.firewall(.table(table)), in: .host)
        }
        state.add(.firewall(.table(table)), in: .host, for: .host)
        let way = NFTables.Chain(
            name, "postrouting",
            base: NFTables.Base(.nat, .postrouting, priority: NFTables.Priority.sourceNAT))
        add(.chain(way, rules: masqueradingRules(in: way)), if: masquerades, to: &state)
        let forward = NFTables.Chain(
            name, "forward", base: NFTables.Base(.filter, .forward, priority: NFTables.Priority.filter))
        add(.chain(forward, rules: forwardingRules(in: forward)), if: acceptsForwarding, to: &state)
    }

    private func add(_ object: FirewallObject, if isWanted: Bool, to state: inout NetworkState) {
        if isWanted {
            state.add(.firewall(object), in: .host, for: .host)
        } else {
            state.exclude(.firewall(object), in: .host)
        }
    }

    /// Between containers, wherever they are, never; to a container from elsewhere neither, so that it sees the
    /// client's address; from a container to elsewhere, and from the node's other addresses to another node's
    /// containers, always.
    private func masqueradingRules(in chain: NFTables.Chain) -> [NFTables.Rule] {
        var rules = [NFTables.Rule(in: chain).mark(Self.serviceMark, mask: Self.serviceMark).return()]
        for family in configuration.families {
            guard let network = configuration[family]?.network, let subnet = lease[family]?.subnet else {
                continue
            }
            let multicast = family == .v4 ? IPPrefix("224.0.0.0/4") : IPPrefix("ff00::/8")
            rules.append(NFTables.Rule(in: chain).saddr(network).daddr(network).return())
            rules.append(NFTables.Rule(in: chain).daddr(subnet).return())
            if let multicast {
                rules.append(NFTables.Rule(in: chain).saddr(network).daddr(multicast).return())
            }
            rules.append(NFTables.Rule(in: chain).saddr(network).masquerade(.fullyRandom))
            rules.append(NFTables.Rule(in: chain).daddr(network).masquerade(.fullyRandom))
        }
        return rules
    }

    private func forwardingRules(in chain: NFTables.Chain) -> [NFTables.Rule] {
        configuration.families.compactMap { configuration[$0]?.network }.flatMap { network in
            [
                NFTables.Rule(in: chain).saddr(network).accept(),
                NFTables.Rule(in: chain).daddr(network).accept(),
            ]
        }
    }
}
