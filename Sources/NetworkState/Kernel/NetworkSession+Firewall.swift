// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Netlink

extension NetworkSession {
    /// Finds tables, chains with their rules, sets and elements, asked for all at once.
    func observeFirewall(
        _ objects: [Object], in place: Place, into found: inout ObservedState
    ) throws(StateError) {
        let wanted = objects.compactMap { object -> FirewallObject? in
            if case .firewall(let object) = object { object } else { nil }
        }
        if wanted.isEmpty { return }
        let socket = try firewall(place)
        let answers = try netlink { () throws(NetlinkError) in try socket.get(wanted.map(\.query)) }
        for (object, answer) in zip(wanted, answers) {
            switch (object, answer) {
            case (_, .table(let table)): found.insert(.firewall(.table(table)), in: place)
            case (_, .chain(let chain)):
                let rules = try netlink { () throws(NetlinkError) in
                    try socket.rules(in: chain.table, chain: chain.name)
                }
                found.insert(.firewall(.chain(chain, rules: rules.map { $0.rule })), in: place)
            case (_, .set(let set)): found.insert(.firewall(.set(set)), in: place)
            case (.element(_, let set), .element(let element)):
                found.insert(.firewall(.element(element, in: set)), in: place)
            default: continue
            }
        }
    }

    /// Does steps on the ruleset of a namespace in one transaction: all of them or none.
    func performFirewall(_ changes: [Change], in place: Place) throws(StateError) {
        var batch = NFTablesBatch()
        for change in changes { batch.append(change) }
        let socket = try firewall(place)
        try netlink { () throws(NetlinkError) in try socket.perform(batch) }
    }

    /// The steps that remove the elements of the described sets whose owner `isOwned` accepts.
    ///
    /// Looks through all elements: for garbage collection, and for a deletion that cannot know its addresses.
    public func removalsOfOwnedElements(
        in state: NetworkState, where isOwned: (String) -> Bool
    ) throws(StateError) -> [Change] {
        var changes: [Change] = []
        for item in state.items where item.place == .host {
            guard case .firewall(.set(let set)) = item.object else { continue }
            let socket = try firewall(.host)
            let elements = try netlink { () throws(NetlinkError) in try socket.elements(of: set) } ?? []
            changes += elements.filter { $0.comment.map(isOwned) ?? false }.map {
                Change(.remove(.firewall(.element($0, in: set))), in: .host)
            }
        }
        return changes
    }

    /// Removes chains that no element jumps to any more, and then tables that have only their own base chains.
    ///
    /// The kernel itself refuses to remove a chain that something refers to (EBUSY), so that no element made
    /// meanwhile can lose it.
    func removeUnusedTables(_ objects: [Object], in place: Place) throws(StateError) {
        let chains = objects.compactMap { object -> NFTables.Chain? in
            if case .firewall(.chain(let chain, _)) = object { chain } else { nil }
        }
        var tables: [NFTables.TableName] = []
        for chain in chains where chain.base != nil && !tables.contains(chain.table) {
            tables.append(chain.table)
            let ours = chains.filter { $0.base != nil && $0.table == chain.table }.map(\.name)
            try removeUnusedChains(of: chain.table, ourBases: ours, in: place)
        }
    }

    private func removeUnusedChains(
        of table: NFTables.TableName, ourBases: [String], in place: Place
    ) throws(StateError) {
        let socket = try firewall(place)
        func delete(_ build: (inout NFTablesBatch) -> Void) throws(StateError) -> Bool {
            do throws(NetlinkError) {
                try socket.perform(build)
                return true
            } catch  where error.errno == EBUSY {
                return false
            } catch  where error.meansAbsence {
                return true
            } catch {
                throw StateError(error)
            }
        }
        var left = try netlink { () throws(NetlinkError) in try socket.chainsWithUses(in: table) }
        if left.isEmpty { return }
        for chain in left where chain.isUnused {
            if try delete({ $0.deleteChain(chain.name, in: table) }) {
                left.removeAll { $0.name == chain.name }
            }
        }
        if left.contains(where: { !ourBases.contains($0.name) }) { return }
        _ = try delete { $0.delete(table) }
    }
}

extension NFTablesBatch {
    fileprivate mutating func append(_ change: Change) {
        switch change.action {
        case .create(.firewall(.table(let table))), .modify(.firewall(.table(let table)), _): add(table)
        case .create(.firewall(.chain(let chain, let rules))):
            add(chain)
            for rule in rules { add(rule) }
        case .modify(.firewall(.chain(let chain, let rules)), _):
            flushChain(chain.name, in: chain.table)
            for rule in rules { add(rule) }
        case .create(.firewall(.set(let set))), .modify(.firewall(.set(let set)), _): add(set)
        case .create(.firewall(.element(let element, let set))): add(element, to: set)
        case .modify(.firewall(.element(let element, let set)), .firewall(.element(let old, _))):
            // An element cannot be changed, its comment least of all: it is made anew.
            delete(old, from: set)
            add(element, to: set)
        case .remove(.firewall(.element(let element, let set))): delete(element, from: set)
        case .remove(.firewall(.chain(let chain, _))): deleteChain(chain.name, in: chain.table)
        case .remove(.firewall(.set(let set))): deleteSet(set.name, in: set.table)
        case .remove(.firewall(.table(let table))): delete(table.name)
        default: break  // not the ruleset's
        }
    }
}
