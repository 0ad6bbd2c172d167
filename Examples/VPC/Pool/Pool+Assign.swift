// SPDX-License-Identifier: Apache-2.0

internal import Addressing

extension Pool {
    /// Gives a container's interface an address of each family: the one that it has already, if it has.
    ///
    /// The fullest ENI comes first, so that others become empty and can be given back. The caller writes the assignment
    /// to the journal before anybody learns of it, and calls ``withdraw(_:)`` if it cannot.
    ///
    /// - Throws: ``PoolError/notProven``, ``PoolError/empty`` if no ENI has all of the families,
    ///   ``PoolError/conflict(_:_:)``.
    package mutating func assign(
        _ key: AttachmentKey, _ families: Families = .v4, pod: String = "", network: String = "",
        namespace: String = "",
        now: Moment
    ) throws(PoolError) -> Assignment {
        if let given = assignments[key] {
            guard given.kind == .shared else { throw .conflict(key, given.kind) }
            return given
        }
        guard isProven else { throw .notProven }
        guard let index = fullest(families) else { throw .empty }
        var assignment = Assignment(
            key: key, eni: enis[index].id, pod: pod, network: network, namespace: namespace, since: now)
        if families.contains(.v6) {
            assignment.v6 = takeIPv6(of: index)
            if assignment.v6 == nil { throw .empty }
        }
        if families.contains(.v4) { assignment.v4 = takeIPv4(of: index) }
        record(assignment)
        return assignment
    }

    /// Gives a container an ENI of its own.
    package mutating func assignExclusive(
        _ key: AttachmentKey, _ id: ENIID, pod: String = "", network: String = "", namespace: String = "",
        now: Moment
    ) throws(PoolError) -> Assignment {
        if let given = assignments[key] {
            guard given.kind == .exclusive else { throw .conflict(key, given.kind) }
            return given
        }
        guard let index = index(of: id), case .exclusive(let owner) = enis[index].role,
            owner == nil || owner == key,
            enis[index].status == .attached, !enis[index].isLeaving, enis[index].absences == 0
        else { throw .empty }
        let assignment = Assignment(
            key: key, kind: .exclusive, eni: id, v4: enis[index].primaryAddress, pod: pod,
            namespace: namespace,
            since: now)
        enis[index].role = .exclusive(key)
        assignments[key] = assignment
        return assignment
    }

    /// The ENI that was made for a container, or that nobody has.
    package func exclusiveENI(for key: AttachmentKey) -> ENIID? {
        enis.first { $0.role == .exclusive(key) && $0.status == .attached && !$0.isLeaving }?.id
    }

    /// Gives up an ENI that was made for a container which has not got it.
    package mutating func unreserve(_ key: AttachmentKey) {
        guard assignments[key] == nil else { return }
        for index in enis.indices where enis[index].role == .exclusive(key) {
            enis[index].role = .exclusive(nil)
        }
    }

    /// Notes after a restart that a container still has an ENI of its own.
    package mutating func reclaim(_ assignment: Assignment) {
        guard assignment.kind == .exclusive, let index = index(of: assignment.eni) else { return }
        enis[index].role = .exclusive(assignment.key)
    }

    /// Takes back what nobody has learnt of, because it could not be written down.
    package mutating func withdraw(_ key: AttachmentKey) {
        guard let assignment = forget(key) else { return }
        for address in assignment.addresses where assignment.kind == .shared { makeFree(address) }
    }

    /// Of the ENIs that have all of the families: the primary one, which stays anyway, else the one with the most
    /// attachments, else that of the lowest index.
    private func fullest(_ families: Families) -> Int? {
        var best: Int?
        for (index, eni) in enis.enumerated() where mayGive(eni) {
            if families.contains(.v4), eni.freeCount == 0 { continue }
            if families.contains(.v6), !eni.hasIPv6 { continue }
            guard let current = best else {
                best = index
                continue
            }
            if !enis[current].isPrimary, eni.assignedCount > enis[current].assignedCount { best = index }
        }
        return best
    }

    package func mayGive(_ eni: ENI) -> Bool { eni.givesAddresses && !(eni.isPrimary && excludesPrimary) }

    /// Of the prefixes the fullest one, so that others become empty; then the single address that has rested longest.
    private mutating func takeIPv4(of index: Int) -> IPAddress? {
        let blocks = enis[index].blocks
        var best: Int?
        for (place, block) in blocks.enumerated() where !block.isWithdrawn && block.absences == 0 {
            if block.prefix.family != .v4 || block.freeCount == 0 { continue }
            guard let current = best else {
                best = place
                continue
            }
            if block.isPrefix != blocks[current].isPrefix {
                if block.isPrefix { best = place }
            } else if block.isPrefix {
                if block.freeCount < blocks[current].freeCount { best = place }
            } else if block.seen < blocks[current].seen {
                best = place
            }
        }
        return best.flatMap { enis[index].blocks[$0].take() }
    }

    private mutating func takeIPv6(of index: Int) -> IPAddress? {
        guard
            let place = enis[index].blocks.firstIndex(where: {
                $0.prefix.family == .v6 && !$0.isWithdrawn && $0.absences == 0
            })
        else { return nil }
        var block = enis[index].blocks[place]
        let address = block.takeIPv6 { isUsed($0) }
        enis[index].blocks[place] = block
        return address
    }

    /// Notes who has what.
    mutating func record(_ assignment: Assignment) {
        assignments[assignment.key] = assignment
        guard assignment.kind == .shared else { return }
        for address in assignment.addresses { owners[address] = assignment.key }
        if let index = home(of: assignment) { enis[index].assignedCount += 1 }
    }

    /// Notes that somebody has nothing any more.
    mutating func forget(_ key: AttachmentKey) -> Assignment? {
        guard let assignment = assignments.removeValue(forKey: key) else { return nil }
        unseen.remove(key)
        guard assignment.kind == .shared else {
            if let index = index(of: assignment.eni) { enis[index].role = .exclusive(nil) }
            return assignment
        }
        for address in assignment.addresses { owners[address] = nil }
        if let index = home(of: assignment) { enis[index].assignedCount -= 1 }
        return assignment
    }

    /// The ENI that has an assignment's addresses now: EC2 may have given them to another one since.
    func home(of assignment: Assignment) -> Int? {
        for address in assignment.addresses {
            if let index = index(of: address) { return index }
        }
        return nil
    }

    /// Returns an address to its block, if there still is one.
    mutating func makeFree(_ address: IPAddress) {
        guard let index = index(of: address), let place = enis[index].block(of: address) else { return }
        enis[index].blocks[place].giveBack(address)
    }
}
