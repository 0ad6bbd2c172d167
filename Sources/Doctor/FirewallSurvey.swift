// SPDX-License-Identifier: Apache-2.0

internal import Netlink
internal import NetworkState

/// What there is of nf_tables: base chains, and the elements that plugins have for containers.
struct FirewallSurvey {
    /// A chain in a packet's way, and how many rules are in it.
    struct BaseChain {
        let chain: NFTables.Chain
        let base: NFTables.Base
        let ruleCount: Int
    }

    /// A chain in which others' rules come before ours.
    struct OvertakenChain {
        let chain: NFTables.Chain
        let rules: [NFTables.Rule]
    }

    static let ports = NFTables.TableName(.inet, "cni_portmap")
    static let admission = NFTables.TableName(.inet, "cni_firewall")
    static let isolation = NFTables.TableName(.bridge, "cni_firewall")

    /// The chains at the hook `forward` whose policy is to drop.
    let dropping: [BaseChain]
    /// The chains of others in which rules of ours come behind rules that may drop packets.
    let overtaken: [OvertakenChain]
    /// The elements of its tables, by set or map.
    let elements: [(map: NFTables.Set, elements: [NFTables.Element])]
    /// Whether vpc-agent's table is there.
    let hasVPCTable: Bool
    /// The chains that the Amazon VPC CNI has made.
    let chainsOfOthers: [NFTables.Chain]

    init() throws(NetlinkError) {
        let socket = try NFTablesSocket()
        var dropping: [BaseChain] = []
        var overtaken: [OvertakenChain] = []
        var elements: [(NFTables.Set, [NFTables.Element])] = []
        var (hasVPCTable, chainsOfOthers): (Bool, [NFTables.Chain]) = (false, [])
        for table in try socket.tables() where !table.isDormant {
            let families: [NFTables.Family] = [.inet, .ip, .ip6, .bridge]
            guard families.contains(table.name.family) else { continue }
            if table.name == VPCNode.table { hasVPCTable = true }
            for chain in try socket.chains(in: table.name) {
                if chain.name.hasPrefix("AWS-") { chainsOfOthers.append(chain) }
                guard let base = chain.base, base.hook == .forward else { continue }
                let rules = try socket.rules(in: table.name, chain: chain.name).map(\.rule)
                let first = GuestRule.rulesBefore(allIn: rules).filter(\.mayDrop)
                if !first.isEmpty { overtaken.append(OvertakenChain(chain: chain, rules: first)) }
                if base.policy != .drop { continue }
                dropping.append(BaseChain(chain: chain, base: base, ruleCount: rules.count))
            }
            let ours = [.masquerade, .spoofCheck, Self.ports, Self.admission, Self.isolation]
            guard ours.contains(table.name) else { continue }
            for map in try socket.sets(in: table.name) {
                elements.append((map, try socket.elements(of: map) ?? []))
            }
        }
        (self.dropping, self.overtaken) = (dropping, overtaken)
        self.elements = elements
        (self.hasVPCTable, self.chainsOfOthers) = (hasVPCTable, chainsOfOthers)
    }
}
