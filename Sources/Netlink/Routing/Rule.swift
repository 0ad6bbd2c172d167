// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// A routing policy rule, as `ip rule`: which packets look up which table.
///
/// A selector that is nil stands for all packets.
public struct Rule: Hashable, Sendable {
    /// What happens to a packet (FR_ACT_…), by the kernel's number.
    public struct Action: RawRepresentable, Hashable, Sendable {
        /// The FR_ACT_… number.
        public let rawValue: UInt8

        /// Creates an action from a FR_ACT_… number.
        public init(rawValue: UInt8) { self.rawValue = rawValue }
    }

    /// The family.
    public var family: IPAddress.Family
    /// The lower, the earlier.
    public var priority: UInt32
    /// The table to look up; 0 for a rule that looks up none.
    public var table: UInt32
    /// What happens to a packet.
    public var action = Action.lookup
    /// The priority of the rule to go on with, for the action `goto`.
    public var target: UInt32?
    /// Whether the rule is for the packets that the selectors do not stand for (`not`).
    public var isInverted = false
    /// The sources it is for.
    public var source: IPPrefix?
    /// The destinations it is for.
    public var destination: IPPrefix?
    /// The name of the link the packet came in by; `lo` for the host's own packets.
    public var input: String?
    /// The name of the link that the packet's socket is bound to.
    public var output: String?
    /// The packet mark it is for (FRA_FWMARK).
    public var fwmark: UInt32?
    /// The bits of the mark that count (FRA_FWMASK); nil for all.
    public var fwmask: UInt32? {
        didSet { if fwmask == .max { fwmask = nil } }
    }
    /// The type of service it is for; 0 for all.
    public var typeOfService: UInt8 = 0
    /// The protocol over IP (IPPROTO_…) it is for (Linux 4.17).
    public var ipProtocol: UInt8?
    /// The source ports it is for (Linux 4.17).
    public var sourcePorts: ClosedRange<UInt16>?
    /// The destination ports it is for (Linux 4.17).
    public var destinationPorts: ClosedRange<UInt16>?
    /// The numbers of the users it is for (Linux 4.10).
    public var users: ClosedRange<UInt32>?
    /// Whether the table is that of the link's routing domain (VRF; Linux 4.8).
    public var looksUpDomain = false
    /// Routes with a prefix of so many bits or fewer are passed over (`suppress_prefixlength`).
    public var suppressedPrefixLength: UInt32?
    /// The realms that a packet gets, those of the source in the upper 16 bits (`realms`).
    public var realms: UInt32?
    /// Who made the rule.
    public var `protocol`: RoutingProtocol
    /// What the kernel has besides.
    public var other = RawAttributes()

    /// Creates a rule for all packets of a family.
    public init(_ family: IPAddress.Family, priority: UInt32, table: UInt32) {
        self.family = family
        self.priority = priority
        self.table = table
        `protocol` = .boot
    }

    /// The rule in the words of ip(8).
    public var text: String {
        var text = "priority \(priority)"
        if isInverted { text += " not" }
        if let source { text += " from \(source)" }
        if let destination { text += " to \(destination)" }
        if typeOfService != 0 { text += " tos \(typeOfService)" }
        if let fwmark { text += " fwmark 0x\(String(fwmark, radix: 16))" }
        if let fwmask { text += "/0x\(String(fwmask, radix: 16))" }
        if let input { text += " iif \(input)" }
        if let output { text += " oif \(output)" }
        if looksUpDomain { text += " l3mdev" }
        if let users { text += " uidrange \(users.lowerBound)-\(users.upperBound)" }
        if let ipProtocol { text += " ipproto \(ipProtocol)" }
        if let sourcePorts { text += " sport \(Self.text(sourcePorts))" }
        if let destinationPorts { text += " dport \(Self.text(destinationPorts))" }
        switch action {
        case .lookup: if !looksUpDomain { text += " lookup \(table)" }
        case .goto: text += " goto \(target ?? 0)"
        default: text += " \(action)"
        }
        if let suppressedPrefixLength { text += " suppress_prefixlength \(suppressedPrefixLength)" }
        if let realms { text += " realms \(realms >> 16)/\(realms & 0xffff)" }
        return text
    }

    private static func text(_ ports: ClosedRange<UInt16>) -> String {
        ports.count == 1 ? "\(ports.lowerBound)" : "\(ports.lowerBound)-\(ports.upperBound)"
    }
}
