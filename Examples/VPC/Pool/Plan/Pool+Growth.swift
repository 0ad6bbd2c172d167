// SPDX-License-Identifier: Apache-2.0

extension Pool {
    /// Plans as many calls side by side as the shortage needs: first what ENIs have room for, then further ENIs.
    func planGrowth(_ shortage: Int, _ input: PlanInput, _ room: inout Room, _ plan: inout Plan) {
        var missing = shortage
        if input.usesPrefixes {
            fillWithPrefixes(&missing, input, &plan)
            createWithPrefixes(&missing, input, &room, &plan)
            // Only where no subnet gives prefixes: a fragmented one still has addresses.
            if missing > 0, !canGetPrefixes(input) { growBySingles(&missing, input, &room, &plan) }
        } else {
            growBySingles(&missing, input, &room, &plan)
        }
        plan.unmet = max(missing, 0)
    }

    private func growBySingles(
        _ missing: inout Int, _ input: PlanInput, _ room: inout Room, _ plan: inout Plan
    ) {
        for eni in growing(input) where missing > 0 {
            guard input.backoffs.allowsAddresses(in: eni.subnet, now: input.now),
                input.backoffs.allows(call: "AssignPrivateIpAddresses", now: input.now)
            else { continue }
            let count = min(freeSlots(eni, input), missing)
            guard count > 0 else { continue }
            plan.actions.append(.assignAddresses(eni.id, count))
            missing -= count
        }
        guard input.backoffs.allowsCreation(now: input.now),
            let subnet = input.subnets.first(where: { input.backoffs.allowsAddresses(in: $0, now: input.now) }
            )
        else { return }
        let capacity = input.limits.addressesPerENI - 1
        missing -= roomOnTheWay(input)
        while missing > 0, capacity > 0, let index = room.takeIndex() {
            let count =
                input.targets.countsAddresses || input.usesPrefixes ? min(missing, capacity) : capacity
            plan.actions.append(
                .create(
                    .init(
                        subnet: subnet, deviceIndex: index, addresses: count,
                        ipv6Prefixes: ipv6Prefixes(input))))
            missing -= count
        }
    }

    private func fillWithPrefixes(_ missing: inout Int, _ input: PlanInput, _ plan: inout Plan) {
        for eni in growing(input) where missing > 0 {
            guard input.backoffs.allowsPrefixes(in: eni.subnet, now: input.now),
                input.backoffs.allows(call: "AssignPrivateIpAddresses", now: input.now)
            else { continue }
            let count = min(freeSlots(eni, input), prefixes(for: missing))
            guard count > 0 else { continue }
            plan.actions.append(.assignPrefixes(eni.id, count))
            missing -= count * Targets.prefixSize
        }
    }

    private func createWithPrefixes(
        _ missing: inout Int, _ input: PlanInput, _ room: inout Room, _ plan: inout Plan
    ) {
        guard input.backoffs.allowsCreation(now: input.now), let subnet = prefixSubnet(input) else { return }
        let capacity = input.limits.addressesPerENI - 1
        missing -= roomOnTheWay(input) * Targets.prefixSize
        while missing > 0, capacity > 0, let index = room.takeIndex() {
            let count = min(prefixes(for: missing), capacity)
            plan.actions.append(
                .create(
                    .init(
                        subnet: subnet, deviceIndex: index, prefixes: count, ipv6Prefixes: ipv6Prefixes(input)
                    )))
            missing -= count * Targets.prefixSize
        }
    }

    /// The slots that ENIs will have room for which are busy, being made, or without a link yet: filling them takes less
    /// than another ENI.
    private func roomOnTheWay(_ input: PlanInput) -> Int {
        var slots = 0
        var busy: Set<ENIID> = []
        for action in operations.values {
            switch action {
            case .create(let creation)
            where creation.purpose == .pool
                && input.backoffs.allowsAddresses(in: creation.subnet, now: input.now):
                slots += input.limits.addressesPerENI - 1 - creation.addresses - creation.prefixes
            case .assignAddresses(let id, let count), .assignPrefixes(let id, let count):
                busy.insert(id)
                slots -= count
            case .assignIPv6Prefix(let id): busy.insert(id)
            default: break
            }
        }
        for eni in enis where eni.role == .pool && eni.status == .attached && !eni.isLeaving {
            if eni.isPrimary, excludesPrimary { continue }
            guard input.backoffs.allowsAddresses(in: eni.subnet, now: input.now) else { continue }
            let isComing = !mayGive(eni) && input.now - eni.seen < PlanInput.settling
            if busy.contains(eni.id) || isComing { slots += freeSlots(eni, input) }
        }
        return max(slots, 0)
    }

    private func prefixes(for addresses: Int) -> Int {
        (addresses + Targets.prefixSize - 1) / Targets.prefixSize
    }

    private func ipv6Prefixes(_ input: PlanInput) -> Int {
        input.targets.families.contains(.v6) && input.limits.ipv6PerENI > 0 && input.limits.takesPrefixes
            ? 1 : 0
    }

    private func prefixSubnet(_ input: PlanInput) -> SubnetID? {
        input.subnets.first { input.backoffs.allowsPrefixes(in: $0, now: input.now) }
    }

    /// Whether prefixes could still be had by an ENI in another subnet or by one that is just busy.
    private func canGetPrefixes(_ input: PlanInput) -> Bool {
        if !Room(self, input).isEmpty, prefixSubnet(input) != nil { return true }
        return enis.contains {
            mayGive($0) && input.backoffs.allowsPrefixes(in: $0.subnet, now: input.now)
                && freeSlots($0, input) > 0
        }
    }

    /// ENIs to which something may be assigned now, the fullest first.
    private func growing(_ input: PlanInput) -> [ENI] {
        enis.filter { mayGive($0) && !isBusy($0.id) && input.backoffs.allows($0.id, now: input.now) }
            .sorted {
                ($0.isPrimary ? 0 : 1, -$0.assignedCount, $0.deviceIndex) < (
                    $1.isPrimary ? 0 : 1, -$1.assignedCount, $1.deviceIndex
                )
            }
    }

    private func freeSlots(_ eni: ENI, _ input: PlanInput) -> Int {
        max(input.limits.addressesPerENI - eni.usedSlots, 0)
    }
}
