// SPDX-License-Identifier: Apache-2.0

internal import Netlink
public import NetworkState

extension NetworkState {
    /// Masquerades connections from these addresses to outside of their own networks: they seem to come from the host.
    ///
    /// See `nft list table inet cni_masquerade`. Describe it without addresses for GC, which removes the table.
    public mutating func masquerade(_ addresses: [IPPrefix]) { Masquerade.add(to: &self, addresses) }
}

/// Masquerading: one verdict map for each family with one element for each address of a container, which
/// jumps to one chain for each network.
///
/// No packet meets more rules because there are more containers.
private enum Masquerade {
    private static let table = NFTables.TableName.masquerade
    private static let families: [(family: IPAddress.Family, map: NFTables.Set, multicast: IPPrefix?)] = [
        (.v4, map("pods4", .ipv4Address), IPPrefix("224.0.0.0/4")),
        (.v6, map("pods6", .ipv6Address), IPPrefix("ff00::/8")),
    ]

    private static func map(_ name: String, _ key: NFTables.FieldType) -> NFTables.Set {
        NFTables.Set(table, name, key: [key], kind: .verdictMap)
    }

    /// Adds what masquerades connections from these addresses to outside of their own networks.
    static func add(to state: inout NetworkState, _ addresses: [IPPrefix]) {
        func add(_ object: FirewallObject, for lifetime: Lifetime = .network) {
            state.add(.firewall(object), in: .host, for: lifetime)
        }
        add(.table(NFTables.Table(table, comment: "containers' way out")))
        for (_, map, _) in families { add(.set(map)) }
        let base = NFTables.Chain(
            table, "postrouting",
            base: NFTables.Base(.nat, .postrouting, priority: NFTables.Priority.sourceNAT))
        let rules = families.map { NFTables.Rule(in: base).saddr($0.family, vmap: $0.map.name) }
        for network in addresses.map(\.network).uniqued() {
            let chain = NFTables.Chain(table, chainName(network))
            add(.chain(chain, rules: self.rules(of: network, in: chain)))
        }
        add(.chain(base, rules: rules))
        for address in addresses {
            guard let map = families.first(where: { $0.family == address.family })?.map else { continue }
            let verdict = NFTables.Verdict.jump(chainName(address.network))
            let element = NFTables.Element(
                [.address(address.address)], data: .verdict(verdict))
            add(.element(element, in: map), for: .attachment)
        }
    }

    private static func chainName(_ network: IPPrefix) -> String {
        NFTables.Chain.name("from", network)
    }

    private static func rules(of network: IPPrefix, in chain: NFTables.Chain) -> [NFTables.Rule] {
        let exceptions = [network, families.first { $0.family == network.family }?.multicast].compactMap {
            $0
        }
        return exceptions.map { NFTables.Rule(in: chain).daddr($0).return() }
            + [NFTables.Rule(in: chain).masquerade()]
    }
}

extension [IPPrefix] {
    /// Each once, in the order of first appearance.
    fileprivate func uniqued() -> [IPPrefix] {
        reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
