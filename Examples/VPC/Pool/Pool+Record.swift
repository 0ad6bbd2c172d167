// SPDX-License-Identifier: Apache-2.0

private import Addressing

extension Pool {
    /// What the node has as far as it is known, in the words in which EC2 describes it: ``update(_:now:)`` of a new pool
    /// with it gives the same ENIs.
    ///
    /// Without what is about to be given back, and without what the last look did not show.
    package var inventory: [SeenENI] {
        enis.compactMap { eni in
            if eni.isLeaving || eni.absences > 0 || eni.status != .attached { return nil }
            let blocks = eni.blocks.filter { !$0.isWithdrawn && $0.absences == 0 }
            var bare = eni
            bare.blocks = []
            bare.assignedCount = 0
            bare.restingCount = 0
            bare.defect = nil
            if case .exclusive = eni.role { bare.role = .exclusive(nil) }
            return SeenENI(
                bare, blocks: blocks.map(\.prefix),
                reserved: Set(blocks.filter(\.isForeign).map(\.prefix.address)))
        }
    }
}
