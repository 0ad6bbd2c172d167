// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import LinuxCore
internal import Netlink
internal import NetworkState

/// `table inet cni_portmap`: which ports of the host lead where.
///
/// For each family a map from ports to containers' addresses and ports, and one for ports of a single address of the host,
/// which comes first. Two more say by which chain a packet gets there: there is one for each network of containers, with
/// the conditions and the masquerading that its attachments share. So a packet meets the same few rules however many
/// mappings there are, and only one that is for an address of the host itself meets any: what passes through, and be it to
/// the same port, is none of ours (CVE-2025-67499).
enum PortTable {
    static let name = NFTables.TableName(.inet, "cni_portmap")
    private static let mapped = NFTables.Chain(name, "mapped")
    private static let halves = [Half(.v4), Half(.v6)]

    /// The sets of a family.
    private struct Half {
        let family: IPAddress.Family
        /// To where the ports of all addresses lead.
        let ports: NFTables.Set
        /// To where the ports of one address lead.
        let hostPorts: NFTables.Set
        /// By which chain packets to the ports of all addresses get there.
        let ways: NFTables.Set
        /// By which chain packets to the ports of one address get there.
        let hostWays: NFTables.Set
        /// The containers' addresses.
        let pods: NFTables.Set

        init(_ family: IPAddress.Family) {
            self.family = family
            let (address, digit): (NFTables.FieldType, String) =
                family == .v4 ? (.ipv4Address, "4") : (.ipv6Address, "6")
            let port: [NFTables.FieldType] = [.inetProtocol, .inetService]
            let target = NFTables.Set.Kind.map([address, .inetService])
            ports = NFTables.Set(name, "ports\(digit)", key: port, kind: target)
            hostPorts = NFTables.Set(name, "hostip-ports\(digit)", key: [address] + port, kind: target)
            ways = NFTables.Set(name, "ways\(digit)", key: port, kind: .verdictMap)
            hostWays = NFTables.Set(name, "hostip-ways\(digit)", key: [address] + port, kind: .verdictMap)
            pods = NFTables.Set(name, "pods\(digit)", key: [address])
        }

        var all: [NFTables.Set] { [ports, hostPorts, ways, hostWays, pods] }
        /// What is looked up in ``ports``, and in ``ways``.
        var key: [NFTables.Selector] { [.l4proto, .thDport] }
        /// What is looked up in ``hostPorts``, and in ``hostWays``.
        var hostKey: [NFTables.Selector] { [.daddr(family)] + key }
    }

    /// How packets get to a container.
    struct Way {
        /// The container's address, with the length of its network.
        let pod: IPPrefix
        let chain: NFTables.Chain
        let rules: [NFTables.Rule]

        init(to pod: IPPrefix, _ configuration: PortmapConfiguration) {
            self.pod = pod
            let conditions = configuration.conditions(pod.family)
            var options = conditions.map { "\($0) " }.joined()
            if !configuration.snat { options += "no snat " }
            if configuration.masqAll { options += "all " }
            if configuration.masqueradeBit != 13 { options += "bit \(configuration.masqueradeBit)" }
            let word = NFTables.Chain.name("to", pod.network)
            chain = NFTables.Chain(
                name, options.isEmpty ? word : "\(word)-\(StableHash.text(options, length: 6))")
            rules = Self.rules(pod.network, conditions, configuration, in: chain)
        }

        private static func rules(
            _ network: IPPrefix, _ conditions: [PacketCondition], _ configuration: PortmapConfiguration,
            in chain: NFTables.Chain
        ) -> [NFTables.Rule] {
            var start = NFTables.Rule(in: chain)
            for condition in conditions { start = condition.added(to: start) }
            let bit = UInt32(1) << UInt32(configuration.masqueradeBit)
            var rules: [NFTables.Rule] = []
            if configuration.snat, configuration.masqAll {
                rules.append(start.setMark(bit, mask: bit))
            } else if configuration.snat {
                // A neighbour's answers would not come back this way, and 127.0.0.1 has no way back at all.
                let sources = [network] + (network.family == .v4 ? [loopback].compactMap { $0 } : [])
                rules += sources.map { start.saddr($0).setMark(bit, mask: bit) }
            }
            for half in halves where half.family == network.family {
                rules.append(
                    start.dnat(half.family, toAddressAndPortOf: half.hostKey, in: half.hostPorts.name))
                rules.append(start.dnat(half.family, toAddressAndPortOf: half.key, in: half.ports.name))
            }
            return rules
        }
    }

