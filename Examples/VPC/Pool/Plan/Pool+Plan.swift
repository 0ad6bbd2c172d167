// SPDX-License-Identifier: Apache-2.0

extension Pool {
    /// What is to be done so that the targets are met; nothing if they are.
    ///
    /// A pure function: the same pool, input and time give the same plan. All of its actions may be done side by side.
    package func plan(_ input: PlanInput) -> Plan {
        var plan = Plan()
        plan.note(due: nextCooled.map { max($0, input.now) })
        plan.note(due: input.backoffs.next(after: input.now))
        guard isProven, input.changesAnything else { return plan }
        guard input.backoffs.allowsAnything(now: input.now) else { return plan }
        if input.isDraining {
            planReturn(input, &plan)
            return plan
        }
        var room = Room(self, input)
        for request in input.waitingForENI where !isUnderWay(request) {
            let subnet = request.subnet ?? enis.first { $0.isPrimary }?.subnet ?? input.subnets.first
            guard let subnet else { continue }
            guard let index = room.takeIndex() else {
                planPlace(input, &plan)
                continue
            }
            guard input.backoffs.allowsCreation(now: input.now),
                input.backoffs.allowsAddresses(in: subnet, now: input.now)
            else { continue }
            plan.actions.append(
                .create(.init(subnet: subnet, deviceIndex: index, purpose: .exclusive(request))))
        }
        if input.targets.families.contains(.v6) { planIPv6(input, &plan) }
        if input.targets.families.contains(.v4) {
            let shortage = shortage(input)
            if shortage > 0 {
                planGrowth(shortage, input, &room, &plan)
            } else {
                planShrink(input, &plan)
            }
        }
        planUnowned(input, &plan)
        return plan
    }

    /// What is missing when all that is under way has come.
    func shortage(_ input: PlanInput) -> Int {
        let counts = counts
        var coming = operations.values.reduce(0) { $0 + $1.gain }
        let total = counts.total + coming
        // What an ENI has whose link is not there yet comes by itself; one that stays away is not counted on.
        for eni in enis where eni.role == .pool && !mayGive(eni) && !(eni.isPrimary && excludesPrimary) {
            if eni.status == .detaching || eni.isLeaving { continue }
            if input.now - eni.seen < PlanInput.settling { coming += eni.freeCount }
        }
        var targets = input.targets
        targets.usesPrefixes = input.usesPrefixes
        return targets.shortage(
            free: counts.free + coming, total: total, waiting: input.waiting,
            perENI: input.limits.addressesPerENI - 1)
    }

    private func isUnderWay(_ request: ExclusiveRequest) -> Bool {
        if enis.contains(where: { $0.role == .exclusive(request.key) && !$0.isLeaving }) { return true }
        return operations.values.contains {
            if case .create(let creation) = $0, case .exclusive(let other) = creation.purpose {
                other.key == request.key
            } else {
                false
            }
        }
    }

    /// Gives an ENI back that nobody uses, for a container that waits for one of its own: what is kept warm comes second.
    private func planPlace(_ input: PlanInput, _ plan: inout Plan) {
        let isUnderWay = operations.values.contains { if case .remove = $0 { true } else { false } }
        guard !isUnderWay, input.backoffs.allows(call: "DeleteNetworkInterface", now: input.now) else {
            return
        }
        let unused = enis.filter { eni in
            eni.role == .pool && mayLeave(eni) && !isBusy(eni.id) && !plan.actions.contains(.remove(eni.id))
        }
        // The one with the fewest addresses, of those the last.
        let chosen = unused.min { ($0.totalCount, -$0.deviceIndex) < ($1.totalCount, -$1.deviceIndex) }
        if let chosen { plan.actions.append(.remove(chosen.id)) }
    }

    /// Each ENI that gives addresses has one /80; without IPv4 only the primary one is needed.
    private func planIPv6(_ input: PlanInput, _ plan: inout Plan) {
        guard input.limits.takesPrefixes, input.limits.ipv6PerENI > 0,
            input.backoffs.allows(call: "AssignIpv6Addresses", now: input.now)
        else { return }
        for eni in enis where mayGive(eni) && !eni.hasIPv6 && !isBusy(eni.id) {
            if !input.targets.families.contains(.v4), !eni.isPrimary { continue }
            plan.actions.append(.assignIPv6Prefix(eni.id))
        }
    }

    /// ENIs that were a container's own and have come back.
    private func planUnowned(_ input: PlanInput, _ plan: inout Plan) {
        for eni in enis where eni.role == .exclusive(nil) && mayLeave(eni) && !isBusy(eni.id) {
            guard input.backoffs.allows(call: "DeleteNetworkInterface", now: input.now) else { return }
            plan.actions.append(.remove(eni.id))
        }
    }

    /// Everything that nobody uses goes back.
    private func planReturn(_ input: PlanInput, _ plan: inout Plan) {
        for eni in enis where !isBusy(eni.id) {
            if mayLeave(eni) {
                plan.actions.append(.remove(eni.id))
            } else if eni.isPrimary, eni.role == .pool {
                let blocks = eni.blocks.filter { isUnused($0) }.map(\.prefix)
                if !blocks.isEmpty { plan.actions.append(.unassign(eni.id, blocks)) }
            }
        }
    }

    func isBusy(_ id: ENIID) -> Bool { operations.values.contains { $0.eni == id } }
}

/// What an instance has room for: further ENIs, and their device indexes.
struct Room {
    private var count: Int
    private var used: Set<Int>

    init(_ pool: Pool, _ input: PlanInput) {
        let card = pool.enis.filter { $0.networkCard == 0 }
        var used = Set(card.map(\.deviceIndex))
        var coming = 0
        for case .create(let creation) in pool.operations.values {
            coming += 1
            used.insert(creation.deviceIndex)
        }
        count = max(input.maxENIs - card.count - coming, 0)
        self.used = used
    }

    var isEmpty: Bool { count == 0 }

    /// The lowest device index that nobody has; nil if there is no room.
    mutating func takeIndex() -> Int? {
        guard count > 0 else { return nil }
        count -= 1
        var index = 1
        while !used.insert(index).inserted { index += 1 }
        return index
    }
}
