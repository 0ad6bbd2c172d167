// SPDX-License-Identifier: Apache-2.0

public import Addressing

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

    /// As `meta mark set 0x2000`.
    public func setMark(_ mark: UInt32) -> NFTables.Rule {
        then(.immediate(NFTables.Value.mark(mark).bytes), .setMeta(.mark))
    }

    /// As `meta mark set ct mark`.
    public func restoreMark() -> NFTables.Rule { then(.connection(.mark), .setMeta(.mark)) }

    /// As `ct mark set meta mark`.
    public func saveMark() -> NFTables.Rule { then(.meta(.mark), .setConnection(.mark)) }

    /// `dnat ip to 10.1.0.2`, or with a port, which needs ``l4proto(_:)`` before it, `dnat ip to 10.1.0.2:80`.
    public func dnat(to address: IPAddress, port: UInt16? = nil) -> NFTables.Rule {
        nat(.destination, to: address, port: port)
    }

    /// `snat ip to 192.0.2.1`, or with a port, which needs ``l4proto(_:)`` before it, `snat ip to 192.0.2.1:80`.
    public func snat(to address: IPAddress, port: UInt16? = nil) -> NFTables.Rule {
        nat(.source, to: address, port: port)
    }

    /// `dnat ip to meta l4proto . th dport map @ports`, where the map's value is an address and a port.
    public func dnat(
        _ family: IPAddress.Family, toAddressAndPortOf selectors: [NFTables.Selector], in map: String
    ) -> NFTables.Rule {
        let address = NFTables.Register.r0
        let port = address.after(family.bitWidth / 8)
        return loading(selectors).then(
            .map(map, into: address), .nat(NFTables.NAT(.destination, family, address: address, port: port)))
    }

    private func nat(_ kind: NFTables.NAT.Kind, to address: IPAddress, port: UInt16?) -> NFTables.Rule {
        let rule = then(.immediate(address.bytes, into: .r0))
        guard let port else {
            return rule.then(.nat(NFTables.NAT(kind, address.family, address: .r0)))
        }
        return rule.then(
            .immediate(NFTables.Value.service(port).bytes, into: .r4),
            .nat(NFTables.NAT(kind, address.family, address: .r0, port: .r4)))
    }
}
