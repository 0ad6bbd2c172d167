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

    static let ports = NFTables.TableName(.inet, "cni_portmap")
    static let admission = NFTables.TableName(.inet, "cni_firewall")
    static let isolation = NFTables.TableName(.bridge, "cni_firewall")

    /// The chains at the hook `forward` whose policy is to drop.
    let dropping: [BaseChain]
    /// The elements of its tables, by set or map.
    let elements: [(map: NFTables.Set, elements: [NFTables.Element])]
    /// Whether vpc-agent's table is there.
    let hasVPCTable: Bool
    /// The chains that the Amazon VPC CNI has made.
    let chainsOfOthers: [NFTables.Chain]

    init() throws(NetlinkError) {
        let socket = try NFTablesSocket()
        var dropping: [BaseChain] = []
        var elements: [(NFTables.Set, [NFTables.Element])] = []
        var (hasVPCTable, chainsOfOthers): (Bool, [NFTables.Chain]) = (false, [])
        for table in try socket.tables() where !table.isDormant {
            let families: [NFTables.Family] = [.inet, .ip, .ip6, .bridge]
            guard families.contains(table.name.family) else { continue }
            if table.name == VPCNode.table { hasVPCTable = true }
            for chain in try socket.chains(in: table.name) {
                if chain.name.hasPrefix("AWS-") { chainsOfOthers.append(chain) }
                guard let base = chain.base, base.hook == .forward, base.policy == .drop else { continue }
                let count = try socket.rules(in: table.name, chain: chain.name).count
                dropping.append(BaseChain(chain: chain, base: base, ruleCount: count))
            }
            let ours = [.masquerade, .spoofCheck, Self.ports, Self.admission, Self.isolation]
            guard ours.contains(table.name) else { continue }
            for map in try socket.sets(in: table.name) {
                elements.append((map, try socket.elements(of: map) ?? []))
            }
        }
        self.dropping = dropping
        self.elements = elements
        (self.hasVPCTable, self.chainsOfOthers) = (hasVPCTable, chainsOfOthers)
    }
}
