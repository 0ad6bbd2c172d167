// SPDX-License-Identifier: Apache-2.0

package import Addressing

extension Pool {
    /// Takes back what a container's interface was given; its addresses cool.
    ///
    /// Returns nil if it has nothing, which is no error: DEL comes as often as it likes.
    package mutating func release(_ key: AttachmentKey, now: Moment) -> Assignment? {
        guard let assignment = forget(key) else { return nil }
        if assignment.kind == .shared {
            for address in assignment.addresses { cool(address, until: now + cooldown) }
        }
        return assignment
    }

    /// Keeps an address back until a time.
    mutating func cool(_ address: IPAddress, until: Moment) {
        cooling[address] = until
        coolingOrder.insert(address, until: until)
        count(address, resting: 1)
    }

    /// When the next address has cooled.
    package var nextCooled: Moment? { coolingOrder.first }

    /// Whether a namespace holds an address without having been given it.
    package var hasHeld: Bool { !held.isEmpty }

    /// The addresses that would be free now if no namespace holds them: who has them must be looked at.
    package func unproven(at now: Moment) -> [IPAddress] {
        coolingOrder.due(at: now).filter { (cooling[$0] ?? now) <= now } + held.keys.sorted()
    }

    /// Makes free what has cooled and what is held no longer.
    ///
    /// - Parameters:
    ///   - looked: The addresses that were looked for in all namespaces, of ``unproven(at:)``; others stay as they are.
    ///   - holders: Those of them that a namespace holds, with its name.
    package mutating func settle(_ looked: [IPAddress], holders: [IPAddress: String], now: Moment) {
        for address in coolingOrder.takeDue(at: now) {
            guard let until = cooling[address], until <= now else { continue }
            guard looked.contains(address) else {
                // Came since the look began: it is due, and looked at with the next.
                coolingOrder.insert(address, until: until)
                continue
            }
            cooling[address] = nil
            if let holder = holders[address] {
                held[address] = holder
            } else {
                count(address, resting: -1)
                makeFree(address)
            }
        }
        for address in looked where held[address] != nil {
            if let holder = holders[address] {
                held[address] = holder
                continue
            }
            held[address] = nil
            count(address, resting: -1)
            makeFree(address)
        }
    }

    /// Takes in what all of the node's namespaces and its routes to containers hold, after which addresses are handed out.
    ///
    /// What is held and was given to nobody (the journal's end is lost, another program gave it) is kept back.
    package mutating func prove(holders: [IPAddress: String], now: Moment) {
        for (address, holder) in holders where owners[address] == nil && held[address] == nil {
            if cooling.removeValue(forKey: address) == nil {
                guard let index = index(of: address), let place = enis[index].block(of: address) else {
                    // No ENI has it yet; when one does, it is not free. Other networks' addresses are nobody's business.
                    if isOfSubnets(address) { held[address] = holder }
                    continue
                }
                guard
                    enis[index].blocks[place].take(address) || enis[index].blocks[place].prefix.family == .v6
                else { continue }
                enis[index].restingCount += 1
            }
            held[address] = holder
        }
        if isAmbiguous {
            for index in enis.indices {
                for place in enis[index].blocks.indices {
                    while let address = enis[index].blocks[place].take() {
                        cool(address, until: now + cooldown)
                    }
                }
            }
            isAmbiguous = false
        }
        isProven = true
    }

    /// Takes in that the namespaces of some attachments are gone; what was gone at two looks in a row is released.
    ///
    /// - Parameters:
    ///   - gone: The attachments that a look did not find.
    ///   - grace: An assignment that is younger may not have reached its namespace yet.
    package mutating func noteGone(
        _ gone: Set<AttachmentKey>, grace: Duration = .seconds(300), now: Moment
    ) -> [Assignment] {
        let old = gone.filter { key in assignments[key].map { now - $0.since >= grace } ?? false }
        let released = old.intersection(unseen).sorted().compactMap { release($0, now: now) }
        unseen = old.filter { assignments[$0] != nil }
        return released
    }

    /// Whether an address is of a subnet of the node's, as far as these are known.
    private func isOfSubnets(_ address: IPAddress) -> Bool {
        if address.isLinkLocal { return false }
        return enis.isEmpty
            || enis.contains { eni in
                guard eni.subnetPrefix != nil || eni.subnetIPv6Prefix != nil else { return true }
                return eni.subnetPrefix?.contains(address) == true
                    || eni.subnetIPv6Prefix?.contains(address) == true
            }
    }

    /// Ends all cool-downs, for a node that will hand nothing out any more.
    package mutating func forgetCooling() {
        cooling = [:]
        coolingOrder = CoolingOrder()
        for index in enis.indices {
            for place in enis[index].blocks.indices {
                let old = enis[index].blocks[place]
                enis[index].blocks[place] = block(old.prefix, isForeign: old.isForeign, now: old.seen)
            }
            recount(index)
        }
    }

    private mutating func count(_ address: IPAddress, resting change: Int) {
        if let index = index(of: address) { enis[index].restingCount += change }
    }
}
