// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import Netlink
internal import Topology

/// Whether the links of containers that are gone are gone, too.
struct LinkExamination: Examination {
    let id = "link-left-over"
    let healthy = "no link is left over from a container that is gone"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        guard let attachments = survey.attachments else { return [] }
        let configured = survey.configurations.networks.compactMap { try? NetworkName($0.name) }
        let networks = Set((configured + attachments.entries.map(\.network)).map(\.keyPrefix))
        var dead: [(link: Link, key: String)] = []
        var forgotten: [(link: Link, key: String)] = []
        for found in try survey.attachedLinks() {
            switch attachments.standing(of: found.key) {
            case .valid: continue
            // Where its other end is, there is a namespace: the container lives, regardless of its path.
            case .dead: if !found.link.provesNamespace { dead.append(found) }
            // Somebody else's alias may look like a key.
            case .forgotten: if networks.contains(where: found.key.hasPrefix) { forgotten.append(found) }
            }
        }
        var findings: [Finding] = []
        if !dead.isEmpty {
            let links = dead
            findings.append(
                finding(
                    dead, "Their containers' network namespaces do not exist any more.",
                    repair: { () throws(CNIError) in try Self.remove(links) }))
        }
        if !forgotten.isEmpty {
            // An attachment that is being made is not yet remembered either: not ours to remove.
            findings.append(
                finding(forgotten, "No runtime remembers them, or is about to: look again in a minute."))
        }
        return findings
    }

    private func finding(
        _ links: [(link: Link, key: String)], _ reason: String,
        repair: (@Sendable () throws(CNIError) -> Void)? = nil
    ) -> Finding {
        Finding(
            id, .warning,
            "\(links.count) links of containers that are gone: \(links.map(\.link.name).summary)",
            "\(reason) They belong to \(links.map(\.key).summary).",
            remedy: links.map { "ip link delete \($0.link.name.quoted)" }.joined(separator: "; "),
            repair: repair)
    }

    /// Removes the links that are still those that were found.
    private static func remove(_ links: [(link: Link, key: String)]) throws(CNIError) {
        try CNIError.wrapping { () throws(NetlinkError) in
            let socket = try RoutingSocket()
            for (link, key) in links {
                guard let now = try socket.link(.index(link.index)), now.attributes.alias == key,
                    !now.provesNamespace
                else { continue }
                do throws(NetlinkError) {
                    try socket.perform { $0.deleteLink(.index(link.index)) }
                } catch  where error.meansAbsence {
                    continue
                }
            }
        }
    }
}
