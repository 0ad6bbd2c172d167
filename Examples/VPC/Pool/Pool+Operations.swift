// SPDX-License-Identifier: Apache-2.0

internal import Addressing

extension Pool {
    /// Notes that an action is about to be done; what it takes away is handed out no longer.
    ///
    /// - Returns: Its number for ``end(_:)``; nil if it cannot be done any more, since an address of what it would take
    ///   away was handed out after it was planned.
    package mutating func begin(_ action: Action) -> Int? {
        switch action {
        case .create, .assignAddresses, .assignPrefixes, .assignIPv6Prefix: break
        case .unassign(let id, let blocks):
            guard let index = index(of: id) else { return nil }
            let places = blocks.compactMap { prefix in enis[index].blocks.firstIndex { $0.prefix == prefix } }
            guard places.count == blocks.count, places.allSatisfy({ isUnused(enis[index].blocks[$0]) }) else {
                return nil
            }
            for place in places { enis[index].blocks[place].isWithdrawn = true }
        case .remove(let id):
            guard let index = index(of: id), mayLeave(enis[index]) else { return nil }
            enis[index].isLeaving = true
        }
        let number = nextOperation
        nextOperation += 1
        operations[number] = action
        return number
    }

    /// Notes that an action has ended; what it has not taken away is handed out again.
    ///
    /// Whatever it has brought or taken away is reported before by ``add(_:now:)`` and its like.
    package mutating func end(_ number: Int) {
        guard let action = operations.removeValue(forKey: number), let id = action.eni,
            let index = index(of: id)
        else { return }
        switch action {
        case .unassign(_, let blocks):
            for place in enis[index].blocks.indices where blocks.contains(enis[index].blocks[place].prefix) {
                enis[index].blocks[place].isWithdrawn = false
            }
        case .remove: enis[index].isLeaving = false
        case .create, .assignAddresses, .assignPrefixes, .assignIPv6Prefix: break
        }
    }

    /// Notes what is wrong with an ENI's link or routes, nil if nothing is any more.
    package mutating func setDefect(_ defect: String?, of id: ENIID) {
        if let index = index(of: id) { enis[index].defect = defect }
    }

    /// Whether nobody has or may have an address of a block.
    func isUnused(_ block: Block) -> Bool {
        if block.isForeign || block.isWithdrawn { return false }
        return block.prefix.family == .v4
            ? block.freeCount == block.size
            : !owners.keys.contains { block.prefix.contains($0) }
                && !cooling.keys.contains { block.prefix.contains($0) }
    }

    /// Whether an ENI can be given back to EC2: it is ours, and nobody has or may have anything of it.
    func mayLeave(_ eni: ENI) -> Bool {
        if eni.isPrimary || eni.isLeaving || eni.status != .attached { return false }
        switch eni.role {
        case .foreign, .exclusive(.some): return false
        case .exclusive(.none): return true
        case .pool: return eni.isIdle && !eni.blocks.contains { $0.isForeign }
        }
    }
}
