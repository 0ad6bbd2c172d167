// SPDX-License-Identifier: Apache-2.0

/// What an instance of a type can have, on the network card whose ENIs pods use.
package struct InstanceLimits: Hashable, Sendable {
    /// ENIs on network card 0, the primary one among them.
    ///
    /// Not the type's sum over all cards: a p5.48xlarge has 64 on 32 cards, and 2 on card 0.
    package var enis: Int
    /// IPv4 slots of an ENI, its own address among them; a prefix takes one.
    package var addressesPerENI: Int
    package var ipv6PerENI: Int
    /// Whether it takes prefixes: only Nitro and bare metal do.
    package var takesPrefixes: Bool

    package init(enis: Int, addressesPerENI: Int, ipv6PerENI: Int = 0, takesPrefixes: Bool = true) {
        self.enis = enis
        self.addressesPerENI = addressesPerENI
        self.ipv6PerENI = ipv6PerENI
        self.takesPrefixes = takesPrefixes
    }

    /// A network card of DescribeInstanceTypes.
    package struct Card: Hashable, Sendable {
        package var index: Int
        package var enis: Int

        package init(index: Int, enis: Int) {
            self.index = index
            self.enis = enis
        }
    }

    /// Reads the limit of ENIs off what DescribeInstanceTypes says.
    ///
    /// - Parameters:
    ///   - total: `maximumNetworkInterfaces`, of all cards.
    ///   - cards: `networkCards`; none on types that have but one.
    ///   - defaultCard: `defaultNetworkCardIndex`.
    package static func enis(total: Int, cards: [Card], defaultCard: Int = 0) -> Int {
        cards.first { $0.index == defaultCard }?.enis ?? total
    }
}