    private static let loopback = IPPrefix("127.0.0.0/8")

    /// Adds what all attachments share.
    ///
    /// - Parameter masqueradeBit: The bit of a packet's mark that says that it is to be masqueraded.
    static func add(to state: inout NetworkState, masqueradeBit: Int) {
        func add(_ object: FirewallObject) { state.add(.firewall(object), in: .host, for: .network) }
        func base(
            _ title: String, _ kind: NFTables.Base.Kind, _ hook: NFTables.Base.Hook, _ priority: Int32,
            _ rules: (NFTables.Chain) -> [NFTables.Rule]
        ) {
            let chain = NFTables.Chain(
                name, title, base: NFTables.Base(kind, hook, priority: priority))
            add(.chain(chain, rules: rules(chain)))
        }
        add(.table(NFTables.Table(name, comment: "ports of the host that lead to containers")))
        for half in halves { for set in half.all { add(.set(set)) } }
        add(
            .chain(
                mapped,
                rules: halves.flatMap { half in
                    [
                        NFTables.Rule(in: mapped).vmap(half.hostKey, half.hostWays.name),
                        NFTables.Rule(in: mapped).nfproto(half.family).vmap(half.key, half.ways.name),
                    ]
                }))
        for (title, hook) in [("prerouting", NFTables.Base.Hook.prerouting), ("output", .output)] {
            base(title, .nat, hook, NFTables.Priority.destinationNAT) { chain in
                [NFTables.Rule(in: chain).fibDaddrType(.local).jump(mapped.name)]
            }
        }
        let bit = UInt32(1) << UInt32(masqueradeBit)
        base("masquerade-\(masqueradeBit)", .nat, .postrouting, NFTables.Priority.sourceNAT) { chain in
            halves.map { half in
                NFTables.Rule(in: chain).mark(bit, mask: bit).daddr(half.family, in: half.pods.name)
                    .masquerade()
            }
        }
        // With route_localnet others could reach what listens on 127.0.0.1. Answers have another address here still.
        base("loopback", .filter, .prerouting, NFTables.Priority.raw) { chain in
            loopback.map { [NFTables.Rule(in: chain).daddr($0).iifname("lo", isNot: true).drop()] } ?? []
        }
    }

    /// Adds the elements of a container's mappings, and the chain that leads to it.
    static func add(_ mappings: [PortMapping], by way: Way, to state: inout NetworkState) {
        func add(_ key: [NFTables.Value], _ data: NFTables.Element.Data? = nil, in set: NFTables.Set) {
            state.add(.firewall(.element(NFTables.Element(key, data: data), in: set)), in: .host)
        }
        state.add(.firewall(.chain(way.chain, rules: way.rules)), in: .host, for: .network)
        for half in halves where half.family == way.pod.family {
            for mapping in mappings where mapping.leads(to: half.family) {
                let host = mapping.hostIP.map { [NFTables.Value.address($0)] } ?? []
                let key = host + [.inetProtocol(mapping.protocolNumber), .service(mapping.hostPort)]
                let target = [NFTables.Value.address(way.pod.address), .service(mapping.containerPort)]
                add(key, .values(target), in: host.isEmpty ? half.ports : half.hostPorts)
                add(key, .verdict(.goto(way.chain.name)), in: host.isEmpty ? half.ways : half.hostWays)
            }
            add([.address(way.pod.address)], in: half.pods)
        }
    }

    /// Has a DEL that names no mapping look whether the container has some.
    static func trace(_ pod: IPPrefix, in state: inout NetworkState) {
        for half in halves where half.family == pod.family {
            state.trace(NFTables.Element([.address(pod.address)]), in: half.pods)
        }
    }
}
