// SPDX-License-Identifier: Apache-2.0

internal import Addressing

// What the phrases are made of.
extension NFTables.Rule {
    /// Matches something of a packet against a value, as `meta mark 0x1` or with `isNot` `meta mark != 0x1`.
    public func match(
        _ selector: NFTables.Selector, _ value: NFTables.Value, isNot: Bool = false
    ) -> NFTables.Rule {
        requiring(selector.precondition(in: table.family))
            .then(selector.load(into: .r0), .compare(.r0, isNot ? .notEqual : .equal, value.bytes))
    }

    /// Looks something of a packet, or several things together, up in a set, as
    /// `iifname . ether saddr @allowed` or with `isNot` `iifname . ether saddr != @allowed`.
    public func match(
        _ selectors: [NFTables.Selector], in set: String, isNot: Bool = false
    ) -> NFTables.Rule {
        loading(selectors).then(.lookup(set: set, isAbsent: isNot))
    }

    /// Decides by the verdict that a map has for something of a packet, as `ip saddr vmap @pods4`.
    public func vmap(_ selectors: [NFTables.Selector], _ map: String) -> NFTables.Rule {
        loading(selectors).then(.verdictMap(map))
    }

    /// Matches an address against a network, as nft(8) does it.
    func match(_ selector: NFTables.Selector, _ prefix: IPPrefix, isNot: Bool) -> NFTables.Rule {
        let rule = requiring(selector.precondition(in: table.family))
        let comparison: NFTables.Comparison = isNot ? .notEqual : .equal
        let bytes = prefix.first.bytes
        // Whole bytes are compared without a mask; at least one, which the mask then empties.
        if prefix.length > 0, prefix.length % 8 == 0 {
            let whole = [UInt8](bytes.prefix(prefix.length / 8))
            return rule.then(selector.load(into: .r0, length: whole.count), .compare(.r0, comparison, whole))
        }
        let mask = IPAddress(prefix.family, bits: ~(prefix.last.bits ^ prefix.first.bits)).bytes
        return rule.then(selector.load(into: .r0)).masked(mask).then(.compare(.r0, comparison, bytes))
    }

    /// The rule with things of a packet in the registers from the first on, as a key of a set has them.
    ///
    /// More than the registers hold stay away; the kernel then refuses the lookup.
    func loading(_ selectors: [NFTables.Selector]) -> NFTables.Rule {
        var rule = self
        for selector in selectors {
            rule = rule.requiring(selector.precondition(in: table.family))
        }
        var register = NFTables.Register?.some(.r0)
        for selector in selectors {
            guard let place = register else { break }
            rule = rule.then(selector.load(into: place))
            register = place.after(selector.type.length)
        }
        return rule
    }

    /// The rule with steps that it needs only once.
    func requiring(_ steps: [NFTables.Expression]) -> NFTables.Rule {
        let count = steps.count
        let isThere =
            expressions.count >= count
            && (0...(expressions.count - count)).contains { Array(expressions[$0..<$0 + count]) == steps }
        return isThere ? self : then(steps)
    }
}
