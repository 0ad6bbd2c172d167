// SPDX-License-Identifier: Apache-2.0

internal import Netlink

/// A table of nf_tables that has a described one's name and was made by somebody else.
struct ForeignTable: Hashable {
    let name: NFTables.TableName
    let place: Place
    /// Whether the description needs it, and not just its absence.
    let isWanted: Bool

    var text: String { "table \(name) exists already and was not made here" }
}

extension NetworkState {
    /// The tables that an agent must leave as they are, although they have the names of its own.
    ///
    /// Kernels before 5.10 keep no comment: a table without one is ours if something in it is just as described.
    func foreignTables(in found: ObservedState) -> [ForeignTable] {
        items.compactMap { item in
            guard case .firewall(.table(let table)) = item.object,
                case .firewall(.table(let old)) = found[item.object.key, in: item.place],
                !Ownership.isShared(comment: old.comment), old.comment != table.comment
            else { return nil }
            if old.comment == nil, hasSomething(of: table.name, in: item.place, asIn: found) { return nil }
            return ForeignTable(name: table.name, place: item.place, isWanted: item.isPresent)
        }
    }

    private func hasSomething(
        of table: NFTables.TableName, in place: Place, asIn found: ObservedState
    ) -> Bool {
        items.contains { item in
            guard item.place == place, item.isPresent, case .firewall(let part) = item.object,
                part.table == table, let old = found[item.object.key, in: place]
            else { return false }
            switch part {
            case .table, .guestRule: return false  // a rule in another table
            default: return item.object.isSatisfied(by: old)
            }
        }
    }
}
