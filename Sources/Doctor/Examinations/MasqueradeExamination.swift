// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import Netlink

/// Whether addresses of containers that are gone are still masqueraded.
///
/// A container that lives has its link on the host, marked with the same key: an element with one is not
/// looked at.
struct MasqueradeExamination: Examination {
    let id = "masquerade-left-over"
    let healthy = "no address of a container that is gone is masqueraded"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        guard let attachments = survey.attachments else { return [] }
        let attached = Set(try survey.links().compactMap(\.attributes.alias))
        let stale = try survey.rules().masqueraded.map { map, elements in
            let gone = elements.filter { element in
                guard let key = element.comment, !attached.contains(key) else { return false }
                switch attachments.standing(of: key) {
                case .valid: return false
                case .dead, .forgotten: return true
                }
            }
            return (map: map, elements: gone)
        }.filter { !$0.elements.isEmpty }
        if stale.isEmpty { return [] }
        let elements = stale.flatMap(\.elements)
        let commands = stale.map { map, elements in
            let keys = elements.map { $0.key.map(\.description).joined(separator: " . ") }
            return "nft delete element \(map) '{ \(keys.joined(separator: ", ")) }'"
        }
        return [
            Finding(
                id, .warning, "\(elements.count) addresses of containers that are gone are masqueraded",
                "\(elements.compactMap(\.comment).summary): a new container that gets such an address by "
                    + "another plugin is masqueraded, too.",
                remedy: commands.joined(separator: "; "),
                repair: { () throws(CNIError) in
                    try mending { () throws(NetlinkError) in
                        for (map, elements) in stale { try Self.remove(elements, from: map) }
                    }
                })
        ]
    }

    /// Removes the elements that are still those that were found.
    private static func remove(
        _ elements: [NFTables.Element], from map: NFTables.Set
    ) throws(NetlinkError) {
        let socket = try NFTablesSocket()
        let stale = Set(elements)
        let present = (try socket.elements(of: map) ?? []).filter { stale.contains($0) }
        if present.isEmpty { return }
        do throws(NetlinkError) {
            try socket.perform { batch in
                for element in present { batch.delete(element, from: map) }
            }
        } catch  where error.meansAbsence {
            // Somebody else removed one meanwhile, and the kernel then removes none.
            for element in present {
                do throws(NetlinkError) {
                    try socket.perform { $0.delete(element, from: map) }
                } catch  where error.meansAbsence {
                    continue
                }
            }
        }
    }
}
