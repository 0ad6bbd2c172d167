// SPDX-License-Identifier: Apache-2.0

package import Addressing

/// A rule of the legacy iptables, as far as it tells whose it is.
package struct LegacyRule: Hashable, Sendable {
    /// The one source address that it asks for.
    package let source: IPAddress?
    /// The text of `-m comment`.
    package let comment: String?
    /// The chain that it leads to.
    package let target: String?
}

/// Where what is in an entry: struct ipt_entry, or struct ip6t_entry.
struct LegacyLayout {
    private let family: IPAddress.Family
    /// The place of the offsets of the target and of the next entry.
    private var offsets: Int { family == .v4 ? 88 : 140 }
    /// The size of an entry without matches and target.
    private var size: Int { family == .v4 ? 112 : 168 }
    private var addressSize: Int { family == .v4 ? 4 : 16 }

    init(_ family: IPAddress.Family) { self.family = family }

    /// The place of the entry after one; nil if there is none.
    func next(after place: Int, in table: [UInt8]) -> Int? {
        guard let length = table.short(at: place + offsets + 2), length >= size else { return nil }
        return place + length
    }

    /// The verdict of an entry's target: negative one of the kernel's, otherwise the place that it jumps to; nil if it has
    /// another target.
    func verdict(of place: Int, in table: [UInt8]) -> Int? {
        // struct xt_standard_target: size, a name that is empty, and at 32 the verdict.
        guard let offset = table.short(at: place + offsets), table.text(at: place + offset + 2, 29) == "",
            table.indices.contains(place + offset + 35)
        else { return nil }
        return Int(Int32(truncatingIfNeeded: table.number(at: place + offset + 32)))
    }

    func rule(at place: Int, in table: [UInt8]) -> LegacyRule {
        LegacyRule(
            source: source(at: place, in: table), comment: comment(at: place, in: table),
            target: verdict(of: place, in: table).flatMap { $0 > 0 ? chain(from: $0, in: table) : nil })
    }

    /// struct ipt_ip: source, destination, and their masks.
    private func source(at place: Int, in table: [UInt8]) -> IPAddress? {
        let mask = place + 2 * addressSize
        guard table.indices.contains(mask + addressSize),
            table[mask..<mask + addressSize].allSatisfy({ $0 == 0xff })
        else { return nil }
        return IPAddress(bytes: table[place..<place + addressSize])
    }

    /// struct xt_entry_match: size, name, and at 32 the match's own; struct xt_comment_info: 256 bytes.
    private func comment(at place: Int, in table: [UInt8]) -> String? {
        guard let target = table.short(at: place + offsets) else { return nil }
        var match = place + size
        while match < place + target, let length = table.short(at: match), length >= 32 {
            if table.text(at: match + 2, 29) == "comment" { return table.text(at: match + 32, 256) }
            match += length
        }
        return nil
    }

    /// The names of the chains that are not built in, each in the target of the entry that it begins with; the table's last
    /// entry, whose target has the name ERROR, ends them.
    func chains(in table: [UInt8]) -> [String] {
        var (names, place) = ([String](), 0)
        while let next = next(after: place, in: table), next <= table.count {
            if let target = table.short(at: place + offsets),
                table.text(at: place + target + 2, 29) == "ERROR",
                let name = table.text(at: place + target + 32, 30), name != "ERROR"
            {
                names.append(name)
            }
            place = next
        }
        return names
    }

    /// The name of the chain whose first rule is at a place: it is in the target of the entry before that, `ERROR`.
    private func chain(from first: Int, in table: [UInt8]) -> String? {
        // struct xt_error_target: 32 bytes, then 30 of name, aligned to 8 bytes.
        let target = first - 64
        guard target >= 0, table.text(at: target + 2, 29) == "ERROR" else { return nil }
        return table.text(at: target + 32, 30)
    }
}

extension [UInt8] {
    /// The unsigned 32-bit number at an offset; 0 past the end.
    func number(at offset: Int) -> Int {
        guard indices.contains(offset), indices.contains(offset + 3) else { return 0 }
        return withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
    }

    /// The unsigned 16-bit number at an offset; nil past the end.
    func short(at offset: Int) -> Int? {
        guard indices.contains(offset), indices.contains(offset + 1) else { return nil }
        return withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: offset, as: UInt16.self)) }
    }

    /// The text at an offset, up to a NUL or so many bytes.
    func text(at offset: Int, _ limit: Int) -> String? {
        guard indices.contains(offset), offset + limit <= count else { return nil }
        return String(decoding: self[offset..<offset + limit].prefix { $0 != 0 }, as: UTF8.self)
    }
}
