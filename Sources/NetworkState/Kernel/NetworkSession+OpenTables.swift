// SPDX-License-Identifier: Apache-2.0

internal import Netlink

extension NetworkSession {
    /// Removes what was made here for others as well, as far as nobody uses it: chains without a rule to which nothing leads,
    /// whichever network has had them made, and tables without a chain.
    ///
    /// The kernel itself refuses what somebody has put something into meanwhile (EBUSY).
    func removeOpenTables(_ objects: [Object], in place: Place, isJustMade: Bool) throws(StateError) {
        var names: [NFTables.TableName] = []
        for case .firewall(let part) in objects where part.isOpen && !names.contains(part.table) {
            names.append(part.table)
        }
        if names.isEmpty { return }
        let socket = try firewall(place)
        func isOurs(_ key: FirewallObject.Key, _ comment: String?) -> Bool {
            isJustMade
                ? objects.contains { $0.key == .firewall(key) } : comment == Ownership.sharedMark
        }
        for name in names {
            guard let table = try netlink({ () throws(NetlinkError) in try socket.table(name) }) else {
                continue
            }
            let chains = try netlink { () throws(NetlinkError) in try socket.idleChains(in: name) }
            for chain in chains where isOurs(.chain(name, chain.name), chain.comment) {
                // A policy that drops is somebody's decision.
                if chain.base?.policy == .drop { continue }
                _ = try delete(on: socket) { $0.deleteChain(chain.name, in: name, ifEmpty: true) }
            }
            guard isOurs(.table(name), table.comment),
                try netlink({ () throws(NetlinkError) in try socket.chains(in: name) }).isEmpty
            else { continue }
            _ = try delete(on: socket) { $0.delete(name, ifEmpty: true) }
        }
    }
}
