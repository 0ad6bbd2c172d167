// SPDX-License-Identifier: Apache-2.0

import AddressPool
import Addressing
import CNITesting
import Testing

/// A node with an EC2 behind it, as simple as they can be, to which everything happens at random.
///
/// It keeps its own account of who has what, and the pool is judged by that.
struct World {
    var generator: Seeded
    var now = Sample.start
    var pool = Pool(cooldown: .seconds(30))
    var input: PlanInput
    /// The lines that were written, which a cut shortens.
    var journal: [UInt8] = JournalRecord.boot("b0").line

    /// What EC2 has.
    var enis: [ENIID: SeenENI] = [:]
    /// Free /28 pieces and addresses of each subnet.
    var space: [SubnetID: [IPPrefix]] = [:]
    /// What containers hold, also those of which a DEL has been told.
    var namespaces: [AttachmentKey: IPAddress] = [:]
    var live: [AttachmentKey] = []
    var coolingUntil: [IPAddress: Moment] = [:]
    var omitted: Set<ENIID> = []
    var under: [(number: Int, action: Action)] = []
    var counter = 0
    var handedOut = 0

    init(_ stream: Int) {
        generator = Seeded(stream)
        let limits = InstanceLimits(
            enis: Int.random(in: 1...4, using: &generator),
            addressesPerENI: Int.random(in: 2...15, using: &generator))
        var targets = Targets()
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: targets.warmENIs = Int.random(in: 0...2, using: &generator)
        case 1: targets.warmAddresses = Int.random(in: 0...12, using: &generator)
        case 2:
            targets.warmAddresses = Int.random(in: 0...5, using: &generator)
            targets.minimumAddresses = Int.random(in: 0...20, using: &generator)
        default:
            targets.usesPrefixes = true
            targets.warmPrefixes = Int.random(in: 1...2, using: &generator)
        }
        if generator.once(in: 3) { targets.maxENIs = Int.random(in: 1...3, using: &generator) }
        let subnets = [SubnetID("subnet-a"), SubnetID("subnet-b")]
        input = PlanInput(targets: targets, limits: limits, subnets: subnets, now: now)
        for (index, subnet) in subnets.enumerated() {
            // Small ones, so that they are exhausted and fragmented.
            space[subnet] = (1..<8).compactMap { IPPrefix("10.0.\(index).\($0 * 16)/28") }
        }
        let primary = ENI(
            id: ENIID("eni-0"), mac: MACAddress(bits: 0x0200_0000_0000), deviceIndex: 0, subnet: subnets[0],
            isPrimary: true, primaryAddress: IPAddress("10.0.0.4"), seen: now)
        enis[primary.id] = SeenENI(primary, blocks: [])
        _ = pool.update(Array(enis.values), now: now)
        pool.prove(holders: [:], now: now)
    }

    mutating func step() throws {
        switch Int.random(in: 0..<20, using: &generator) {
        case 0..<6: try add()
        case 6..<9: delete()
        case 9..<13: begin()
        case 13..<16: finish(mayFail: true)
        case 16: look(mayOmit: true)
        case 17: now = now + .milliseconds(Int64.random(in: 1...20_000, using: &generator))
        case 18: settle()
        default: if generator.once(in: 4) { try restart() }
        }
        try check()
    }

    private mutating func add() throws {
        counter += 1
        let key = Sample.key("c\(counter)")
        guard let given = try? pool.assign(key, now: now) else { return }
        journal += JournalRecord.assigned(given).line
        let address = try #require(given.v4)
        handedOut += 1
        // What it is judged by: nobody holds it, nothing of it cools, EC2 says that it is attached there.
        try #require(!namespaces.values.contains(address), "handed out twice: \(address)")
        try #require(coolingUntil[address].map { $0 <= now } ?? true, "handed out while cooling: \(address)")
        let eni = try #require(enis[given.eni], "of an ENI that is gone")
        try #require(eni.eni.status == .attached && eni.blocks.contains { $0.contains(address) })
        namespaces[key] = address
        live.append(key)
    }

    private mutating func delete() {
        guard let key = live.randomElement(using: &generator) else { return }
        live.removeAll { $0 == key }
        if let released = pool.release(key, now: now) {
            journal += JournalRecord.released(key, released.addresses, until: now + pool.cooldown).line
            for address in released.addresses { coolingUntil[address] = now + pool.cooldown }
        }
        // One in ten namespaces lives on for a while.
        if !generator.once(in: 10) { namespaces[key] = nil }
    }

    mutating func begin() {
        input.now = now
        input.waiting = generator.once(in: 3) ? Int.random(in: 0...30, using: &generator) : 0
        for action in pool.plan(input).actions {
            guard let number = pool.begin(action) else { continue }
            under.append((number, action))
            // EC2 detaches before it deletes.
            if case .remove(let id) = action, generator.once(in: 2) { enis[id]?.eni.status = .detaching }
        }
    }

    mutating func finish(mayFail: Bool) {
        guard let index = under.indices.randomElement(using: &generator) else { return }
        let (number, action) = under.remove(at: index)
        defer { pool.end(number) }
        if mayFail, generator.once(in: 4) {
            if let id = action.eni { enis[id]?.eni.status = .attached }
            input.backoffs.note(
                generator.once(in: 2) ? .throttled : .failed(call: "AssignPrivateIpAddresses"), now: now)
            return
        }
        input.lastChange = now
        switch action {
        case .create(let creation): create(creation)
        case .assignAddresses(let id, let count): assign(id, count, length: 32)
        case .assignPrefixes(let id, let count): assign(id, count, length: 28)
        case .assignIPv6Prefix: break
        case .unassign(let id, let blocks):
            enis[id]?.blocks.removeAll { blocks.contains($0) }
            if let subnet = enis[id]?.eni.subnet { space[subnet, default: []] += blocks }
            pool.remove(blocks, from: id, now: now)
        case .remove(let id):
            if let gone = enis.removeValue(forKey: id) { space[gone.eni.subnet, default: []] += gone.blocks }
            pool.remove(id, now: now)
        }
    }

    private mutating func create(_ creation: Action.Creation) {
        guard enis.count < input.limits.enis else { return input.backoffs.note(.instanceFull, now: now) }
        counter += 1
        let eni = ENI(
            id: ENIID("eni-\(counter)"), mac: MACAddress(bits: 0x0200_0000_0000 + UInt64(counter)),
            deviceIndex: creation.deviceIndex, subnet: creation.subnet, seen: now)
        let length = creation.prefixes > 0 ? 28 : 32
        guard let blocks = take(max(creation.addresses, creation.prefixes), length, of: creation.subnet)
        else { return }
        let seen = SeenENI(eni, blocks: blocks)
        enis[eni.id] = seen
        pool.add(seen, now: now)
    }

    private mutating func assign(_ id: ENIID, _ count: Int, length: Int) {
        guard let eni = enis[id], eni.eni.status == .attached else { return }
        guard 1 + eni.blocks.count + count <= input.limits.addressesPerENI else {
            return input.backoffs.note(.eniFull(id), now: now)
        }
        guard let blocks = take(count, length, of: eni.eni.subnet) else { return }
        enis[id]?.blocks += blocks
        pool.add(blocks, to: id, now: now)
    }

    /// All or nothing, as EC2 does.
    private mutating func take(_ count: Int, _ length: Int, of subnet: SubnetID) -> [IPPrefix]? {
        var left = space[subnet] ?? []
        var taken: [IPPrefix] = []
        while taken.count < count {
            if let index = left.firstIndex(where: { $0.length == length }) {
                taken.append(left.remove(at: index))
            } else if length == 32, let index = left.firstIndex(where: { $0.length == 28 }) {
                let piece = left.remove(at: index)
                left += (0..<16).compactMap { piece.first.advanced(by: $0) }.map(IPPrefix.init(host:))
            } else {
                input.backoffs.note(length == 28 ? .fragmented(subnet) : .exhausted(subnet), now: now)
                return nil
            }
        }
        space[subnet] = left
        return taken
    }

    mutating func look(mayOmit: Bool) {
        let shown = enis.values.filter { eni in
            let isOmitted = mayOmit && !omitted.contains(eni.eni.id) && generator.once(in: 8)
            if isOmitted { omitted.insert(eni.eni.id) } else { omitted.remove(eni.eni.id) }
            return !isOmitted
        }
        let change = pool.update(shown, now: now)
        #expect(change.vanished.isEmpty && change.orphaned.isEmpty)
    }

    mutating func settle() {
        let looked = pool.unproven(at: now)
        if generator.once(in: 2) {
            // Namespaces that have lived on end.
            namespaces = namespaces.filter { live.contains($0.key) }
        }
        var holders: [IPAddress: String] = [:]
        for (key, address) in namespaces { holders[address] = key.description }
        pool.settle(looked, holders: holders, now: now)
    }

    /// The agent ends and starts, with a journal that may have lost its end.
    private mutating func restart() throws {
        let cut = generator.once(in: 2) ? Int.random(in: 0...min(journal.count, 400), using: &generator) : 0
        let content = JournalContent(reading: Array(journal.dropLast(cut)))
        for (_, action) in under { if let id = action.eni { enis[id]?.eni.status = .attached } }
        under = []
        pool = Pool(cooldown: .seconds(30))
        // A journal that ends with a whole record does not say that some are missing: what they said of cooling is lost.
        if cut > 0, content.damaged == 0 { coolingUntil = content.cooling }
        pool.restore(content, isSameBoot: true, now: now)
        _ = pool.update(Array(enis.values), now: now)
        omitted = []
        try check()
        #expect(throws: PoolError.notProven) { try pool.assign(Sample.key("early"), now: now) }
        var holders: [IPAddress: String] = [:]
        for (key, address) in namespaces { holders[address] = key.description }
        pool.prove(holders: holders, now: now)
        journal = pool.journalContent.compacted(boot: "b0").flatMap(\.line)
        // What the journal says and no namespace has: seen missing twice, long after.
        now = now + .seconds(400)
        let gone = Set(pool.assignments.keys.filter { namespaces[$0] == nil })
        _ = pool.noteGone(gone, now: now)
        for released in pool.noteGone(gone, now: now) {
            for address in released.addresses { coolingUntil[address] = now + pool.cooldown }
        }
        live.removeAll { pool.assignments[$0] == nil && namespaces[$0] == nil }
    }

    /// What holds at any time.
    func check() throws {
        try #require(enis.count <= max(min(input.limits.enis, input.targets.maxENIs ?? .max), 1))
        for eni in enis.values { try #require(1 + eni.blocks.count <= input.limits.addressesPerENI) }
        let given = pool.assignments.values.flatMap(\.addresses)
        try #require(Set(given).count == given.count, "two have the same address")
        for eni in pool.enis {
            var states: [String: Int] = [:]
            for block in eni.blocks {
                for offset in 0..<block.size {
                    guard let address = block.prefix.first.advanced(by: offset) else { continue }
                    switch pool.state(of: address) {
                    case .free:
                        states["free", default: 0] += 1
                        try #require(block.freeAddresses.contains(address), "\(address) is lost")
                    case .assigned: states["assigned", default: 0] += 1
                    case .cooling, .held: states["resting", default: 0] += 1
                    case .foreign, nil: Issue.record("\(address) has no state")
                    }
                }
            }
            try #require(states["assigned", default: 0] == eni.assignedCount)
            try #require(states["resting", default: 0] == eni.restingCount)
            try #require(
                states["free", default: 0] == eni.blocks.reduce(0) { $0 + $1.freeCount },
                "free addresses add up")
        }
    }
}

extension Seeded {
    /// True once in `count` times.
    mutating func once(in count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }
}
