// SPDX-License-Identifier: Apache-2.0

// How a rule ends, in the words of nft(8).
extension NFTables.Rule {
    /// Ends the rule with a verdict.
    public func verdict(_ verdict: NFTables.Verdict) -> NFTables.Rule { then(.verdict(verdict)) }

    /// As `accept`.
    public func accept() -> NFTables.Rule { verdict(.accept) }

    /// As `drop`.
    public func drop() -> NFTables.Rule { verdict(.drop) }

    /// As `return`.
    public func `return`() -> NFTables.Rule { verdict(.return) }

    /// As `jump chain`.
    public func jump(_ chain: String) -> NFTables.Rule { verdict(.jump(chain)) }

    /// As `goto chain`.
    public func goto(_ chain: String) -> NFTables.Rule { verdict(.goto(chain)) }

    /// As `counter`.
    public func counter() -> NFTables.Rule { then(.counter) }

    /// As `masquerade`.
    public func masquerade(_ flags: NFTables.NATFlags = []) -> NFTables.Rule {
        then(.masquerade(NFTables.Masquerade(flags: flags)))
    }
}
