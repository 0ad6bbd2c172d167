// SPDX-License-Identifier: Apache-2.0

/// What an instance type allows, as far as networks are concerned.
public struct InstanceType: Hashable, Sendable {
    /// A network card.
    public struct NetworkCard: Hashable, Sendable {
        /// The index, by which interfaces are attached to it.
        public var index: Int
        /// How many interfaces it takes.
        public var maximumInterfaces: Int

        /// Creates a card.
        public init(index: Int, maximumInterfaces: Int) {
            self.index = index
            self.maximumInterfaces = maximumInterfaces
        }
    }

    /// The name: `m5.large`.
    public var name: String
    /// The hypervisor: `nitro` or `xen`; nil for bare metal.
    public var hypervisor: String?
    /// Whether it is a whole machine.
    public var isBareMetal: Bool
    /// The number of virtual CPUs; nil if EC2 does not say.
    public var virtualCPUs: Int?
    /// The network cards.
    public var networkCards: [NetworkCard]
    /// The index of the card that an interface goes to if nothing else is asked for.
    public var defaultNetworkCard: Int
    /// How many interfaces all cards take together. See ``maximumInterfaces`` for what one can use.
    public var maximumInterfacesOfAllCards: Int
    /// How many IPv4 addresses, or /28 prefixes in place of secondary ones, an interface takes; one is its primary.
    public var ipv4AddressesPerInterface: Int
    /// How many IPv6 addresses an interface takes.
    public var ipv6AddressesPerInterface: Int
    /// Whether there is IPv6.
    public var supportsIPv6: Bool

    /// How many interfaces the default card takes.
    ///
    /// The type's own figure is of all cards: 64 for a p5.48xlarge, whose card 0 takes 2.
    public var maximumInterfaces: Int {
        networkCards.first { $0.index == defaultNetworkCard }?.maximumInterfaces
            ?? maximumInterfacesOfAllCards
    }

    /// Whether its interfaces take prefixes: only Nitro does.
    public var supportsPrefixes: Bool { hypervisor == "nitro" || isBareMetal }

    /// Creates a description, for tests and for models.
    public init(
        name: String, hypervisor: String? = "nitro", isBareMetal: Bool = false, virtualCPUs: Int? = nil,
        networkCards: [NetworkCard], defaultNetworkCard: Int = 0, maximumInterfacesOfAllCards: Int,
        ipv4AddressesPerInterface: Int, ipv6AddressesPerInterface: Int, supportsIPv6: Bool = true
    ) {
        self.name = name
        self.hypervisor = hypervisor
        self.isBareMetal = isBareMetal
        self.virtualCPUs = virtualCPUs
        self.networkCards = networkCards
        self.defaultNetworkCard = defaultNetworkCard
        self.maximumInterfacesOfAllCards = maximumInterfacesOfAllCards
        self.ipv4AddressesPerInterface = ipv4AddressesPerInterface
        self.ipv6AddressesPerInterface = ipv6AddressesPerInterface
        self.supportsIPv6 = supportsIPv6
    }
}
