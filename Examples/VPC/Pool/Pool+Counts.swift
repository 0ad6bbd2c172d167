// SPDX-License-Identifier: Apache-2.0

internal import Addressing

/// How many addresses do what; IPv4, since an IPv6 prefix has more than anybody counts.
package struct PoolCounts: Hashable, Sendable {
    /// All that are for pods, on ENIs that give addresses or could again.
    package var total = 0
    package var free = 0
    package var assigned = 0
    /// Cooling or held.
    package var resting = 0
    package var enis = 0
    package var prefixes = 0
}

extension Pool {
    /// Counts what is for pods, but for what is leaving.
    package var counts: PoolCounts {
        var counts = PoolCounts()
        for eni in enis where eni.role == .pool {
            counts.enis += 1
            if eni.isPrimary && excludesPrimary { continue }
            counts.assigned += eni.assignedCount
            counts.resting += eni.restingCount
            if eni.isLeaving || eni.status == .detaching { continue }
            counts.total += eni.totalCount
            counts.prefixes += eni.blocks.count { $0.isPrefix && $0.prefix.family == .v4 && !$0.isWithdrawn }
            if mayGive(eni) { counts.free += eni.freeCount }
        }
        return counts
    }
}
