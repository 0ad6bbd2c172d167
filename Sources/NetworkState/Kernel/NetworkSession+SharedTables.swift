// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Netlink

extension NetworkSession {
    /// Removes the tables of a description that are ours and have no element any more, and of others the chains and sets
    /// that nothing needs.
    func removeSharedTables(_ objects: [Object], in place: Place, isJustMade: Bool) throws(StateError) {
        var names: [NFTables.TableName] = []
        for object in objects {
            if case .firewall(let part) = object, !part.isOpen, !names.contains(part.table) {
                names.append(part.table)
            }
        }
        if names.isEmpty { return }
        let socket = try firewall(place)
        for name in names {
            guard let table = try netlink({ () throws(NetlinkError) in try socket.table(name) }) else {
                continue
            }
            let isMarked = Ownership.isShared(comment: table.comment)
            let isMade = isJustMade && objects.contains { $0.key == .firewall(.table(name)) }
            guard isMarked || isMade else { continue }
            if isMade || !isJustMade, try !isUsed(name, objects, socket),
                try delete(on: socket, { $0.delete(name) })
            {
                continue
            }
            let isPart = isJustMade && !isMade
            // What every attachment of the network describes stays as long as there is one of any network.
            func isGoing(_ key: FirewallObject.Key, comment: String?) -> Bool {
                let isDescribed = objects.contains { $0.key == .firewall(key) }
                return isPart ? isDescribed : !isDescribed && comment == Ownership.sharedMark
            }
            try removeIdleChains(of: name, socket) { isGoing(.chain(name, $0.name), comment: $0.comment) }
            try removeUnusedChains(of: name, objects, socket)
            try removeUnusedSets(of: name, socket) { isGoing(.set(name, $0.name), comment: $0.comment) }
        }
    }

    /// Removes chains with a base that do nothing, since the sets that they look into are empty.
    ///
    /// Nobody adds elements meanwhile, who has to hold the lock for it.
    private func removeIdleChains(
        of table: NFTables.TableName, _ socket: NFTablesSocket, where isGoing: (NFTables.Chain) -> Bool
    ) throws(StateError) {
        let bases = try netlink { () throws(NetlinkError) in try socket.chains(in: table) }
            .filter { $0.base != nil && isGoing($0) }
        if bases.isEmpty { return }
        let contents = try contents(of: table, socket)
        let idle = bases.filter { contents.isIdle($0.name) }
        if idle.isEmpty { return }
        _ = try delete(on: socket) { for chain in idle { $0.deleteChain(chain.name, in: table) } }
    }

    private func contents(
        of table: NFTables.TableName, _ socket: NFTablesSocket
    ) throws(StateError) -> IdleChains {
        try netlink { () throws(NetlinkError) in
            var emptySets: [String] = []
            for set in try socket.sets(in: table) where try (socket.elements(of: set) ?? []).isEmpty {
                emptySets.append(set.name)
            }
            return IdleChains(
                chains: try socket.chains(in: table), rules: try socket.rules(in: table).map(\.rule),
                emptySets: emptySets)
        }
    }

    /// Removes the chains of ours that no rule and no element jumps to.
    ///
    /// The kernel itself refuses to remove a chain that something refers to (EBUSY), so that no element made
    /// meanwhile can lose it.
    private func removeUnusedChains(
        of table: NFTables.TableName, _ objects: [Object], _ socket: NFTablesSocket
    ) throws(StateError) {
        let chains = try netlink { () throws(NetlinkError) in try socket.chains(in: table) }
        let uses = try netlink { () throws(NetlinkError) in try socket.chainsWithUses(in: table) }
        for chain in chains where isOurs(chain, objects) {
            guard uses.contains(where: { $0.name == chain.name && $0.isUnused }) else { continue }
            _ = try delete(on: socket) { $0.deleteChain(chain.name, in: table) }
        }
    }

    /// Removes empty sets that no rule looks into.
    private func removeUnusedSets(
        of table: NFTables.TableName, _ socket: NFTablesSocket, where isGoing: (NFTables.Set) -> Bool
    ) throws(StateError) {
        let sets = try netlink { () throws(NetlinkError) in try socket.sets(in: table) }.filter(isGoing)
        if sets.isEmpty { return }
        let contents = try contents(of: table, socket)
        for set in sets where contents.emptySets.contains(set.name) && !contents.usesSet(set.name) {
            _ = try delete(on: socket) { $0.deleteSet(set.name, in: table) }
        }
    }

    /// Whether a table has elements, or something that was not made here.
    private func isUsed(
        _ table: NFTables.TableName, _ objects: [Object], _ socket: NFTablesSocket
    ) throws(StateError) -> Bool {
        for set in try netlink({ () throws(NetlinkError) in try socket.sets(in: table) }) {
            let elements = try netlink { () throws(NetlinkError) in try socket.elements(of: set) } ?? []
            let isOurs =
                set.comment == Ownership.sharedMark
                || objects.contains { $0.key == .firewall(.set(table, set.name)) }
            if !elements.isEmpty || !isOurs { return true }
        }
        for chain in try netlink({ () throws(NetlinkError) in try socket.chains(in: table) }) {
            guard isOurs(chain, objects) else { return true }
            let described = objects.first { $0.key == .firewall(.chain(table, chain.name)) }
            guard case .firewall(.chain(_, let rules)) = described else {
                // A former description may have had it ask a chain for somebody's rules.
                if chain.base != nil, try !contents(of: table, socket).isIdle(chain.name) { return true }
                continue
            }
            let found = try netlink { () throws(NetlinkError) in
                try socket.rules(in: table, chain: chain.name)
            }
            if found.contains(where: { !rules.contains($0.rule) }) { return true }
        }
        return false
    }

    private func isOurs(_ chain: NFTables.Chain, _ objects: [Object]) -> Bool {
        chain.comment == Ownership.sharedMark
            || objects.contains { $0.key == .firewall(.chain(chain.table, chain.name)) }
    }

    /// Has something removed; returns whether it is gone.
    func delete(
        on socket: NFTablesSocket, _ build: (inout NFTablesBatch) -> Void
    ) throws(StateError) -> Bool {
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
}
