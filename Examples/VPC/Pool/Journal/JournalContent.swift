// SPDX-License-Identifier: Apache-2.0

package import Addressing

/// What a journal says: who has what, and what cools.
package struct JournalContent: Hashable, Sendable {
    package var assignments: [AttachmentKey: Assignment]
    package var cooling: [IPAddress: Moment]
    /// Of which boot of the machine it is; nil if the first record is missing.
    package var boot: String?
    /// How many lines are damaged, a last one without its end among them.
    package var damaged = 0
    /// How many records there are.
    package var records = 0
    /// Who was last given each address, while reading.
    private var owners: [IPAddress: AttachmentKey] = [:]

    package init(assignments: [AttachmentKey: Assignment] = [:], cooling: [IPAddress: Moment] = [:]) {
        self.assignments = assignments
        self.cooling = cooling
    }

    /// Reads a journal, however it was cut.
    ///
    /// What is lost is not made up for here: nothing is handed out before the node's namespaces have been looked at
    /// (``Pool/prove(holders:now:)``).
    package init(reading bytes: [UInt8]) {
        self.init()
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
                damaged += 1
                return
            }
            if let record = JournalRecord(line: rest[..<end]) { apply(record) } else { damaged += 1 }
            rest = rest[(end + 1)...]
        }
    }

    private mutating func apply(_ record: JournalRecord) {
        records += 1
        switch record {
        case .boot(let boot): self.boot = boot
        case .assigned(let assignment):
            // If the release before it is damaged, who comes later has the address: it was given to him.
            for address in assignment.addresses {
                cooling[address] = nil
                if let former = owners.updateValue(assignment.key, forKey: address), former != assignment.key,
                    assignments[former]?.addresses.contains(address) == true
                {
                    assignments[former] = nil
                }
            }
            assignments[assignment.key] = assignment
        case .released(let key, let addresses, let until):
            assignments[key] = nil
            for address in addresses { cooling[address] = until }
        case .cooling(let address, let until): cooling[address] = until
        }
    }

    /// The fewest records that say the same.
    package func compacted(boot: String) -> [JournalRecord] {
        [.boot(boot)] + assignments.values.sorted { $0.key < $1.key }.map { .assigned($0) }
            + cooling.sorted { $0.key < $1.key }.map { .cooling($0.key, until: $0.value) }
    }
}
