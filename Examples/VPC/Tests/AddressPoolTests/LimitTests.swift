// SPDX-License-Identifier: Apache-2.0

import AddressPool
import Testing

@Suite("Limits and max-pods")
struct LimitTests {
    @Test(
        "The published numbers of pods",
        arguments: [
            ("t3.nano", 2, 2, 4), ("t3.small", 3, 4, 11), ("t3.medium", 3, 6, 17), ("m5.large", 3, 10, 29),
            ("m5.xlarge", 4, 15, 58), ("c5.4xlarge", 8, 30, 234), ("p5.48xlarge", 2, 50, 100),
        ])
    func published(type: String, enis: Int, addresses: Int, pods: Int) {
        let limits = InstanceLimits(enis: enis, addressesPerENI: addresses)
        #expect(MaxPods(limits, prefixes: false).pods == pods, "\(type)")
    }

    @Test("Only card 0 counts: a p5.48xlarge has 64 ENIs on 32 cards, and 2 for pods")
    func manyCards() {
        let cards = (0..<32).map { InstanceLimits.Card(index: $0, enis: 2) }
        #expect(InstanceLimits.enis(total: 64, cards: cards) == 2)
        #expect(InstanceLimits.enis(total: 3, cards: []) == 3)
    }

    @Test("Custom networking, prefixes, MAX_ENI and reserved ENIs change it")
    func variants() {
        let limits = InstanceLimits(enis: 3, addressesPerENI: 10)
        #expect(MaxPods(limits, prefixes: false, isCustom: true).pods == 20)
        #expect(MaxPods(limits, prefixes: true).pods == 434)
        #expect(MaxPods(limits, prefixes: true).recommended(cpus: 2) == 110)
        #expect(MaxPods(limits, prefixes: false, reserved: 1).pods == 20)
        #expect(MaxPods(limits, prefixes: false, maximum: 1).pods == 11)
        #expect(MaxPods(limits, prefixes: false, isCustom: true, maximum: 1).pods == 2)
        let xen = InstanceLimits(enis: 3, addressesPerENI: 10, takesPrefixes: false)
        #expect(MaxPods(xen, prefixes: true).pods == 29)
    }
}
