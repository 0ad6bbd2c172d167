// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import LinuxCore
internal import Netlink

/// Whether the host drops packets that come another way than it would send the answer (RFC 3704, strict).
///
/// That is right where there is one way only, so it is looked at where there are several.
struct ReversePathExamination: Examination {
    let id = "reverse-path-filter"
    let healthy = "packets are not dropped for the way they come where there are several"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        let bridges = try survey.bridges()
        // Answers to what pods on other ENIs send come by the primary one.
        let isOnENIs = try VPCNode(survey) != nil
        if bridges.isEmpty, !isOnENIs { return [] }
        var isNeeded = isOnENIs
        if !isNeeded { isNeeded = try Self.hasSeveralWays(survey) }
        if !isNeeded { isNeeded = try Self.hasSeveralNetworks(survey) }
        if !isNeeded { return [] }
        let all = try survey.number("net/ipv4/conf/all/rp_filter") ?? 0
        var strict: [String] = []
        for link in try bridges + survey.uplinks() {
            // The kernel takes the larger of the two: 1 is strict, 2 is loose.
            let own = try survey.number("net/ipv4/conf/\(link.name)/rp_filter") ?? 0
            if max(all, own) == 1 { strict.append(link.name) }
        }
        if strict.isEmpty { return [] }
        let settings = strict.map { "net/ipv4/conf/\($0)/rp_filter" }
        let paths = settings.map { survey.settingPath($0) }
        return [
            Finding(
                id, .warning, "strict reverse-path filtering on \(strict.summary)",
                "The host has several ways out, or containers in several networks. Packets that come another "
                    + "way than the answer would go are dropped without a trace. Loose filtering (2) keeps "
                    + "the protection against addresses that nobody can have.",
                remedy: "sysctl -w " + settings.map { "\($0)=2".quoted }.joined(separator: " "),
                repair: { () throws(CNIError) in
                    try CNIError.wrapping { () throws(SystemError) in
                        for path in paths { try File.write("2", into: path) }
                    }
                })
        ]
    }

    /// Whether a container is in several networks, and may answer through another one than it was asked.
    private static func hasSeveralNetworks(_ survey: Survey) throws(Obstacle) -> Bool {
        var containers: Set<Substring> = []
        return try survey.attachedLinks().contains { _, key in
            let parts = key.split(separator: "/")
            return parts.count == 3 && !containers.insert(parts[1]).inserted
        }
    }

    /// Whether there are default routes on several links, or rules that choose among tables.
    private static func hasSeveralWays(_ survey: Survey) throws(Obstacle) -> Bool {
        let ways = Set(
            try survey.routes().filter {
                $0.route.destination.length == 0 && $0.route.destination.family == .v4
            }.compactMap(\.index))
        if ways.count > 1 { return true }
        let usual: Set<UInt32> = [253, 254, 255]  // default, main, local
        return try asking { () throws(NetlinkError) in try RoutingSocket().rules(.v4) }
            .contains { !usual.contains($0.table) }
    }
}
