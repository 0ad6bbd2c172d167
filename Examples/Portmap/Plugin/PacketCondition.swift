// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import Netlink

/// What a packet has to be like for a port to lead to the container: an element of `conditionsV4` or `conditionsV6`.
///
/// The words are those of nft(8) or of iptables(8), whichever the list is written in.
enum PacketCondition: Hashable, Sendable {
    case source(IPPrefix, isNot: Bool)
    case destination(IPPrefix, isNot: Bool)
    /// The link that it comes in by, or all whose names begin so.
    case input(String, isPrefix: Bool, isNot: Bool)
    case mark(UInt32, mask: UInt32, isNot: Bool)

    /// The rule with the condition at its end.
    func added(to rule: NFTables.Rule) -> NFTables.Rule {
        switch self {
        case .source(let prefix, let isNot): rule.saddr(prefix, isNot: isNot)
        case .destination(let prefix, let isNot): rule.daddr(prefix, isNot: isNot)
        case .input(let name, true, _): rule.iifname(prefix: name)
        case .input(let name, false, let isNot): rule.iifname(name, isNot: isNot)
        case .mark(let mark, let mask, let isNot): rule.mark(mark, mask: mask, isNot: isNot)
        }
    }

    /// Reads a list of words, each a text or several in one.
    static func all(_ list: JSONCursor, _ family: IPAddress.Family) throws(CNIError) -> [PacketCondition] {
        let words = try list.texts().flatMap { $0.split(separator: " ").map(String.init) }
        var rest = ConditionWords(words)
        var conditions: [PacketCondition] = []
        while !rest.isEmpty {
            let start = rest.next ?? ""
            guard let condition = rest.readOfNFT() ?? rest.readOfIPTables() else {
                throw list.failure(
                    "\"\(start)\" and what follows is no condition that is known here: ip saddr, ip daddr, "
                        + "iifname, meta mark of nft(8), -s, -d, -i, -m mark --mark of iptables(8)")
            }
            switch condition {
            case .source(let prefix, _), .destination(let prefix, _):
                if prefix.family != family { throw list.failure("\(prefix) is of the other family") }
            case .input(_, true, true): throw list.failure("the name's beginning cannot be excluded")
            case .input, .mark: break
            }
            conditions.append(condition)
        }
        return conditions
    }
}

extension PacketCondition: CustomStringConvertible {
    /// In the words of nft(8).
    var description: String {
        func sign(_ isNot: Bool) -> String { isNot ? " != " : " " }
        return switch self {
        case .source(let prefix, let isNot): "saddr\(sign(isNot))\(prefix)"
        case .destination(let prefix, let isNot): "daddr\(sign(isNot))\(prefix)"
        case .input(let name, let isPrefix, let isNot): "iifname\(sign(isNot))\(name)\(isPrefix ? "*" : "")"
        case .mark(let mark, let mask, let isNot): "mark & \(mask)\(sign(isNot))\(mark)"
        }
    }
}

/// Words of conditions that are still to be read.
private struct ConditionWords {
    private var words: ArraySlice<String>

    init(_ words: [String]) { self.words = words[...] }

    var isEmpty: Bool { words.isEmpty }
    var next: String? { words.first }

    private mutating func take(_ options: String...) -> Bool {
        guard let first = words.first, options.contains(first) else { return false }
        words.removeFirst()
        return true
    }

    /// `ip saddr [!=] PREFIX`, `iifname [!=] NAME`, `meta mark [!=] NUMBER`.
    mutating func readOfNFT() -> PacketCondition? {
        let isOfIP = take("ip", "ip6")
        let isMeta = !isOfIP && take("meta")
        guard let key = words.first, isOfIP || isMeta || ["iifname", "mark"].contains(key) else { return nil }
        words.removeFirst()
        let isNot = take("!=")
        if !isNot { _ = take("==") }
        guard let value = words.popFirst() else { return nil }
        return switch (isOfIP, key) {
        case (true, "saddr"): Self.prefix(value).map { .source($0, isNot: isNot) }
        case (true, "daddr"): Self.prefix(value).map { .destination($0, isNot: isNot) }
        case (false, "iifname"): Self.input(value, wildcard: "*", isNot: isNot)
        case (false, "mark"): Self.number(value).map { .mark($0, mask: .max, isNot: isNot) }
        default: nil
        }
    }

    /// `[!] -s PREFIX`, `[!] -i NAME`, `-m mark [!] --mark NUMBER[/MASK]`.
    mutating func readOfIPTables() -> PacketCondition? {
        if take("-m", "--match"), !take("mark") { return nil }
        let isNot = take("!")
        guard let key = words.popFirst(), let value = words.popFirst() else { return nil }
        switch key {
        case "-s", "--source", "--src": return Self.prefix(value).map { .source($0, isNot: isNot) }
        case "-d", "--destination", "--dst": return Self.prefix(value).map { .destination($0, isNot: isNot) }
        case "-i", "--in-interface": return Self.input(value, wildcard: "+", isNot: isNot)
        case "--mark":
            let parts = value.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count <= 2, let mark = Self.number(String(parts[0])) else { return nil }
            guard parts.count == 2 else { return .mark(mark, mask: .max, isNot: isNot) }
            return Self.number(String(parts[1])).map { .mark(mark, mask: $0, isNot: isNot) }
        default: return nil
        }
    }

    private static func prefix(_ text: String) -> IPPrefix? {
        IPPrefix(text)?.network ?? IPAddress(text).map { IPPrefix(host: $0) }
    }

    private static func input(_ text: String, wildcard: Character, isNot: Bool) -> PacketCondition? {
        let name = text.filter { $0 != "\"" }
        let isPrefix = name.last == wildcard
        let whole = isPrefix ? String(name.dropLast()) : name
        return 1...15 ~= whole.utf8.count ? .input(whole, isPrefix: isPrefix, isNot: isNot) : nil
    }

    private static func number(_ text: String) -> UInt32? {
        text.hasPrefix("0x") ? UInt32(text.dropFirst(2), radix: 16) : UInt32(text)
    }
}
