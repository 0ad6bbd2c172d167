// SPDX-License-Identifier: Apache-2.0

internal import Netlink

/// What an attachment takes over from the records of others.
struct Inheritance {
    /// The steps back, which are the heir's from now on.
    var steps: [Change] = []
    /// The others' records as they are without these.
    var records: [AttachmentRecord] = []
}

extension NetworkSession {
    /// What an attachment describes, has no mark and is there already: of one that is gone, or makes room, it takes it
    /// over, so that the other's GC or DEL does not take it away.
    ///
    /// - Throws: ``StateError`` for what belongs to an attachment that is alive.
    func inheritance(of state: NetworkState, _ changes: [Change]) throws(StateError) -> Inheritance {
        var inheritance = Inheritance()
        let there = state.unmarkedObjects(besides: changes)
        let going = state.displacements.flatMap(\.rules).map { Object.rule($0).key }
        if there.isEmpty, going.isEmpty { return inheritance }
        let keys = there.map(\.key)
        func isWanted(_ step: Change) -> Bool {
            guard step.place == .host, case .remove(let object) = step.action else { return false }
            return keys.contains(object.key)
        }
        /// A link of that name is another's from now on, and so is the rule if it is ever made again.
        func isGoing(_ step: Change, _ isMakingRoom: Bool) -> Bool {
            guard isMakingRoom, case .remove(let object) = step.action else { return false }
            return going.contains(object.key)
        }
        let own = try recordedSteps(of: state.owner)
        for record in try attachmentRecords() where record.owner != state.owner {
            let isMakingRoom = state.displacements.contains { $0.owner == record.owner }
            let staying = record.steps.filter { !isWanted($0) && !isGoing($0, isMakingRoom) }
            if staying.count == record.steps.count { continue }
            if !isMakingRoom, try hasLinks(record.owner), let step = record.steps.first(where: isWanted) {
                throw StateError(.taken("\(step.object.map { "\($0)" } ?? "") belongs to \(record.owner)"))
            }
            var kept = record
            kept.steps = staying
            inheritance.records.append(kept)
        }
        for object in there where !own.contains(where: { $0.object?.key == object.key }) {
            inheritance.steps.append(Change(.remove(object), in: .host))
        }
        return inheritance
    }

    /// Whether an attachment has a link on the host: it is alive, or nobody has cleaned up after it.
    private func hasLinks(_ owner: String) throws(StateError) -> Bool {
        let socket = try routing(.host)
        return try netlink { () throws(NetlinkError) in try socket.links() }
            .contains { $0.attributes.alias == owner }
    }
}

extension NetworkState {
    /// The attachment's objects on the host that only a record tells of, and that need not be made.
    fileprivate func unmarkedObjects(besides changes: [Change]) -> [Object] {
        var objects: [Object] = []
        for item in items where item.place == .host && item.lifetime == .attachment && item.isPresent {
            guard case .rule = item.object, item.concern != .inspection else { continue }
            let isMade = changes.contains { change in
                change.place == .host && change.object?.key == item.object.key
            }
            if !isMade { objects.append(item.object) }
        }
        return objects
    }
}
