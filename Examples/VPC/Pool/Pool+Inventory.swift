// SPDX-License-Identifier: Apache-2.0

package import Addressing

/// An ENI of this node as EC2 has just described it.
package struct SeenENI: Hashable, Sendable {
    package var eni: ENI
    /// Its secondary addresses and prefixes.
    package var blocks: [IPPrefix]
    /// Those of its addresses that an operator has marked as his own.
    package var reserved: Set<IPAddress>

    package init(_ eni: ENI, blocks: [IPPrefix], reserved: Set<IPAddress> = []) {
        self.eni = eni
        self.blocks = blocks
        self.reserved = reserved
    }
}

/// What a look at EC2 has changed.
package struct InventoryChange: Hashable, Sendable {
    package var appeared: [ENIID] = []
    package var vanished: [ENIID] = []
    /// Attachments whose ENI or address is gone from under them.
    package var orphaned: [AttachmentKey] = []
    /// What this look did not show, for the first time.
    package var suspects: [String] = []

    package init() {}
}

extension Pool {
    /// Takes in what EC2 says the node has.
    ///
    /// What is there counts at once. What is not there counts after two looks in a row, and not while the answer may be
    /// older than it, unless that is an ENI which was detaching; until then nothing of it is handed out.
    package mutating func update(_ seen: [SeenENI], now: Moment) -> InventoryChange {
        var change = InventoryChange()
        forgetDeparted(now: now)
        for one in seen {
            if let index = index(of: one.eni.id) {
                refresh(index, with: one.eni)
                merge(one, into: index, now: now, &change)
            } else if departed[one.eni.id]?[Self.whole] == nil {
                enis.append(one.eni)
                change.appeared.append(one.eni.id)
                merge(one, into: enis.count - 1, now: now, &change)
            }
        }
        let ids = Set(seen.map(\.eni.id))
        for eni in enis where !ids.contains(eni.id) { miss(eni, now: now, &change) }
        enis.sort { ($0.networkCard, $0.deviceIndex, $0.id) < ($1.networkCard, $1.deviceIndex, $1.id) }
        return change
    }

    /// Adds an ENI that was just made and attached.
    package mutating func add(_ one: SeenENI, now: Moment) {
        var change = InventoryChange()
        if let index = index(of: one.eni.id) {
            refresh(index, with: one.eni)
            merge(one, into: index, now: now, &change)
        } else {
            enis.append(one.eni)
            merge(one, into: enis.count - 1, now: now, &change)
            enis.sort { ($0.networkCard, $0.deviceIndex, $0.id) < ($1.networkCard, $1.deviceIndex, $1.id) }
        }
    }

    /// Removes an ENI that was deleted.
    package mutating func remove(_ id: ENIID, now: Moment) {
        departed[id, default: [:]][Self.whole] = now
        enis.removeAll { $0.id == id }
    }

    /// Adds blocks that EC2 has just assigned.
    package mutating func add(_ blocks: [IPPrefix], to id: ENIID, now: Moment) {
        guard let index = index(of: id) else { return }
        for prefix in blocks where !enis[index].blocks.contains(where: { $0.prefix == prefix }) {
            departed[id]?[prefix] = nil
            enis[index].blocks.append(block(prefix, isForeign: false, now: now))
        }
        recount(index)
    }

    /// Removes blocks that EC2 has taken back.
    package mutating func remove(_ blocks: [IPPrefix], from id: ENIID, now: Moment) {
        guard let index = index(of: id) else { return }
        for prefix in blocks { departed[id, default: [:]][prefix] = now }
        enis[index].blocks.removeAll { blocks.contains($0.prefix) }
        recount(index)
    }

    /// Stands for an ENI itself among what has gone from it.
    private static let whole = IPPrefix.everything(.v4)

    private mutating func forgetDeparted(now: Moment) {
        for (id, blocks) in departed {
            let recent = blocks.filter { now - $0.value < Self.describeLag }
            departed[id] = recent.isEmpty ? nil : recent
        }
    }

    private mutating func refresh(_ index: Int, with seen: ENI) {
        var eni = enis[index]
        eni.deviceIndex = seen.deviceIndex
        eni.networkCard = seen.networkCard
        eni.primaryAddress = seen.primaryAddress
        eni.primaryIPv6Address = seen.primaryIPv6Address
        eni.subnetPrefix = seen.subnetPrefix ?? eni.subnetPrefix
        eni.subnetIPv6Prefix = seen.subnetIPv6Prefix ?? eni.subnetIPv6Prefix
        eni.absences = 0
        eni.status = seen.status
        switch (eni.role, seen.role) {
        case (.exclusive, .exclusive): break
        default: eni.role = seen.role
        }
        enis[index] = eni
    }

    private mutating func merge(
        _ one: SeenENI, into index: Int, now: Moment, _ change: inout InventoryChange
    ) {
        let id = one.eni.id
        var kept: [Block] = []
        for var block in enis[index].blocks {
            if one.blocks.contains(block.prefix) {
                block.absences = 0
                let isForeign = one.reserved.contains(block.prefix.address)
                kept.append(
                    isForeign == block.isForeign
                        ? block : self.block(block.prefix, isForeign: isForeign, now: now))
            } else if now - block.seen < Self.describeLag || block.isWithdrawn {
                kept.append(block)
            } else if block.absences == 0 {
                block.absences = 1
                change.suspects.append("\(block.prefix) of \(id)")
                kept.append(block)
            } else {
                change.orphaned += assignments.values.filter { assignment in
                    assignment.kind == .shared && assignment.addresses.contains { block.prefix.contains($0) }
                }.map(\.key)
            }
        }
        for prefix in one.blocks where !kept.contains(where: { $0.prefix == prefix }) {
            if departed[id]?[prefix] != nil { continue }
            kept.append(
                block(
                    prefix, isForeign: one.reserved.contains(prefix.address) && prefix.length == 32, now: now)
            )
        }
        enis[index].blocks = kept
        recount(index)
    }

    private mutating func miss(_ eni: ENI, now: Moment, _ change: inout InventoryChange) {
        // Of one that EC2 has said is detaching nothing else is to be expected, however young it is.
        let isExpected = eni.status == .detaching
        guard let index = index(of: eni.id), isExpected || now - eni.seen >= Self.describeLag else { return }
        if eni.absences == 0 {
            enis[index].absences = 1
            change.suspects.append(eni.id.text)
            return
        }
        change.vanished.append(eni.id)
        change.orphaned += assignments.values.filter { $0.eni == eni.id }.map(\.key)
        enis.remove(at: index)
    }
}
