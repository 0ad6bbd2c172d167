// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Netlink

extension NetworkSession {
    /// Removes the tables of a description that are ours and have no element any more, and of others the chains that
    /// nothing leads to.
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
            try removeUnusedChains(of: name, objects, socket)
            if isJustMade, !isMade {
                try removeSets(of: name, objects, socket)
            } else if try !isUsed(name, objects, socket) {
                _ = try delete(on: socket) { $0.delete(name) }
            }
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

    /// Removes sets that were made in a table that was there already.
    private func removeSets(
        of table: NFTables.TableName, _ objects: [Object], _ socket: NFTablesSocket
    ) throws(StateError) {
        for object in objects {
            guard case .firewall(.set(let set)) = object, set.table == table else { continue }
            let elements = try netlink { () throws(NetlinkError) in try socket.elements(of: set) } ?? []
            if elements.isEmpty { _ = try delete(on: socket) { $0.deleteSet(set.name, in: table) } }
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
            let rules: [NFTables.Rule]
            switch described {
            case .firewall(.chain(_, let described)): rules = described
            // Only another chain leads to it now, as to an administrator's in former descriptions: its rules are somebody's.
            default:
                if chain.base != nil { continue }
                rules = []
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
