// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CNITypes
internal import Netlink
internal import NetworkState

/// What there is of a node whose pods are on a VPC's ENIs: that its configurations name `vpc-eni` says that it is one.
struct VPCNode {
    /// The protocol number of vpc-agent's rules and routes.
    static let routingProtocol = RoutingProtocol(rawValue: 69)
    /// The table of vpc-agent's in nf_tables.
    static let table = NFTables.TableName(.inet, "cni_vpc")

    /// Where the agent listens.
    let sockets: [String]
    /// The rules of both families.
    let rules: [Rule]

    /// nil on a machine without the plugin.
    init?(_ survey: Survey) throws(Obstacle) {
        let plugins = survey.configurations.networks.flatMap(\.plugins).filter {
            $0["type"]?.string == "vpc-eni"
        }
        if plugins.isEmpty { return nil }
        var sockets: [String] = []
        for plugin in plugins {
            let path = plugin["agentSocket"]?.string ?? ""
            let socket = path.isEmpty ? "/run/swift-cni/vpc/agent.sock" : path
            if !sockets.contains(socket) { sockets.append(socket) }
        }
        self.sockets = sockets
        rules = try asking { () throws(NetlinkError) in
            try RoutingSocket().rules(.v4) + RoutingSocket().rules(.v6)
        }
    }

    /// Whether the plugin or the agent has made a rule.
    static func isOurs(_ rule: Rule) -> Bool {
        rule.protocol == routingProtocol || rule.protocol == Ownership.routingProtocol
    }

    /// The rules that lead by the table of an ENI.
    var leading: [Rule] {
        // The kernel's own: main, default, local.
        rules.filter { Self.isOurs($0) && ![253, 254, 255].contains($0.table) }
    }
}
