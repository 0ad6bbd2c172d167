// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Glibc
internal import Namespaces
internal import Netlink

/// Whether the kernel has something that plugins need, found out by making it in a throw-away namespace.
struct KernelFeature: Examination {
    let id: String
    let feature: String
    let severity: Finding.Severity
    let module: String
    let need: String
    var healthy: String { "the kernel has \(feature)" }
    private let probe: @Sendable (borrowing NetworkNamespace) throws(NetlinkError) -> Void

    static let all: [any Examination] = [
        KernelFeature(
            id: "kernel-bridge", feature: "bridges", severity: .problem, module: "bridge",
            need: "The bridge plugin cannot work without."
        ) { namespace throws(NetlinkError) in
            try RoutingSocket(in: namespace).perform { $0.addLink("probe0", .bridge(Bridge())) }
        },
        KernelFeature(
            id: "kernel-veth", feature: "veth pairs", severity: .problem, module: "veth",
            need: "Containers are connected by them."
        ) { namespace throws(NetlinkError) in
            let pair = Veth(peer: Veth.Peer(name: "probe1"))
            try RoutingSocket(in: namespace).perform { $0.addLink("probe0", .veth(pair)) }
        },
        KernelFeature(
            id: "kernel-nf-tables", feature: "nf_tables with address translation",
            severity: .problem, module: "nft_masq", need: "Masquerading (ipMasq) needs it."
        ) { namespace throws(NetlinkError) in try translateAddresses(in: namespace) },
        KernelFeature(
            id: "kernel-vxlan", feature: "VXLAN devices", severity: .warning, module: "vxlan",
            need: "Only networks that span hosts by VXLAN need it."
        ) { namespace throws(NetlinkError) in
            do throws(NetlinkError) {
                // Without the number of its network, which a kernel that knows the kind asks for.
                try RoutingSocket(in: namespace).perform { $0.addLink("probe0", .other("vxlan")) }
            } catch  where error.errno == EINVAL {
                return
            }
        },
    ]

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        let namespace: NetworkNamespace
        do throws(NamespaceError) {
            namespace = try .anonymous()
        } catch {
            throw Obstacle(error)
        }
        do throws(NetlinkError) {
            try probe(namespace)
            return []
        } catch {
            // Not allowed is no answer to the question what the kernel can do.
            if error.errno == EPERM || error.errno == EACCES { throw Obstacle(error) }
            return [
                Finding(
                    id, severity, "the kernel has no \(feature)", "\(need) The kernel says: \(error).",
                    remedy: "modprobe \(module)")
            ]
        }
    }

    /// Makes what masquerading is made of.
    private static func translateAddresses(
        in namespace: borrowing NetworkNamespace
    ) throws(NetlinkError) {
        let table = NFTables.TableName(.inet, "probe")
        let map = NFTables.Set(table, "map", key: [.ipv4Address], kind: .verdictMap)
        let base = NFTables.Base(.nat, .postrouting, priority: NFTables.Priority.sourceNAT)
        let chain = NFTables.Chain(table, "chain", base: base)
        try NFTablesSocket(in: namespace).perform { batch in
            batch.add(NFTables.Table(table))
            batch.add(map)
            batch.add(chain)
            batch.add(NFTables.Rule(in: chain).saddr(.v4, vmap: map.name))
            batch.add(NFTables.Rule(in: chain).masquerade())
        }
    }
}
