// SPDX-License-Identifier: Apache-2.0

// Marks of packets and of connections, in the words of nft(8).
extension NFTables.Rule {
    /// `meta mark set 0x2000`, or of the bits in a mask only `meta mark set meta mark & 0xffff0fff | 0x00002000`.
    public func setMark(_ mark: UInt32, mask: UInt32 = .max) -> NFTables.Rule {
        replacing(mark, mask, .meta(.mark), .setMeta(.mark))
    }

    /// `ct mark set 0x2000`, or of the bits in a mask only `ct mark set ct mark & 0xffff0fff | 0x00002000`.
    public func setCTMark(_ mark: UInt32, mask: UInt32 = .max) -> NFTables.Rule {
        replacing(mark, mask, .connection(.mark), .setConnection(.mark))
    }

    /// `meta mark set ct mark`, or with a mask `meta mark set ct mark & 0xff00`, which clears the other bits.
    public func restoreMark(mask: UInt32 = .max) -> NFTables.Rule {
        copying(mask, .connection(.mark), .setMeta(.mark))
    }

    /// `ct mark set meta mark`, or with a mask `ct mark set meta mark & 0xff00`, which clears the other bits.
    public func saveMark(mask: UInt32 = .max) -> NFTables.Rule {
        copying(mask, .meta(.mark), .setConnection(.mark))
    }

    private func replacing(
        _ mark: UInt32, _ mask: UInt32, _ load: NFTables.Expression, _ store: NFTables.Expression
    ) -> NFTables.Rule {
        if mask == .max { return then(.immediate(NFTables.Value.mark(mark).bytes), store) }
        let kept = NFTables.Value.mark(~mask).bytes
        return then(load, .bitwise(.r0, mask: kept, xor: NFTables.Value.mark(mark & mask).bytes), store)
    }

    private func copying(
        _ mask: UInt32, _ load: NFTables.Expression, _ store: NFTables.Expression
    ) -> NFTables.Rule {
        let rule = then(load)
        return (mask == .max ? rule : rule.masked(NFTables.Value.mark(mask).bytes)).then(store)
    }
}
