// SPDX-License-Identifier: Apache-2.0

internal import Addressing

extension Pool {
    /// Takes in what a journal says, before any ENI is known.
    ///
    /// - Parameter isSameBoot: Whether the journal is of this boot of the machine. Of another one no container is left and
    ///   its times mean nothing: everything cools anew.
    ///
    /// Of a damaged journal what is missing may be a release: whatever would be free cools once (``prove(holders:now:)``).
    package mutating func restore(_ journal: JournalContent, isSameBoot: Bool, now: Moment) {
        for assignment in journal.assignments.values.sorted(by: { $0.key < $1.key }) {
            if isSameBoot {
                record(assignment)
            } else {
                for address in assignment.addresses where assignment.kind == .shared {
                    cool(address, until: now + cooldown)
                }
            }
        }
        for (address, until) in journal.cooling.sorted(by: { $0.key < $1.key }) where owners[address] == nil {
            // Of a longer period of before, or of another boot: at most what is configured now.
            let latest = now + cooldown
            cool(address, until: isSameBoot ? min(until, latest) : latest)
        }
        isAmbiguous = journal.damaged > 0
        for index in enis.indices { recount(index) }
    }

    /// What a journal has to say, for compaction.
    package var journalContent: JournalContent {
        JournalContent(assignments: assignments, cooling: cooling)
    }
}
