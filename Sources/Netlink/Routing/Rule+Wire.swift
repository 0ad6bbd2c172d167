// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import CLibNL
internal import Glibc

extension Rule.Action: CustomStringConvertible {
    /// Look up the table.
    public static let lookup = Rule.Action(rawValue: UInt8(FR_ACT_TO_TBL))
    /// Go on with another rule.
    public static let goto = Rule.Action(rawValue: UInt8(FR_ACT_GOTO))
    /// Do nothing.
    public static let nop = Rule.Action(rawValue: UInt8(FR_ACT_NOP))
    /// Drop the packet, and say nothing.
    public static let blackhole = Rule.Action(rawValue: UInt8(FR_ACT_BLACKHOLE))
    /// Drop the packet, and say that the destination cannot be reached.
    public static let unreachable = Rule.Action(rawValue: UInt8(FR_ACT_UNREACHABLE))
    /// Drop the packet, and say that it is forbidden.
    public static let prohibit = Rule.Action(rawValue: UInt8(FR_ACT_PROHIBIT))

    /// The word of ip(8).
    public var description: String {
        switch self {
        case .lookup: "lookup"
        case .goto: "goto"
        case .nop: "nop"
        case .blackhole: "blackhole"
        case .unreachable: "unreachable"
        case .prohibit: "prohibit"
        default: "action \(rawValue)"
        }
    }
}

extension Rule {
    func encode(into request: inout NetlinkRequest) {
        var header = fib_rule_hdr()
        header.family = family.number
        header.src_len = UInt8(source?.length ?? 0)
        header.dst_len = UInt8(destination?.length ?? 0)
        header.tos = typeOfService
        header.action = action.rawValue
        header.flags = isInverted ? UInt32(FIB_RULE_INVERT) : 0
        header.table = table < 256 ? UInt8(table) : UInt8(RT_TABLE_UNSPEC.rawValue)
        request.header(header)
        request.attribute(Int(FRA_PRIORITY), priority)
        request.attribute(Int(FRA_TABLE), table)
        if let target { request.attribute(Int(FRA_GOTO), target) }
        if let source { request.attribute(Int(FRA_SRC), bytes: source.first.bytes) }
        if let destination { request.attribute(Int(FRA_DST), bytes: destination.first.bytes) }
        if let input { request.attribute(Int(FRA_IIFNAME), input) }
        if let output { request.attribute(Int(FRA_OIFNAME), output) }
        if let fwmark { request.attribute(Int(FRA_FWMARK), fwmark) }
        // Without a mask mark 0 would stand for every mark (fib_nl2rule() in the kernel).
        if let mask = fwmask ?? (fwmark == 0 ? .max : nil) { request.attribute(Int(FRA_FWMASK), mask) }
        if let ipProtocol { request.attribute(Int(FRA_IP_PROTO), ipProtocol) }
        if let sourcePorts { request.attribute(Int(FRA_SPORT_RANGE), bytes: Self.bytes(sourcePorts)) }
        if let destinationPorts {
            request.attribute(Int(FRA_DPORT_RANGE), bytes: Self.bytes(destinationPorts))
        }
        if let users { request.attribute(Int(FRA_UID_RANGE), bytes: Self.bytes(users)) }
        if looksUpDomain { request.attribute(Int(FRA_L3MDEV), UInt8(1)) }
        if let suppressedPrefixLength {
            request.attribute(Int(FRA_SUPPRESS_PREFIXLEN), suppressedPrefixLength)
        }
        if let realms { request.attribute(Int(FRA_FLOW), realms) }
        request.attribute(Int(FRA_PROTOCOL), `protocol`.rawValue)
        request.append(other)
    }

    static func decode(_ message: Message) throws(MalformedMessage) -> Rule? {
        guard message.type == Int(RTM_NEWRULE) else { return nil }
        let header = try message.payload.header(fib_rule_hdr.self)
        let all = try Attributes(message.payload.after(fib_rule_hdr.self))
        guard let family = IPAddress.Family(number: header.family) else { return nil }
        var rule = Rule(
            family, priority: try all.number(Int(FRA_PRIORITY)) ?? 0,
            table: try all.number(Int(FRA_TABLE)) ?? UInt32(header.table))
        rule.action = Action(rawValue: header.action)
        rule.target = try all.number(Int(FRA_GOTO))
        rule.isInverted = header.flags & UInt32(FIB_RULE_INVERT) != 0
        rule.source = try prefix(all, Int(FRA_SRC), header.src_len)
        rule.destination = try prefix(all, Int(FRA_DST), header.dst_len)
        rule.typeOfService = header.tos
        rule.input = all.string(Int(FRA_IIFNAME))
        rule.output = all.string(Int(FRA_OIFNAME))
        let mask = try all.number(Int(FRA_FWMASK), UInt32.self)
        // Mark 0 is not reported, its mask is (fib_nl_fill_rule() in the kernel).
        rule.fwmark = try all.number(Int(FRA_FWMARK)) ?? (mask == nil ? nil : 0)
        rule.fwmask = mask
        rule.ipProtocol = try all.number(Int(FRA_IP_PROTO))
        rule.sourcePorts = try range(all, Int(FRA_SPORT_RANGE))
        rule.destinationPorts = try range(all, Int(FRA_DPORT_RANGE))
        rule.users = try range(all, Int(FRA_UID_RANGE))
        rule.looksUpDomain = try all.bool(Int(FRA_L3MDEV)) ?? false
        // The kernel says -1 for none.
        rule.suppressedPrefixLength = try all.number(Int(FRA_SUPPRESS_PREFIXLEN), UInt32.self)
            .flatMap { $0 == .max ? nil : $0 }
        rule.realms = try all.number(Int(FRA_FLOW))
        rule.protocol = RoutingProtocol(rawValue: try all.number(Int(FRA_PROTOCOL)) ?? 0)
        rule.other = all.others(than: try impliedMasks(all))
        return rule
    }

