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
            case (.guestRule(let guest), .chain(let chain)):
                let rules = try netlink { () throws(NetlinkError) in
                    try socket.rules(in: chain.table, chain: chain.name)
                }
                found.insert(.firewall(.guestRule(guest.found(among: rules.map { $0.rule }))), in: place)
            case (.guestRule(var guest), _):
                guest.standing = .withoutChain
                found.insert(.firewall(.guestRule(guest)), in: place)
            case (.openChain, .chain(let chain)): found.insert(.firewall(.openChain(chain)), in: place)
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
        let socket = try firewall(place)
        for change in changes {
            if case .firewall(.guestRule(let guest)) = change.object {
                try append(change, guest, to: &batch, socket)
            } else {
                batch.append(change)
            }
        }
        try netlink { () throws(NetlinkError) in try socket.perform(batch) }
    }
}

extension NetworkSession {
    /// Puts a rule at the start of somebody else's chain, or takes it away: wherever it is, and however often.
    private func append(
        _ change: Change, _ guest: GuestRule, to batch: inout NFTablesBatch, _ socket: NFTablesSocket
    ) throws(StateError) {
        let rules = try netlink { () throws(NetlinkError) in
            try socket.rules(in: guest.rule.table, chain: guest.rule.chain)
        }
        for installed in rules where guest.isSame(as: installed.rule) { batch.delete(installed) }
        switch change.action {
        case .create, .modify: batch.insert(guest.rule)
        case .remove, .removeRule, .move, .announce, .keep: break
        }
    }

    /// Takes away the rules in others' chains that were needed for tables that are gone.
    func removeGuestRules(_ objects: [Object], in place: Place) throws(StateError) {
        let socket = try firewall(place)
        for object in objects {
            guard case .firewall(.guestRule(let guest)) = object,
                try netlink({ () throws(NetlinkError) in try socket.table(guest.table) }) == nil
            else { continue }
            try performFirewall([Change(.remove(object), in: place, lifetime: .network)], in: place)
        }
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
        case .create(.firewall(.openChain(let chain))), .modify(.firewall(.openChain(let chain)), _):
            add(chain)
        case .remove(.firewall(.openChain(let chain))): deleteChain(chain.name, in: chain.table)
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
