// SPDX-License-Identifier: Apache-2.0

private import Addressing

extension Pool {
    /// Plans to give back what is too much, whole ENIs first, and says when that is due.
    func planShrink(_ input: PlanInput, _ plan: inout Plan) {
        // What is under way changes the counts: wait for it.
        guard operations.isEmpty else { return }
        var excess = excess(input)
        guard excess > 0 else { return }
        let removable = leaving(input, excess).filter { !plan.actions.contains(.remove($0.id)) }
        let quiet = (input.lastChange ?? .zero) + PlanInput.shrinkDelay
        var actions: [Action] = []
        for eni in removable where eni.totalCount <= excess {
            let mature = eni.seen + PlanInput.youngENI
            if mature > input.now {
                plan.note(due: max(mature, quiet))
                continue
            }
            actions.append(.remove(eni.id))
            excess -= eni.totalCount
        }
        if input.targets.countsAddresses || input.usesPrefixes {
            let gone = Set(actions.compactMap(\.eni))
            actions += unassignments(of: &excess, except: gone, input)
        }
        guard !actions.isEmpty else { return }
        if quiet > input.now {
            plan.note(due: quiet)
        } else if input.backoffs.allows(call: "DeleteNetworkInterface", now: input.now) {
            plan.actions += actions
        }
    }

    /// How many addresses there are beyond what the targets ask for.
    private func excess(_ input: PlanInput) -> Int {
        let counts = counts
        let targets = input.targets
        let free = counts.free - input.waiting
        if targets.countsAddresses {
            return min(
                free - (targets.warmAddresses ?? 0), counts.total - (targets.minimumAddresses ?? 0))
        } else if input.usesPrefixes {
            return free - targets.warmPrefixes * Targets.prefixSize
        } else {
            return free - targets.warmENIs * (input.limits.addressesPerENI - 1)
        }
    }

    /// ENIs that can be given back, the one with the fewest addresses first.
    private func leaving(_ input: PlanInput, _ excess: Int) -> [ENI] {
        enis.filter { $0.role == .pool && mayLeave($0) && !isBusy($0.id) }
            .sorted { ($0.totalCount, -$0.deviceIndex) < ($1.totalCount, -$1.deviceIndex) }
    }

    /// Unused blocks, of the emptiest ENIs first, so that they can be given back as a whole later.
    private func unassignments(of excess: inout Int, except gone: Set<ENIID>, _ input: PlanInput) -> [Action]
    {
        guard input.backoffs.allows(call: "UnassignPrivateIpAddresses", now: input.now) else { return [] }
        var actions: [Action] = []
        let candidates = enis.filter { mayGive($0) && !gone.contains($0.id) && !isBusy($0.id) }
            .sorted {
                ($0.isPrimary ? 1 : 0, $0.assignedCount, -$0.deviceIndex) < (
                    $1.isPrimary ? 1 : 0, $1.assignedCount, -$1.deviceIndex
                )
            }
        for eni in candidates where excess > 0 {
            var blocks: [IPPrefix] = []
            // Singles are what a fragmented subnet gave instead of prefixes: they go first.
            for block in eni.blocks.sorted(by: { ($0.size, $0.prefix) < ($1.size, $1.prefix) }) {
                guard block.prefix.family == .v4, isUnused(block), block.size <= excess else { continue }
                blocks.append(block.prefix)
                excess -= block.size
            }
            if !blocks.isEmpty { actions.append(.unassign(eni.id, blocks)) }
        }
        return actions
    }
}
