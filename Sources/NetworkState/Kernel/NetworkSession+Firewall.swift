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
        // What is in one chain is described one after the other, and takes one question.
        var queries: [NFTables.Query] = []
        var numbers: [Int] = []
        for object in wanted {
            let query = object.query
            if queries.last != query { queries.append(query) }
            numbers.append(queries.count - 1)
        }
        let answers = try netlink { () throws(NetlinkError) in try socket.get(queries) }
        var listed: (number: Int, rules: [NFTables.Rule])?
        func rules(of chain: NFTables.Chain, _ number: Int) throws(StateError) -> [NFTables.Rule] {
            if let listed, listed.number == number { return listed.rules }
            let rules = try netlink { () throws(NetlinkError) in
                try socket.rules(in: chain.table, chain: chain.name)
            }.map { $0.rule }
            listed = (number, rules)
            return rules
        }
        for (object, number) in zip(wanted, numbers) {
            let part: FirewallObject
            switch (object, answers[number]) {
            case (.guestRule(let guest), .chain(let chain)):
                part = .guestRule(guest.found(among: try rules(of: chain, number)))
            case (.openTable, .table(let table)): part = .openTable(table)
            case (.openChain, .chain(let chain)): part = .openChain(chain)
            case (_, .table(let table)): part = .table(table)
            case (_, .chain(let chain)): part = .chain(chain, rules: try rules(of: chain, number))
            case (_, .set(let set)): part = .set(set)
            case (.element(_, let set), .element(let element)): part = .element(element, in: set)
            default: continue
            }
            found.insert(.firewall(part), in: place)
        }
    }

    /// Does steps on the ruleset of a namespace in one transaction: all of them or none.
    ///
    /// Rules in chains of others come last: their chains, and those that they ask, may be among the steps.
    func performFirewall(_ changes: [Change], in place: Place) throws(StateError) {
        var batch = NFTablesBatch()
        let socket = try firewall(place)
        var guests: [Change] = []
        for change in changes {
            if change.guest == nil { batch.append(change) } else { guests.append(change) }
        }
        while let chain = guests.first?.guest?.rule {
            let (own, rest) = guests.partitioned { change in
                change.guest?.rule.table == chain.table && change.guest?.rule.chain == chain.chain
            }
            try append(own, in: chain, to: &batch, socket)
            guests = rest
        }
        try netlink { () throws(NetlinkError) in try socket.perform(batch) }
    }

    /// Puts rules at the start of somebody else's chain, or takes them away: wherever they are, and however often.
    private func append(
        _ changes: [Change], in chain: NFTables.Rule, to batch: inout NFTablesBatch, _ socket: NFTablesSocket
    ) throws(StateError) {
        let installed = try netlink { () throws(NetlinkError) in
            try socket.rules(in: chain.table, chain: chain.chain)
        }
        let (unwanted, wanted) = changes.partitioned(\.isRemoval)
        let rules = GuestRules(
            among: installed, wanted: wanted.compactMap(\.guest), unwanted: unwanted.compactMap(\.guest))
        for entry in rules.removed { batch.delete(entry) }
        for rule in rules.placed.reversed() { batch.insert(rule) }
    }

    /// Takes away the rules in others' chains that were needed for tables that are gone, or have just been made.
    func removeGuestRules(_ objects: [Object], in place: Place, isJustMade: Bool) throws(StateError) {
        for case .firewall(.guestRule(let guest)) in objects {
            let socket = try firewall(place)
            let isNeeded = try netlink { () throws(NetlinkError) in try socket.table(guest.table) } != nil
            if isNeeded, !isJustMade { continue }
            let rules = try netlink { () throws(NetlinkError) in
                try socket.rules(in: guest.rule.table, chain: guest.rule.chain)
            }
            // Without the table none of ours does anything, those neither that another network has asked for.
            let ours = rules.filter { isNeeded ? guest.isSame(as: $0.rule) : $0.rule.isGuest }
            _ = try delete(on: socket) { batch in for entry in ours { batch.delete(entry) } }
        }
    }
}

extension Change {
    /// The rule in somebody else's chain that the step is about.
    fileprivate var guest: GuestRule? {
        if case .firewall(.guestRule(let guest)) = object { guest } else { nil }
    }
}

extension NFTablesBatch {
    fileprivate mutating func append(_ change: Change) {
        switch change.action {
        case .create(.firewall(.table(let table))), .modify(.firewall(.table(let table)), _),
            .create(.firewall(.openTable(let table))):
            add(table)
        case .create(.firewall(.chain(let chain, let rules))):
            add(chain)
            for rule in rules { add(rule) }
        case .modify(.firewall(.chain(let chain, let rules)), _):
            flushChain(chain.name, in: chain.table)
            for rule in rules { add(rule) }
        case .create(.firewall(.openChain(let chain))): add(chain)
        case .remove(.firewall(.openChain(let chain))):
            deleteChain(chain.name, in: chain.table, ifEmpty: true)
        case .remove(.firewall(.openTable(let table))): delete(table.name, ifEmpty: true)
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
