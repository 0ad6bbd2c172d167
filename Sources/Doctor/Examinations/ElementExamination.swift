// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import Netlink
internal import NetworkState
internal import Topology

/// Whether our tables of one kind have elements of containers that are gone.
///
/// A container that lives has its link on the host, marked with the same key: an element with one is not
/// looked at.
struct ElementExamination: Examination {
    let id: String
    let healthy: String
    /// Whose sets and maps are looked through.
    private let tables: [NFTables.TableName]
    /// What so many elements are, for people.
    private let title: @Sendable (Int) -> String
    private let consequence: String

    /// Addresses that are still masqueraded.
    static let masquerade = ElementExamination(
        id: "masquerade-left-over", healthy: "no address of a container that is gone is masqueraded",
        tables: [.masquerade],
        title: { "\($0) addresses of containers that are gone are masqueraded" },
        consequence: "a new container that gets such an address by another plugin is masqueraded, too.")

    /// Ports and MAC addresses that are still in the check of MAC addresses.
    static let spoofCheck = ElementExamination(
        id: "spoofcheck-left-over",
        healthy: "no port of a container that is gone is checked for MAC addresses",
        tables: [.spoofCheck],
        title: { "\($0) elements of containers that are gone are in the check of MAC addresses" },
        consequence:
            "a link of another plugin that gets such a port's name can send from one MAC address alone.")

    /// Ports of the host that still lead to containers.
    static let ports = ElementExamination(
        id: "portmap-left-over", healthy: "no port of the host leads to a container that is gone",
        tables: [FirewallSurvey.ports],
        title: { "\($0) elements lead ports of the host to containers that are gone" },
        consequence: "connections to these ports get no answer, or one of a container that is not meant.")

    /// Addresses that are still let through, or kept apart.
    static let admission = ElementExamination(
        id: "firewall-left-over", healthy: "no address of a container that is gone is let through the host",
        tables: [FirewallSurvey.admission, FirewallSurvey.isolation],
        title: { "\($0) elements let addresses of containers through that are gone" },
        consequence:
            "a new container that gets such an address has its packets let through, or kept away, too.")

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        if survey.attachments == nil { return [] }
        let attached = Set(try survey.links().compactMap(\.attributes.alias))
        var found: [(map: NFTables.Set, elements: [NFTables.Element])] = []
        for (map, elements) in try survey.rules().elements where tables.contains(map.table) {
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
                id, .warning, title(elements.count),
                "\(elements.compactMap(\.comment).summary): \(consequence)",
                remedy: commands.joined(separator: "; "),
                repair: { () throws(CNIError) in
                    try CNIError.wrapping { () throws(NetlinkError) in
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
