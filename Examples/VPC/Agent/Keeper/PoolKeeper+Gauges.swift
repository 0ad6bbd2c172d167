// SPDX-License-Identifier: Apache-2.0

package import AddressPool
internal import NodeAgentStatus

extension PoolKeeper {
    /// Sets what metrics say of the pool.
    func updateGauges() {
        let counts = pool.counts
        metrics.total.set(counts.total)
        metrics.assigned.set(counts.assigned)
        metrics.free.set(counts.free)
        metrics.resting.set(counts.resting)
        metrics.enis.set(counts.enis)
        metrics.prefixes.set(counts.prefixes)
        metrics.maxENIs.set(input.maxENIs)
        metrics.maxAddresses.set(maxPods.addresses)
        metrics.unmet.set(lastPlan.unmet)
        for eni in pool.enis { metrics.perENI[eni.id.text].set(eni.assignedCount) }
        metrics.perENI.keep(only: Set(pool.enis.map { [$0.id.text] }))
    }

    /// How many pods the node can have.
    package var maxPods: MaxPods {
        MaxPods(
            input.limits, prefixes: input.targets.usesPrefixes, isCustom: pool.excludesPrimary,
            reserved: input.targets.reservedENIs, maximum: input.targets.maxENIs)
    }
}