    private static let known = AttributeKinds([
        FRA_PRIORITY, FRA_TABLE, FRA_GOTO, FRA_SRC, FRA_DST, FRA_IIFNAME, FRA_OIFNAME, FRA_FWMARK, FRA_FWMASK,
        FRA_IP_PROTO, FRA_SPORT_RANGE, FRA_DPORT_RANGE, FRA_UID_RANGE, FRA_L3MDEV, FRA_SUPPRESS_PREFIXLEN,
        FRA_FLOW, FRA_PROTOCOL, FRA_PAD,
    ])

    /// With FRA_SPORT_MASK and FRA_DPORT_MASK (Linux 6.15, which older headers do not have), where the kernel has added them
    /// to a single port.
    private static func impliedMasks(_ all: Attributes) throws(MalformedMessage) -> AttributeKinds {
        var kinds = known
        for kind in [28, 29] where try all.number(kind, UInt16.self) == .max { kinds.insert(kind) }
        return kinds
    }

    private static func prefix(
        _ all: Attributes, _ kind: Int, _ length: UInt8
    ) throws(MalformedMessage) -> IPPrefix? {
        guard let address = try all.address(kind) else { return nil }
        guard let prefix = IPPrefix(address, length: Int(length)) else {
            throw MalformedMessage("rule with a prefix of \(length) bits")
        }
        return prefix
    }

    /// Two numbers one after the other: struct fib_rule_port_range, struct fib_rule_uid_range.
    private static func bytes<Bound: FixedWidthInteger>(_ range: ClosedRange<Bound>) -> [UInt8] {
        [range.lowerBound, range.upperBound].withUnsafeBytes { [UInt8]($0) }
    }

    private static func range<Bound: FixedWidthInteger & BitwiseCopyable>(
        _ all: Attributes, _ kind: Int
    ) throws(MalformedMessage) -> ClosedRange<Bound>? {
        guard let bytes = all[kind] else { return nil }
        let size = MemoryLayout<Bound>.size
        guard bytes.count == 2 * size else { throw MalformedMessage("attribute \(kind) is no range") }
        let (first, last) = (bytes.load(Bound.self), bytes.load(Bound.self, at: bytes.startIndex + size))
        guard first <= last else { throw MalformedMessage("attribute \(kind) is a range backwards") }
        return first...last
    }
}

extension Batch {
    /// Adds or deletes a rule.
    ///
    /// As `ip rule add from PREFIX lookup TABLE priority N`.
    public mutating func rule(_ verb: Verb, _ rule: Rule) {
        append(
            "rule \(verb) \(rule.text)", type: verb == .delete ? Int(RTM_DELRULE) : Int(RTM_NEWRULE),
            flags: verb.flags
        ) { rule.encode(into: &$0) }
    }
}

extension RoutingSocket {
    /// The rules of a family; none of one that the kernel does not speak.
    ///
    /// As `ip rule show`.
    public func rules(_ family: IPAddress.Family) throws(NetlinkError) -> [Rule] {
        try rules(family) { _ in true }
    }

    /// The rules of a family that have the priority, source and destination of one of these.
    ///
    /// The kernel filters rules by nothing but their family: a node with a thousand pods answers with some thousands, of
    /// which few are worth decoding.
    public func rules(
        _ family: IPAddress.Family, like wanted: [Rule]
    ) throws(NetlinkError) -> [Rule] {
        let outlines = wanted.filter { $0.family == family }.map { RuleOutline($0) }
        return try rules(family) { message in outlines.contains { $0.fits(message.payload) } }
    }

    private func rules(
        _ family: IPAddress.Family, where isWanted: (Message) -> Bool
    ) throws(NetlinkError) -> [Rule] {
        let messages: [Message]
        do throws(NetlinkError) {
            messages = try socket.dump("rule show", type: Int(RTM_GETRULE), where: isWanted) { request in
                var header = fib_rule_hdr()
                header.family = family.number
                request.header(header)
            }
        } catch  where error.errno == EAFNOSUPPORT {
            return []  // ipv6.disable=1
        }
        return try NetlinkSocket.decode("rule show", messages, Rule.decode)
    }
}
