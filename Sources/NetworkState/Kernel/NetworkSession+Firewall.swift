// SPDX-License-Identifier: Apache-2.0

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
            // An element cannot be changed, its comment least of all: it is re-created.
            delete(old, from: set)
            add(element, to: set)
        case .remove(.firewall(.element(let element, let set))): delete(element, from: set)
        case .remove(.firewall(.chain(let chain, _))): deleteChain(chain.name, in: chain.table)
        case .remove(.firewall(.set(let set))): deleteSet(set.name, in: set.table)
        case .remove(.firewall(.table(let table))): delete(table.name)
        case .removeRule(let rule): delete(rule)
        default: break  // not the ruleset's
        }
    }
}
