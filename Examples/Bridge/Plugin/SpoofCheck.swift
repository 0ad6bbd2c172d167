// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import Netlink
internal import NetworkState

/// Containers that can send only from their own MAC address: a map of guarded ports and a set of pairs of port and
/// address, one element each for a container.
enum SpoofCheck {
    private static let table = NFTables.TableName.spoofCheck
    private static let ports = NFTables.Set(table, "ports", key: [.ifname], kind: .verdictMap)
    private static let allowed = NFTables.Set(table, "allowed", key: [.ifname, .etherAddress])
    private static let check = NFTables.Chain(table, "check")
    private static let base = NFTables.Chain(
        table, "prerouting", base: NFTables.Base(.filter, .prerouting, priority: -300))

    /// Adds the rules, and the container's elements if there is one.
    static func add(
        to state: inout NetworkState, owner: String?, _ request: StateRequest<BridgeConfiguration>
    ) {
        func add(_ object: FirewallObject, for lifetime: Lifetime = .network) {
            state.add(.firewall(object), in: .host, for: lifetime)
        }
        add(.table(NFTables.Table(table, comment: "containers keep to their MAC addresses")))
        add(.set(ports))
        add(.set(allowed))
        add(
            .chain(
                check,
                rules: [
                    NFTables.Rule(in: check).iifnameEtherSaddr(in: allowed.name).return(),
                    NFTables.Rule(in: check).drop(),
                ]))
        add(.chain(base, rules: [NFTables.Rule(in: base).vmap([.iifname], ports.name)]))
        guard let owner else { return }
        let port = NFTables.Value.ifname(request.hostInterface())
        if let mac = state.link(request.interface, in: .container)?.madeWith.mac {
            let element = NFTables.Element([port, .ether(mac)], comment: owner)
            add(.element(element, in: allowed), for: .attachment)
        }
        let guarded = NFTables.Element([port], data: .verdict(.jump(check.name)), comment: owner)
        add(.element(guarded, in: ports), for: .attachment)
    }
}
