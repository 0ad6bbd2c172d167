// SPDX-License-Identifier: Apache-2.0

import AddressPool
import Addressing
import CNITesting
import Glibc
import LinuxCore
import Testing

@Suite("The journal")
struct JournalTests {
    let now = Sample.start

    private func assignment(_ number: Int) -> Assignment {
        Assignment(
            key: Sample.key("c\(number)"), eni: ENIID("eni-0"),
            v4: IPAddress(.v4, bits: UInt128(0x0a00_0000 + number)), pod: "default/web \(number)%",
            namespace: "/run/netns/é\(number)", since: now)
    }

    @Test("Records come back as they were written")
    func roundTrip() throws {
        var odd = assignment(1)
        odd.v4 = nil
        odd.v6 = IPAddress("2001:db8::1")
        odd.kind = .exclusive
        odd.pod = "-"
        let address = try Sample.address("10.0.0.9")
        for record: JournalRecord in [
            .boot("b0"), .assigned(assignment(7)), .assigned(odd),
            .released(Sample.key("c"), [address], until: now),
            .cooling(address, until: now),
        ] {
            let line = record.line
            #expect(line.last == UInt8(ascii: "\n"))
            #expect(line.count { $0 == UInt8(ascii: "\n") } == 1)
            #expect(JournalRecord(line: line.dropLast()) == record)
            for index in line.indices.dropLast() {
                var damaged = line
                damaged[index] ^= 0x11
                #expect(JournalRecord(line: damaged.dropLast()) == nil)
            }
        }
    }

    @Test("A file is there again after a restart, and another agent does not get it meanwhile")
    func reopened() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/journal"
        do {
            var journal = try JournalFile(path, boot: "b0")
            try journal.compact(JournalContent())
            try journal.append(.assigned(assignment(1)))
            try journal.append(.assigned(assignment(2)))
            try journal.append(.released(Sample.key("c1"), assignment(1).addresses, until: now))
            let error = #expect(throws: SystemError.self) { _ = try JournalFile(path, boot: "b0") }
            #expect(error?.errno == EAGAIN)
        }
        let journal = try JournalFile(path, boot: "b1")
        #expect(journal.found.boot == "b0")
        #expect(journal.found.assignments == [Sample.key("c2"): assignment(2)])
        #expect(journal.found.cooling == [assignment(1).addresses[0]: now])
        #expect(journal.found.damaged == 0)
    }

    @Test(
        "Writing it anew changes nothing of what it says, and keeps it short",
        arguments: JournalFile.Durability.allCases)
    func compaction(durability: JournalFile.Durability) throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/journal"
        var pool = Sample.pool([try Sample.eni(0, prefixes: ["10.0.0.16/28"])])
        var largest = 0
        do {
            var journal = try JournalFile(path, boot: "b0", durability: durability)
            try journal.compact(pool.journalContent)
            for number in 0..<(durability == .process ? 3000 : 60) {
                let moment = now + .seconds(number)
                pool.settle(pool.unproven(at: moment), holders: [:], now: moment)
                if number % 8 != 7 {
                    guard let given = try? pool.assign(Sample.key("c\(number % 7)"), now: moment) else {
                        continue
                    }
                    try journal.append(.assigned(given))
                } else if let released = pool.release(Sample.key("c\(number / 8 % 7)"), now: moment) {
                    try journal.append(
                        .released(released.key, released.addresses, until: moment + pool.cooldown))
                }
                if journal.wantsCompaction { try journal.compact(pool.journalContent) }
                largest = max(largest, journal.records)
            }
        }
        let journal = try JournalFile(path, boot: "b0")
        #expect(journal.found.assignments == pool.assignments)
        for (address, until) in pool.journalContent.cooling {
            #expect(journal.found.cooling[address] == until)
        }
        #expect(largest <= 1025)
        #expect(folder.files().map { $0.prefix { $0 != ":" } } == ["journal", "journal.lock"])
    }

    @Test("Cut at any byte it is read without an error, and what is whole counts")
    func cutAnywhere() throws {
        let records: [JournalRecord] =
            [.boot("b0")] + (0..<12).map { .assigned(assignment($0)) }
            + [.released(Sample.key("c3"), assignment(3).addresses, until: now)]
        let bytes = records.flatMap(\.line)
        for length in 0...bytes.count {
            let content = JournalContent(reading: Array(bytes[..<length]))
            let whole = bytes[..<length].count { $0 == UInt8(ascii: "\n") }
            #expect(content.records == whole)
            #expect(content.damaged == (length == 0 || bytes[length - 1] == UInt8(ascii: "\n") ? 0 : 1))
        }
    }

    @Test("Garbage in the middle costs only the records that it hits")
    func damagedMiddle() throws {
        var bytes = (0..<5).flatMap { JournalRecord.assigned(assignment($0)).line }
        bytes[bytes.count / 2] = 0
        let content = JournalContent(reading: bytes)
        #expect(content.damaged == 1)
        #expect(content.assignments.count == 4)
    }
}
