// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import Netlink
internal import Topology

/// Whether addresses of containers that are gone are still masqueraded.
///
/// A container that lives has its link on the host, marked with the same key: an element with one is not
/// looked at.
struct MasqueradeExamination: Examination {
    let id = "masquerade-left-over"
    let healthy = "no address of a container that is gone is masqueraded"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        if survey.attachments == nil { return [] }
        let attached = Set(try survey.links().compactMap(\.attributes.alias))
        var found: [(map: NFTables.Set, elements: [NFTables.Element])] = []
        for (map, elements) in try survey.rules().masqueraded {
            var gone: [NFTables.Element] = []
            for element in elements where try Self.isLeftOver(element, survey, attached) {
                gone.append(element)
            }
            if !gone.isEmpty { found.append((map, gone)) }
        }
        let stale = found
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

    /// Whether all owners of an element are gone: attachments with the same address, by their keys in its comment.
    ///
    /// One whose comment is anything else is somebody else's.
    private static func isLeftOver(
        _ element: NFTables.Element, _ survey: Survey, _ attached: Set<String>
    ) throws(Obstacle) -> Bool {
        guard let owners = element.comment.flatMap({ AttachmentMark.all(in: $0) }) else { return false }
        for owner in owners.map(\.description) where !attached.contains(owner) {
            if try survey.standing(of: owner) == .valid { return false }
        }
        return !owners.contains { attached.contains($0.description) }
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
