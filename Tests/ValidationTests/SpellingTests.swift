// SPDX-License-Identifier: Apache-2.0

import CNITesting
import Testing

@testable import Validation

@Suite struct SpellingTests {
    @Test func `what is left out before comparing could not have been meant`() {
        let known = [
            "bridge", "mtu", "isGateway", "isDefaultGateway", "ipMasq", "hairpinMode", "vlan", "vlanTrunk",
        ]
        let spelling = Spelling(known)
        var generator = Seeded()
        for _ in 0..<2000 {
            var letters = Array((known.randomElement(using: &generator) ?? "").utf8)
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                let letter = UInt8.random(in: 0x20...0x7e, using: &generator)
                let place = Int.random(in: 0...letters.count, using: &generator)
                if place < letters.count, Bool.random(using: &generator) {
                    letters.remove(at: place)
                } else {
                    letters.insert(letter, at: place)
                }
            }
            let word = String(decoding: letters, as: UTF8.self)
            let lower = Array(word.lowercased().utf8)
            let best = known.map { (Spelling.distance(lower, Array($0.lowercased().utf8)), $0) }.min {
                $0 < $1
            }
            let expected = best.flatMap { $0.0 <= 1 + lower.count / 4 && $0.0 < lower.count ? $0.1 : nil }
            #expect(spelling.correction(of: word) == expected, "\(word), TEST_SEED=\(Seeded.seed)")
        }
    }
}
