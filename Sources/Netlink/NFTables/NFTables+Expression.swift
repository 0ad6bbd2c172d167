// SPDX-License-Identifier: Apache-2.0

extension NFTables {
    /// One step of a rule, which ends the rule if it does not match.
    public enum Expression: Hashable, Sendable {
        /// Loads something that is known of the packet.
        case meta(MetaKey, into: Register = .r0)
        /// Changes something of the packet: its mark.
        case setMeta(MetaKey, from: Register = .r0)
        /// Loads bytes of the packet.
        case payload(Payload, into: Register = .r0)
        /// Loads something of the packet's connection.
        case connection(ConnectionKey, into: Register = .r0)
        /// Changes something of the packet's connection: its mark.
        case setConnection(ConnectionKey, from: Register = .r0)
        /// Loads what the routing tables say of the packet.
        case fib(FIB, into: Register = .r0)
        /// Matches if the register compares so with the bytes.
        case compare(Register = .r0, Comparison = .equal, [UInt8])
        /// Matches if the register is within the bounds, or with `isOutside` if it is not.
        case range(Register = .r0, from: [UInt8], through: [UInt8], isOutside: Bool = false)
        /// Masks the register, and then flips bits.
        case bitwise(Register = .r0, mask: [UInt8], xor: [UInt8], into: Register = .r0)
        /// Matches if the key is in the set, or with `isAbsent` if it is not.
        case lookup(set: String, key: Register = .r0, isAbsent: Bool = false)
        /// Loads the map's value for the key; does not match if there is none.
        case map(String, key: Register = .r0, into: Register = .r0)
        /// Decides by the map's verdict for the key; does not match if there is none.
        case verdictMap(String, key: Register = .r0)
        /// Loads a constant.
        case immediate([UInt8], into: Register = .r0)
        /// Decides.
        case verdict(Verdict)
        /// Counts the packet.
        case counter
        /// Changes the source address to the outgoing interface's.
        case masquerade(Masquerade = Masquerade())
        /// Changes an address.
        case nat(NAT)
        /// A step that this package has no word for, and its attributes as the kernel has them.
        case other(name: String, attributes: [UInt8])
    }

    /// How two values compare.
    public enum Comparison: Hashable, Sendable, CaseIterable {
        /// `==`
        case equal
        /// `!=`
        case notEqual
        /// `<`
        case less
        /// `<=`
        case lessOrEqual
        /// `>`
        case greater
        /// `>=`
        case greaterOrEqual
    }
}
