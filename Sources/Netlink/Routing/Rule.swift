// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import CLibNL
internal import Glibc

/// A routing policy rule, as `ip rule`: which packets look up which table.
public struct Rule: Hashable, Sendable {
    /// The family.
    public var family: IPAddress.Family
    /// The lower, the earlier.
    public var priority: UInt32
    /// The table to look up.
    public var table: UInt32
    /// The sources it is for; nil for all.
    public var source: IPPrefix?
    /// The destinations it is for; nil for all.
    public var destination: IPPrefix?
    /// The name of the link the packet came in by; `lo` for the host's own packets.
    public var input: String?
    /// The packet mark it is for.
    public var mark: UInt32?
    /// The bits of the mark that count.
    public var markMask: UInt32?
    /// Who made the rule (RTPROT_…).
    public var origin: UInt8

    /// Creates a rule for all packets of a family.
    public init(_ family: IPAddress.Family, priority: UInt32, table: UInt32) {
        self.family = family
        self.priority = priority
        self.table = table
        origin = UInt8(RTPROT_BOOT)
    }

    static func decode(_ message: Message) throws(MalformedMessage) -> Rule? {
        guard message.type == Int(RTM_NEWRULE) else { return nil }
        let header = try message.payload.header(fib_rule_hdr.self)
        let all = try Attributes(message.payload.after(fib_rule_hdr.self))
        guard let family = IPAddress.Family(number: header.family) else { return nil }
        func prefix(_ kind: Int, _ length: UInt8) -> IPPrefix? {
            all[kind].flatMap { IPAddress(bytes: $0) }.flatMap { IPPrefix($0, length: Int(length)) }
        }
        var rule = Rule(
            family, priority: all.number(Int(FRA_PRIORITY)) ?? 0,
            table: all.number(Int(FRA_TABLE)) ?? UInt32(header.table))
        rule.source = prefix(Int(FRA_SRC), header.src_len)
        rule.destination = prefix(Int(FRA_DST), header.dst_len)
        rule.input = all.string(Int(FRA_IIFNAME))
        rule.mark = all.number(Int(FRA_FWMARK))
        rule.markMask = all.number(Int(FRA_FWMASK))
        rule.origin = all.number(Int(FRA_PROTOCOL)) ?? 0
        return rule
    }
}

extension Batch {
    /// Adds or deletes a rule.
    ///
    /// As `ip rule add from PREFIX lookup TABLE priority N`.
    public mutating func rule(_ verb: Verb, _ rule: Rule) {
        append(
            "rule \(verb) priority \(rule.priority) lookup \(rule.table)",
            type: verb == .delete ? Int(RTM_DELRULE) : Int(RTM_NEWRULE), flags: verb.flags
        ) { request in
            var header = fib_rule_hdr()
            header.family = rule.family.number
            header.src_len = UInt8(rule.source?.length ?? 0)
            header.dst_len = UInt8(rule.destination?.length ?? 0)
            header.action = UInt8(FR_ACT_TO_TBL)
            header.table = rule.table < 256 ? UInt8(rule.table) : UInt8(RT_TABLE_UNSPEC.rawValue)
            request.header(header)
            request.attribute(Int(FRA_PRIORITY), rule.priority)
            request.attribute(Int(FRA_TABLE), rule.table)
            if let source = rule.source { request.attribute(Int(FRA_SRC), bytes: source.first.bytes) }
            if let destination = rule.destination {
                request.attribute(Int(FRA_DST), bytes: destination.first.bytes)
            }
            if let input = rule.input { request.attribute(Int(FRA_IIFNAME), input) }
            if let mark = rule.mark { request.attribute(Int(FRA_FWMARK), mark) }
            if let mask = rule.markMask { request.attribute(Int(FRA_FWMASK), mask) }
            request.attribute(Int(FRA_PROTOCOL), rule.origin)
        }
    }
}

extension RoutingSocket {
    /// The rules of a family; none of one that the kernel does not speak.
    ///
    /// As `ip rule show`.
    public func rules(_ family: IPAddress.Family) throws(NetlinkError) -> [Rule] {
        let messages: [Message]
        do throws(NetlinkError) {
            messages = try socket.dump("rule show", type: Int(RTM_GETRULE)) { request in
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
