// SPDX-License-Identifier: Apache-2.0

import AddressPool
import Addressing
import Testing

@Suite("A journal whose end is lost, and the pool that is made of it")
struct JournalCutTests {
    @Test("Cut at any byte: no address is lost, and none that a container holds is handed out")
    func cutAnywhere() throws {
        let now = Sample.start
        let eni = try Sample.eni(0, prefixes: ["10.0.0.16/28"])
        var pool = Sample.pool([eni])
        var bytes = JournalRecord.boot("b0").line
        // Who holds what, after each record.
        var states: [(length: Int, held: [IPAddress: String])] = [(bytes.count, [:])]
        var held: [IPAddress: String] = [:]
        for number in 0..<24 {
            let key = Sample.key("c\(number % 9)")
            if pool.assignments[key] == nil, let given = try? pool.assign(key, now: now) {
                bytes += JournalRecord.assigned(given).line
                for address in given.addresses { held[address] = key.container }
            } else if let released = pool.release(key, now: now) {
                bytes += JournalRecord.released(key, released.addresses, until: now + pool.cooldown).line
                for address in released.addresses { held[address] = nil }
            }
            states.append((bytes.count, held))
        }
        // The containers are as they are by the end; the journal knows less.
        for length in 0...bytes.count {
            let content = JournalContent(reading: Array(bytes[..<length]))
            var next = Pool(cooldown: .seconds(30))
            next.restore(content, isSameBoot: true, now: now)
            _ = next.update([eni], now: now)
            next.prove(holders: held, now: now)
            let counts = next.counts
            #expect(counts.free + counts.resting + counts.assigned == 16, "cut at \(length)")
            let later = now + .seconds(31)
            next.settle(next.unproven(at: later), holders: held, now: later)
            var given: Set<IPAddress> = []
            for number in 0..<16 {
                guard let one = try? next.assign(Sample.key("new\(number)"), now: later), let v4 = one.v4
                else {
                    break
                }
                #expect(held[v4] == nil, "cut at \(length): \(v4) is held")
                #expect(given.insert(v4).inserted, "cut at \(length): \(v4) is given twice")
            }
            // Past the cool-down everything that nobody holds or is recorded for can be had.
            let recorded = Set(
                next.assignments.values.filter { !$0.key.container.hasPrefix("new") }.flatMap(\.addresses))
            #expect(given.count == 16 - recorded.union(held.keys).count, "cut at \(length)")
        }
    }
}
