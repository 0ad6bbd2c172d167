// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import Synchronization

/// Carries the journal, of which there is one, to whom takes it.
final class JournalBox: Sendable {
    private let journal: Mutex<JournalFile?>
    /// What it had to say.
    let found: JournalContent

    init(_ journal: consuming JournalFile) {
        found = journal.found
        self.journal = Mutex(journal)
    }

    /// The journal, once.
    func take() -> JournalFile? { journal.withLock { $0.take() } }
}
