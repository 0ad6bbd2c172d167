// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import LinuxCore
internal import Netlink
internal import NetworkState

/// How packets get from ports of the host to the containers of a network: for each set of options, and for ports of all
/// addresses or of single ones, a set of the ports, and chains that look into it.
///
/// So a packet meets the same few rules however many mappings there are, and only one that is for an address of the host
/// itself is led on: what passes through, and be it to the same port, is none of ours (CVE-2025-67499).
///
/// The set is no map to a chain, which would be one rule for all ways: the kernel goes through all elements of such a map
/// whenever one is added that leads to a chain (nft_lookup_validate(), Linux 6.18), for each chain that packets come in by.
struct PortWay {
    /// For which of the host's addresses ports are.
    enum Scope: CaseIterable {
        case oneAddress, allAddresses
    }

    /// Which ports.
    let ports: NFTables.Set
    /// Where those of every way lead.
    let targets: NFTables.Set
    private let chains: [(chain: NFTables.Chain, rules: [NFTables.Rule])]

    init(to network: IPPrefix, _ scope: Scope, _ configuration: PortmapConfiguration) {
        let family = network.family
        let options = configuration.optionsText(family)
        let suffix = options.isEmpty ? "" : "-\(StableHash.text(options, length: 6))"
        let prefix = scope == .oneAddress ? "hostip-" : ""
        func name(_ word: String) -> String { NFTables.Chain.name(prefix + word, network) + suffix }
        let address: NFTables.FieldType = family == .v4 ? .ipv4Address : .ipv6Address
        let port: [NFTables.FieldType] = [.inetProtocol, .inetService]
        let key = (scope == .oneAddress ? [address] : []) + port
        let selectors: [NFTables.Selector] =
            (scope == .oneAddress ? [.daddr(family)] : []) + [.l4proto, .thDport]
        let table = PortTable.name
        ports = NFTables.Set(table, name("way"), key: key)
        targets = NFTables.Set(
            table, "\(prefix)ports\(family == .v4 ? 4 : 6)", key: key, kind: .map([address, .inetService]))
        let way = NFTables.Chain(table, name("way"))
        let marking = configuration.marking(from: network, in: way)
        let leading = configuration.start(family, in: way)
            .dnat(family, toAddressAndPortOf: selectors, in: targets.name)
        // A port of one address comes before the same port of all.
        let priority = NFTables.Priority.destinationNAT - (scope == .oneAddress ? 1 : 0)
        let hooks: [(String, NFTables.Base.Hook)] = [("prerouting", .prerouting), ("output", .output)]
        let ports = ports.name
        chains =
            [(way, marking + [leading])]
            + hooks.map { word, hook in
                let chain = NFTables.Chain(
                    table, name(word), base: NFTables.Base(.nat, hook, priority: priority))
                let rule = NFTables.Rule(in: chain).nfproto(family).match(selectors, in: ports)
                return (chain, [rule.fibDaddrType(.local).goto(way.name)])
            }
    }

    /// Adds what the attachments of the way share.
    func add(to state: inout NetworkState) {
        func add(_ object: FirewallObject) { state.add(.firewall(object), in: .host, for: .network) }
        add(.set(targets))
        add(.set(ports))
        for (chain, rules) in chains { add(.chain(chain, rules: rules)) }
    }
}

extension PortmapConfiguration {
    /// What tells the ways of a network apart.
    fileprivate func optionsText(_ family: IPAddress.Family) -> String {
        var options = conditions(family).map { "\($0) " }.joined()
        if !snat { options += "no snat " }
        if masqAll { options += "all " }
        if masqueradeBit != 13 { options += "bit \(masqueradeBit)" }
        return options
    }

    /// A rule's start: the conditions.
    fileprivate func start(_ family: IPAddress.Family, in chain: NFTables.Chain) -> NFTables.Rule {
        conditions(family).reduce(NFTables.Rule(in: chain)) { $1.added(to: $0) }
    }

    /// The rules that mark what is to be masqueraded.
    fileprivate func marking(from network: IPPrefix, in chain: NFTables.Chain) -> [NFTables.Rule] {
        if !snat { return [] }
        let bit = UInt32(1) << UInt32(masqueradeBit)
        let start = start(network.family, in: chain)
        if masqAll { return [start.setMark(bit, mask: bit)] }
        // A neighbour's answers would not come back this way, and 127.0.0.1 has no way back at all.
        let sources = [network] + (network.family == .v4 ? [PortTable.loopback].compactMap { $0 } : [])
        return sources.map { start.saddr($0).setMark(bit, mask: bit) }
    }
}
