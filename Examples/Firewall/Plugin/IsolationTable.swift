// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import Netlink
internal import NetworkState

/// `table bridge cni_firewall`: containers that no other port of their bridge reaches.
///
/// Frames within a bridge come by no table of IP, unless br_netfilter is there. The host is no port.
enum IsolationTable {
    static let name = NFTables.TableName(.bridge, "cni_firewall")
    private static let sets: [(family: IPAddress.Family, set: NFTables.Set)] = [
        (.v4, NFTables.Set(name, "isolated4", key: [.ipv4Address])),
        (.v6, NFTables.Set(name, "isolated6", key: [.ipv6Address])),
    ]

    /// Adds what all attachments share.
    static func add(to state: inout NetworkState) {
        func add(_ object: FirewallObject) { state.add(.firewall(object), in: .host, for: .network) }
        let base = NFTables.Base(.filter, .forward, priority: -200)
        let chain = NFTables.Chain(name, "forward", base: base)
        add(.table(NFTables.Table(name, comment: "containers apart from their neighbours")))
        for (_, set) in sets { add(.set(set)) }
        add(
            .chain(
                chain,
                rules: sets.flatMap { family, set in
                    [
                        NFTables.Rule(in: chain).saddr(family, in: set.name).drop(),
                        NFTables.Rule(in: chain).daddr(family, in: set.name).drop(),
                    ]
                }))
    }

    /// Adds the addresses of a container.
    static func isolate(_ addresses: [IPAddress], in state: inout NetworkState) {
        for (family, set) in sets {
            for address in addresses where address.family == family {
                state.add(
                    .firewall(.element(NFTables.Element([.address(address)]), in: set)), in: .host)
            }
        }
    }

    /// Has a DEL that names no policy look whether the container has one.
    static func trace(_ addresses: [IPAddress], in state: inout NetworkState) {
        for (family, set) in sets {
            for address in addresses where address.family == family {
                state.trace(NFTables.Element([.address(address)]), in: set)
            }
        }
    }
}
