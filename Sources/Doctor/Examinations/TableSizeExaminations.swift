// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

/// Whether there is room for more connections.
struct ConnectionTrackingExamination: Examination {
    let id = "conntrack-full"
    let healthy = "there is room in the table of tracked connections"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        guard let count = try survey.number("net/netfilter/nf_conntrack_count"),
            let limit = try survey.number("net/netfilter/nf_conntrack_max"), limit > 0,
            count >= limit / 5 * 4
        else { return [] }
        return [
            Finding(
                id, count >= limit / 20 * 19 ? .problem : .warning,
                "\(count) of at most \(limit) connections are tracked",
                "When the table is full, packets of new connections are dropped ('nf_conntrack: table "
                    + "full').",
                remedy: "sysctl -w net/netfilter/nf_conntrack_max=\(limit * 2)")
        ]
    }
}

/// Whether the kernel's tables of neighbours have room for the containers there are.
struct NeighbourTableExamination: Examination {
    let id = "neighbour-table-small"
    let healthy = "there is room in the tables of neighbours"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        let bridges = Set(try survey.bridges().map(\.index))
        let containers = try survey.links().count { $0.master.map { bridges.contains($0) } ?? false }
        let neighbours = try asking { () throws(NetlinkError) in try RoutingSocket().neighbours() }
        var findings: [Finding] = []
        for (family, folder) in [(IPAddress.Family.v4, "ipv4"), (.v6, "ipv6")] {
            let setting = "net/\(folder)/neigh/default/gc_thresh3"
            guard let limit = try survey.number(setting), limit > 0 else { continue }
            // Permanent entries and those without a link-layer address do not count (Linux 5.0).
            let present = neighbours.count {
                $0.entry.address.family == family && $0.entry.state.isDisjoint(with: [.permanent, .noARP])
            }
            // One table for all namespaces: the host knows each container, and each container its gateway.
            let needed = max(present, 2 * containers)
            guard needed >= limit / 5 * 4 else { continue }
            findings.append(
                Finding(
                    id, .warning, "\(containers) containers and a table of \(limit) neighbours for \(folder)",
                    "About \(needed) entries are needed. When the table is full, containers that are there "
                        + "cannot be reached ('neighbour: table overflow').",
                    remedy: "sysctl -w \(setting)=\(max(limit, needed) * 4)"))
        }
        return findings
    }
}
