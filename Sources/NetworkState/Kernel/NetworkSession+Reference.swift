// SPDX-License-Identifier: Apache-2.0

package import Addressing
internal import Glibc
internal import Netlink

extension NetworkSession {
    /// What the CNI project's own plugins have made in the host's rulesets for an attachment, by the comments that say so.
    ///
    /// Lists the chains that lead to containers' own, if they are there.
    ///
    /// - Parameters:
    ///   - owner: The attachment's key.
    ///   - addresses: Its addresses: iptables' comments do not tell a container's interfaces on one network from each
    ///     other. Nil for all.
    package func referenceRules(
        of owner: String, addresses: [IPAddress]? = nil
    ) throws(StateError) -> ReferenceRules {
        var found = ReferenceRules()
        guard let owner = ReferenceOwner(key: owner) else { return found }
        for mark in try marksInUse() {
            let (table, chain) = mark.entry
            let rules = try self.rules(of: chain, in: table)
            let own = rules.filter { entry in
                guard owner.isOwner(of: entry.rule, by: mark) else { return false }
                guard let addresses, let source = entry.rule.source else { return true }
                return addresses.contains(source)
            }
            found.removals += own.map { Change(.removeRule($0), in: .host) }
            found.masqueraded += own.compactMap { mark == .spoofCheck ? nil : $0.rule.source }
            if mark == .spoofCheck, !own.isEmpty { found.checksMAC = true }
            let staying = rules.filter { !own.contains($0) }.flatMap(\.rule.targets)
            for target in own.flatMap(\.rule.targets) where !staying.contains(target) {
                found.removals += try chainRemovals(target, in: table, of: owner, by: mark)
            }
        }
        found.masqueraded += LegacyTable.masqueraded(by: owner)
        return found
    }

    /// The places at which there are rules of theirs, or could be.
    private func marksInUse() throws(StateError) -> [ReferenceOwner.Mark] {
        let all = ReferenceOwner.Mark.allCases
        do throws(NetlinkError) {
            let socket = try NFTablesSocket()
            let answers = try socket.get(all.map { .chain($0.entry.table, $0.entry.chain) })
            return zip(all, answers).filter { $1 != .absent }.map { $0.0 }
        } catch  where [EINVAL, EOPNOTSUPP, EAFNOSUPPORT, EPROTONOSUPPORT].contains(error.errno) {
            return []  // a kernel without nf_tables
        } catch {
            throw StateError(error)
        }
    }

    /// The steps that remove a chain of the attachment's own and those that it leads to; none if somebody else's rules are
    /// in it.
    private func chainRemovals(
        _ name: String, in table: NFTables.TableName, of owner: ReferenceOwner, by mark: ReferenceOwner.Mark
    ) throws(StateError) -> [Change] {
        let rules = try self.rules(of: name, in: table).map(\.rule)
        guard rules.allSatisfy({ owner.isOwner(of: $0, by: mark) }) else { return [] }
        let chain = FirewallObject.chain(NFTables.Chain(table, name), rules: rules)
        var steps = [Change(.remove(.firewall(chain)), in: .host)]
        for target in rules.flatMap(\.targets) {
            steps += try chainRemovals(target, in: table, of: owner, by: mark)
        }
        return steps
    }

    private func rules(
        of chain: String, in table: NFTables.TableName
    ) throws(StateError) -> [NFTables.InstalledRule] {
        let socket = try firewall(.host)
        return try netlink { () throws(NetlinkError) in try socket.rules(in: table, chain: chain) }
    }
}
