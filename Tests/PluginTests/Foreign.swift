// SPDX-License-Identifier: Apache-2.0

import CNITesting
import LinuxCore
import Netlink

/// What others have on a host, of every kind: it has to be there unchanged, whatever fails or dies.
enum Foreign {
    static func add(to network: TestNetwork) throws {
        try network.run {
            let routing = try RoutingSocket()
            try routing.perform {
                $0.addLink(
                    "others0", .veth(Veth(peer: Veth.Peer(name: "others1"))), LinkAttributes(alias: "others"))
                $0.addLink("othersbr", .bridge(Netlink.Bridge()), LinkAttributes(isUp: true))
                $0.setLink(.name("others1"), LinkAttributes(isUp: true, alias: "somebody/else"))
                $0.setLink(.name("others0"), LinkAttributes(isUp: true))
            }
            guard let link = try routing.link(.name("others0")),
                let bridge = try routing.link(.name("othersbr")),
                let address = IPPrefix("10.200.0.1/24"), let network = IPPrefix("10.201.0.0/16"),
                let gateway = IPAddress("10.200.0.2"), let mac = MACAddress("02:00:00:00:00:99")
            else { return }
            var rule = Rule(.v4, priority: 1100, table: 99)
            rule.source = IPPrefix("10.200.0.0/24")
            let selector = rule
            try routing.perform {
                $0.setLink(.name("others1"), LinkAttributes(), master: bridge.index)
                $0.address(.add, InterfaceAddress(address), on: link.index)
                $0.route(.add, Route(network, via: gateway), through: link.index)
                $0.rule(.add, selector)
                $0.neighbour(.add, Neighbour(gateway, mac: mac), on: link.index)
                $0.forwarding(.add, ForwardingEntry(mac), on: link.index)
            }
            let table = NFTables.TableName(.inet, "others")
            let set = NFTables.Set(table, "pods4", key: [.ipv4Address])
            let chain = NFTables.Chain(
                table, "postrouting", base: NFTables.Base(.nat, .postrouting, priority: 100))
            try NFTablesSocket().perform {
                $0.add(NFTables.Table(table))
                $0.add(set)
                $0.add(chain)
                $0.add(NFTables.Rule(in: chain).saddr(.v4, in: "pods4").masquerade())
                // Not even a comment that looks like a key makes it ours.
                $0.add(NFTables.Element([.address(gateway)], comment: "others"), to: set)
            }
        }
        try Directory.create("\(network.dataDir.path)/others")
        try File.create("\(network.dataDir.path)/others/10.1.0.2", Array("somebody\neth0".utf8), mode: 0o600)
    }
}
