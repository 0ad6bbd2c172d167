// SPDX-License-Identifier: Apache-2.0

/// An instance type, as far as it limits networking.
public struct InstanceType: Hashable, Sendable {
    /// What runs its instances.
    public enum Hypervisor: String, Sendable {
        /// Prefixes and IPv6 metadata are for these.
        case nitro
        /// The older generations.
        case xen
        /// None: bare metal, which is on Nitro cards.
        case metal
    }

    /// Such as `m5.large`.
    public let name: String
    /// Virtual processors.
    public let processors: Int
    /// Memory in MiB.
    public let memory: Int
    /// `x86_64` or `arm64`.
    public let architecture: String
    /// What runs its instances.
    public let hypervisor: Hypervisor
    /// How many interfaces each network card takes; the first card is the default one.
    public let cards: [Int]
    /// How many IPv4 addresses and prefixes an interface takes.
    public let ipv4PerInterface: Int
    /// How many IPv6 addresses and prefixes an interface takes.
    public let ipv6PerInterface: Int
    /// Whether it has elastic fabric adapters.
    public let supportsEFA: Bool

    /// A type from its limits.
    public init(
        name: String, processors: Int, memory: Int, architecture: String, hypervisor: Hypervisor,
        cards: [Int],
        ipv4PerInterface: Int, ipv6PerInterface: Int, supportsEFA: Bool = false
    ) {
        self.name = name
        self.processors = processors
        self.memory = memory
        self.architecture = architecture
        self.hypervisor = hypervisor
        self.cards = cards
        self.ipv4PerInterface = ipv4PerInterface
        self.ipv6PerInterface = ipv6PerInterface
        self.supportsEFA = supportsEFA
    }

    /// Whether interfaces take prefixes.
    public var supportsPrefixes: Bool { hypervisor != .xen }

    /// How many pods get an address of their own from single addresses on the default card, by the usual formula.
    public var maximumPods: Int { (cards.first ?? 0) * (ipv4PerInterface - 1) + 2 }
}

extension InstanceType {
    /// The types that the simulator knows by itself, by name.
    ///
    /// The figures are those of DescribeInstanceTypes. A line is: name, virtual processors, memory in MiB, architecture,
    /// hypervisor, cards x interfaces a card, addresses an interface, `efa` where there is one.
    public static let table: [String: InstanceType] = {
        var types: [String: InstanceType] = [:]
        for line in [general, special].joined(separator: "\n").split(separator: "\n") {
            if let type = InstanceType(line: line) { types[type.name] = type }
        }
        return types
    }()

    init?(line: Substring) {
        let fields = line.split(separator: " ")
        guard fields.count >= 7, let processors = Int(fields[1]), let memory = Int(fields[2]),
            let hypervisor = Hypervisor(rawValue: String(fields[4])), let addresses = Int(fields[6])
        else { return nil }
        let cards = fields[5].split(separator: "x").compactMap { Int($0) }
        guard cards.count == 2 else { return nil }
        self.init(
            name: String(fields[0]), processors: processors, memory: memory, architecture: String(fields[3]),
            hypervisor: hypervisor, cards: Array(repeating: cards[1], count: cards[0]),
            ipv4PerInterface: addresses,
            ipv6PerInterface: addresses, supportsEFA: fields.count > 7)
    }
}
