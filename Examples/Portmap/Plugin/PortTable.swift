// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import Netlink
internal import NetworkState

/// `table inet cni_portmap`: which ports of the host lead where.
///
/// For each family a map from ports to containers' addresses and ports, and one for ports of a single address of the host.
/// A port is in one of them once, whoever has it. How packets get there is a ``PortWay``, which attachments with the same
/// network and options share.
enum PortTable {
    static let name = NFTables.TableName(.inet, "cni_portmap")
    static let loopback = IPPrefix("127.0.0.0/8")

    /// The containers' addresses.
    private static func pods(_ family: IPAddress.Family) -> NFTables.Set {
        family == .v4
            ? NFTables.Set(name, "pods4", key: [.ipv4Address])
            : NFTables.Set(name, "pods6", key: [.ipv6Address])
    }

    /// Adds what all attachments share.
    ///
    /// - Parameter masqueradeBit: The bit of a packet's mark that says that it is to be masqueraded.
    static func add(to state: inout NetworkState, masqueradeBit: Int) {
        func add(_ object: FirewallObject) { state.add(.firewall(object), in: .host, for: .network) }
        add(.table(NFTables.Table(name, comment: "ports of the host that lead to containers")))
        for family in IPAddress.Family.allCases { add(.set(pods(family))) }
        let bit = UInt32(1) << UInt32(masqueradeBit)
        let masquerade = NFTables.Chain(
            name, "masquerade-\(masqueradeBit)",
            base: NFTables.Base(.nat, .postrouting, priority: NFTables.Priority.sourceNAT))
        let masquerading = IPAddress.Family.allCases.map { family in
            NFTables.Rule(in: masquerade).mark(bit, mask: bit).daddr(family, in: pods(family).name)
                .masquerade()
        }
        add(.chain(masquerade, rules: masquerading))
        // With route_localnet others could reach what listens on 127.0.0.1. Answers have another address here still.
        let guarding = NFTables.Chain(
            name, "loopback", base: NFTables.Base(.filter, .prerouting, priority: NFTables.Priority.raw))
        let drops = loopback.map {
            NFTables.Rule(in: guarding).daddr($0).iifname("lo", isNot: true).drop()
        }
        add(.chain(guarding, rules: drops.map { [$0] } ?? []))
    }

    /// Adds a container's mappings to its address, and the ways that packets take to it.
    ///
    /// - Parameter pod: The address, with the length of its network.
    static func add(
        _ mappings: [PortMapping], to pod: IPPrefix, _ configuration: PortmapConfiguration,
        in state: inout NetworkState
    ) {
        let mappings = mappings.filter { $0.leads(to: pod.family) }
        for scope in PortWay.Scope.allCases {
            let ports = mappings.filter { ($0.hostIP != nil) == (scope == .oneAddress) }
            if ports.isEmpty { continue }
            let way = PortWay(to: pod.network, scope, configuration)
            way.add(to: &state)
            for mapping in ports {
                let key = mapping.key
                let target = [NFTables.Value.address(pod.address), .service(mapping.containerPort)]
                add(NFTables.Element(key, data: .values(target)), in: way.targets, to: &state)
                add(NFTables.Element(key), in: way.ports, to: &state)
            }
        }
        add(NFTables.Element([.address(pod.address)]), in: pods(pod.family), to: &state)
    }

    private static func add(
        _ element: NFTables.Element, in set: NFTables.Set, to state: inout NetworkState
    ) {
        state.add(.firewall(.element(element, in: set)), in: .host)
    }

    /// Has a DEL that names no mapping look whether the container has some.
    static func trace(_ pod: IPPrefix, in state: inout NetworkState) {
        state.trace(NFTables.Element([.address(pod.address)]), in: pods(pod.family))
    }
}

extension PortMapping {
    /// What the port goes by in a set.
    fileprivate var key: [NFTables.Value] {
        let port = [NFTables.Value.inetProtocol(protocolNumber), .service(hostPort)]
        return (hostIP.map { [NFTables.Value.address($0)] } ?? []) + port
    }
}
